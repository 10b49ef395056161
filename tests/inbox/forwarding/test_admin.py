"""Operators make rules, see how targets do, test, replay and rotate; a secret is shown once."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from inbox.forwarding import dispatch, targets
from inbox.forwarding.models import Delivery, Rule, Target
from numbers.models import Lease
from tests.factories import make_lease, make_number, make_rental
from tests.forward_targets import Targets
from tests.inbox.forwarding.conftest import Forward, receive

pytestmark = pytest.mark.django_db(transaction=True)
RULE = {
    "kind": "webhook",
    "codes": "any",
    "enabled": "on",
    "number": "",
    "rental": "",
    "sender": "",
    "text": "",
}


def add(client: Client, **given: Any) -> str:
    """The page after a rule was sent in."""
    answer = client.post("/admin/forwarding/rule/add/", {**RULE, **given}, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def act(client: Client, kind: str, action: str, *rows: Any, **more: str) -> str:
    """The page after an action on rows of a list."""
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    answer = client.post(f"/admin/forwarding/{kind}/", chosen, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_forwards_are_not_called_as_the_rules_for_pages(admin_client: Client) -> None:
    index = admin_client.get("/admin/").content.decode()
    names = {
        kind: re.findall(rf'href="/admin/{kind}/"[^>]*>\s*([^<]+?)\s*<', index)
        for kind in ("forwarding/rule", "inbox/rule")
    }
    assert set(names["forwarding/rule"]) == {"Forwards"}
    assert set(names["inbox/rule"]) == {"Rules"}
    assert "Add forward" in admin_client.get("/admin/forwarding/rule/add/").content.decode()


def test_a_new_webhooks_secret_is_shown_once(admin_client: Client, lease: Lease, web: Targets) -> None:
    page = add(admin_client, address=web.url("/ok/key"), number="+15005550006")
    secret = re.findall(r"whsec_[\w+/=]{40,}", page)
    assert secret == [Target.objects.get().sealed["secrets"][0]["secret"]]
    assert Rule.objects.get().number == lease.number
    for path in (
        "rule/",
        "target/",
        f"rule/{Rule.objects.get().pk}/change/",
        f"target/{Target.objects.get().pk}/",
    ):
        again = admin_client.get(f"/admin/forwarding/{path}", follow=True).content.decode()
        assert "whsec" not in again
        assert "/ok/key" not in again
    assert "whsec" not in add(admin_client, address=web.url("/ok/key"))
    assert (Target.objects.count(), Rule.objects.count()) == (1, 2)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"address": "https://127.0.0.1/"}, "not at a public host"),
        ({"address": "http://example.org/"}, "http is not allowed here: use https"),
        ({"address": "https://u:p@example.org/"}, "it has a login in it"),
        ({"address": ""}, "This field is required"),
        ({"address": "slack://a/b/c", "kind": "chat"}, "slack is not allowed here"),
        ({"address": "https://example.org/", "number": "+15005550099"}, "We have no such number"),
        ({"address": "https://example.org/", "number": "+15005550006", "rental": "it"}, "not both"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    admin_client: Client, lease: Lease, settings: Any, given: dict[str, str], why: str
) -> None:
    settings.FORWARD_HTTP, settings.FORWARD_NETWORKS = False, []
    rental = make_rental(make_lease(make_number("+447700900123", country="GB", public=False), lease.account))
    if "rental" in given:
        given = {**given, "rental": str(rental.pk)}
    assert why in add(admin_client, **given)
    assert not Rule.objects.exists()
    assert not Target.objects.exists()


def test_a_rule_is_changed_without_its_target(admin_client: Client, lease: Lease, forward: Forward) -> None:
    rule = forward(number=lease.number)
    changed = {**RULE, "number": "", "sender": "ACME", "address": "https://example.org/"}
    admin_client.post(f"/admin/forwarding/rule/{rule.pk}/change/", changed)
    rule.refresh_from_db()
    assert (rule.number, rule.sender, rule.target.shown) == (None, "ACME", Target.objects.get().shown)


def test_a_test_is_sent_even_to_a_disabled_target_once(
    admin_client: Client, lease: Lease, forward: Forward, web: Targets
) -> None:
    rule = forward("/500")
    targets.disable(rule.target_id, "for the test")
    act(admin_client, "rule", "send_test", rule)
    dispatch.deliver_due(5)
    (request,) = web.requests
    assert request.event["type"] == "message.test"
    assert request.event["data"]["message"]["flags"] == ["test"]
    delivery = Delivery.objects.get()
    assert (delivery.outcome, delivery.status) == ("failed", 500)
    page = admin_client.get(f"/admin/forwarding/delivery/{delivery.pk}/change/").content.decode()
    assert "status 500" in page


def test_the_log_names_attempts_without_a_record(
    admin_client: Client, lease: Lease, forward: Forward
) -> None:
    rule = forward()
    entry = {"attempt": 3, "at": "2026-11-29T12:00:00.000+00:00", "status": 200, "ms": 5, "note": "thanks"}
    until = timezone.now() + timedelta(hours=1)
    delivery = Delivery.objects.create(
        rule=rule, target=rule.target, message_id=1, log=[{**entry, "attempt": 1}, entry], expires_at=until
    )
    assert [(one["attempt"], one["status"]) for one in delivery.entries()] == [(1, 200), (2, 0), (3, 200)]
    page = admin_client.get(f"/admin/forwarding/delivery/{delivery.pk}/change/").content.decode()
    assert "not recorded, as its worker ended" in page


def test_deliveries_are_replayed_from_the_log_and_by_time(
    admin_client: Client, lease: Lease, forward: Forward, web: Targets
) -> None:
    rule = forward()
    receive(lease, "one", "two")
    dispatch.deliver_due(5)
    page = act(admin_client, "delivery", "replay", *Delivery.objects.all()[:1])
    assert "1 deliveries are made again" in page
    dispatch.deliver_due(5)
    assert len(web.requests) == 3
    assert "Deliver again" in act(admin_client, "rule", "replay", rule)
    now = timezone.now()
    times = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
    given = {name: at.strftime("%Y-%m-%dT%H:%M") for name, at in times.items()}
    assert "2 deliveries are made again" in act(admin_client, "rule", "replay", rule, confirmed="1", **given)
    dispatch.deliver_due(5)
    assert len({request.headers["webhook-id"] for request in web.requests}) == 2
    assert len(web.requests) == 5


def test_targets_are_disabled_enabled_and_get_new_secrets(
    admin_client: Client, lease: Lease, forward: Forward
) -> None:
    rule = forward()
    act(admin_client, "target", "disable", rule.target)
    assert not Target.objects.get().enabled
    assert targets.tell_of_disabled() == 0
    act(admin_client, "target", "enable", rule.target)
    assert Target.objects.get().enabled
    page = act(admin_client, "target", "rotate_secret", rule.target)
    assert Target.objects.get().sealed["secrets"][0]["secret"] in page
    assert "whsec" not in admin_client.get("/admin/forwarding/target/").content.decode()


@pytest.mark.parametrize("kind", ["rule", "target", "delivery"])
def test_lists_are_found_and_need_a_login(
    client: Client, admin_client: Client, lease: Lease, forward: Forward, kind: str
) -> None:
    forward()
    receive(lease, "Your code is 482913")
    page = admin_client.get(f"/admin/forwarding/{kind}/", {"q": "127.0.0.1"})
    assert page.status_code == 200
    assert "127.0.0.1" in page.content.decode()
    assert "482913" not in page.content.decode()
    assert client.get(f"/admin/forwarding/{kind}/").status_code == 302
