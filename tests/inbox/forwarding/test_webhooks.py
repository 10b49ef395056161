"""Webhooks: signed as Standard Webhooks says, one id at every try, and a log that says what happened."""

import time
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from inbox.forwarding import dispatch, queue, retries, targets
from inbox.forwarding.models import Delivery, Rule, Target
from inbox.models import Code
from numbers.models import Lease
from tests.forward_targets import Targets
from tests.inbox.forwarding.conftest import Forward, receive

pytestmark = pytest.mark.django_db(transaction=True)


def secret_of(rule: Rule) -> str:
    """The newest secret of its target."""
    target = Target.objects.get(pk=rule.target_id)
    found: str = target.sealed["secrets"][0]["secret"]
    return found


def make_due() -> None:
    """Have everything that waits be due now."""
    Delivery.objects.filter(settled_at=None).update(due_at=Now())
    Target.objects.update(paused_until=None)


def test_a_message_arrives_signed_and_whole(lease: Lease, forward: Forward, web: Targets) -> None:
    rule = forward(number=lease.number)
    (message,) = receive(lease, "Your Acme code is 482913")
    assert dispatch.deliver_due(5) == 1
    (request,) = web.requests
    event = Webhook(secret_of(rule)).verify(request.body, request.headers)
    delivery = Delivery.objects.get()
    assert request.headers["webhook-id"] == delivery.public_id == event["data"]["delivery"]
    assert event["type"] == "message.received"
    data = event["data"]
    assert (data["sequence"], data["forward"], data["message"]["id"]) == (1, rule.pk, message.pk)
    assert data["message"]["body"] == "Your Acme code is 482913"
    assert data["message"]["code"]["value"] == "482913"
    assert data["message"]["from"] == "+14155550100"
    assert (delivery.outcome, delivery.status, delivery.note, delivery.tries) == (
        "delivered",
        200,
        "thanks",
        1,
    )
    (entry,) = delivery.log
    assert (entry["attempt"], entry["status"], entry["note"]) == (1, 200, "thanks")
    assert 0 <= entry["ms"] < 5000
    assert dispatch.deliver_due(5) == 0


def test_a_signature_is_not_valid_for_another_body(lease: Lease, forward: Forward, web: Targets) -> None:
    rule = forward()
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    (request,) = web.requests
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(rule)).verify(request.body.replace(b"Hello", b"Hullo"), request.headers)


def test_after_a_rotation_both_secrets_are_valid_for_a_while(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    rule = forward()
    before = secret_of(rule)
    after = targets.rotate_secret(rule.target, timedelta(hours=1))
    receive(lease, "one")
    dispatch.deliver_due(5)
    for secret in (before, after):
        Webhook(secret).verify(web.requests[0].body, web.requests[0].headers)
    target = Target.objects.get()
    overlap = [{**kept, "until": timezone.now().isoformat()} for kept in target.sealed["secrets"][1:]]
    target.sealed = {**target.sealed, "secrets": [target.sealed["secrets"][0], *overlap]}
    target.save()
    receive(lease, "two")
    dispatch.deliver_due(5)
    Webhook(after).verify(web.requests[1].body, web.requests[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(before).verify(web.requests[1].body, web.requests[1].headers)


def test_of_two_rotations_only_two_secrets_are_valid(forward: Forward) -> None:
    rule = forward()
    first = secret_of(rule)
    second = targets.rotate_secret(rule.target)
    third = targets.rotate_secret(rule.target)
    assert targets.valid_secrets(Target.objects.get(), timezone.now()) == [third, second]
    assert first not in (second, third)


def test_ten_tries_with_one_id_over_75_hours(lease: Lease, forward: Forward, web: Targets) -> None:
    forward("/500")
    receive(lease, "Hello")
    waits = []
    for _ in range(retries.TRIES):
        make_due()
        assert dispatch.deliver_due(5) == 1
        delivery = Delivery.objects.get()
        waits.append(delivery.due_at - timezone.now())
    assert {request.headers["webhook-id"] for request in web.requests} == {delivery.public_id}
    assert len(web.requests) == delivery.tries == 10
    assert (delivery.outcome, delivery.status, len(delivery.log)) == ("failed", 500, 10)
    total = sum(waits[:-1], timedelta(0))
    assert timedelta(hours=67) < total < timedelta(hours=84)
    make_due()
    assert dispatch.deliver_due(5) == 0
    target = Target.objects.get()
    assert (target.enabled, target.problem[:30]) == (False, "it took nothing in 10 tries, s")


def test_a_target_that_took_something_meanwhile_is_not_disabled(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    forward("/ok")
    receive(lease, "bad")
    web.answers["/ok"] = [500]
    dispatch.deliver_due(5)
    Delivery.objects.update(tries=retries.TRIES - 1)
    receive(lease, "good")
    dispatch.deliver_due(5)
    make_due()
    web.answers["/ok"] = [500]
    dispatch.deliver_due(5)
    assert sorted(Delivery.objects.values_list("outcome", flat=True)) == ["delivered", "failed"]
    assert Target.objects.get().enabled


def test_410_disables_at_once(lease: Lease, forward: Forward, web: Targets) -> None:
    rule = forward("/410")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    target = Target.objects.get()
    assert (target.enabled, target.problem) == (False, "it answered that it is gone (410)")
    assert Delivery.objects.get().outcome == "failed"
    receive(lease, "nothing is written for it any more")
    assert Delivery.objects.count() == 1
    targets.enable(rule.target)
    receive(lease, "now again")
    assert Delivery.objects.count() == 2


def test_retry_after_is_honoured(lease: Lease, forward: Forward, web: Targets) -> None:
    forward("/503")
    receive(lease, "one", "two", "three", "four", "five", "six")
    dispatch.deliver_due(5)
    tried = Delivery.objects.filter(tries=1)
    assert 1 <= len(web.requests) == tried.count() <= 4
    now = timezone.now()
    assert all(timedelta(seconds=20) < one.due_at - now <= timedelta(seconds=30) for one in tried)
    target = Target.objects.get()
    assert target.paused_until
    assert timedelta(seconds=20) < target.paused_until - now <= timedelta(seconds=30)
    assert dispatch.deliver_due(5) == 0, "the others wait, too"
    assert not Delivery.objects.filter(attempts=1, tries=0).exists(), "and were put back"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 0),
        ("99999999999999", 86400),
        ("Sun, 29 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 29 Nov 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: int | None) -> None:
    noon = timezone.datetime(2026, 11, 29, 12, tzinfo=timezone.get_default_timezone())  # type: ignore[attr-defined]
    found = retries.parse_retry_after(value, noon)
    assert found == (None if seconds is None else timedelta(seconds=seconds))


def test_no_redirect_is_followed(lease: Lease, forward: Forward, web: Targets) -> None:
    forward("/redirect")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.note, delivery.settled_at) == (302, "redirects are not followed", None)
    assert len(web.requests) == 1


def test_five_failures_in_a_row_break_the_circuit_and_one_success_closes_it(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    forward("/ok")
    web.answers["/ok"] = [500] * 5
    receive(lease, *map(str, range(30)))
    dispatch.deliver_due(5)
    target = Target.objects.get()
    assert len(web.requests) in range(5, 9)
    assert target.failures >= 5
    assert target.paused_until
    assert target.paused_until > timezone.now() + timedelta(seconds=5)
    assert dispatch.deliver_due(5) == 0
    make_due()
    dispatch.deliver_due(10)
    assert set(Delivery.objects.values_list("outcome", flat=True)) == {"delivered"}
    assert Target.objects.get().failures == 0


def test_a_broken_target_gets_one_try_at_a_time_and_longer_pauses(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    forward("/500")
    receive(lease, *map(str, range(9)))
    Target.objects.update(failures=7)
    dispatch.deliver_due(5)
    assert len(web.requests) == 1
    paused_until = Target.objects.get().paused_until
    assert paused_until
    assert timedelta(seconds=70) < paused_until - timezone.now() <= timedelta(seconds=80)


def test_at_most_eight_are_under_way_to_one_target(lease: Lease, forward: Forward, web: Targets) -> None:
    forward("/slow")
    receive(lease, *map(str, range(24)))
    dispatch.deliver_due(15)
    assert Delivery.objects.filter(outcome="delivered").count() == 24
    assert web.most_at_once["/slow"] == dispatch.UNDER_WAY


def test_a_target_that_never_answers_keeps_nobody_waiting(
    lease: Lease, forward: Forward, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.forwarding.webhooks.ANSWERED_WITHIN", 2.0)
    for path in ("/never/1", "/never/2", "/500", "/ok"):
        forward(path)
    began = time.time()
    receive(lease, *map(str, range(50)))
    dispatch.deliver_due(15)
    arrived = web.at("/ok")
    assert len({request.headers["webhook-id"] for request in arrived}) == len(arrived) == 50
    assert max(request.at for request in arrived) - began < 2.0 + 5
    silent = Delivery.objects.filter(rule__target__shown__contains="127.0.0.1", status=0, tries__gt=0)
    assert silent.exists()
    assert set(silent.values_list("note", flat=True)) == {"no answer within 2 seconds"}


def test_an_endless_body_does_not_hold_the_delivery(
    lease: Lease, forward: Forward, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempsms.lib.aimed_requests.BODY_WITHIN", 0.3)
    forward("/dripping")
    receive(lease, "Hello")
    dispatch.deliver_due(5)
    assert Delivery.objects.get().outcome == "delivered"


@pytest.mark.parametrize(
    "body", ["Your code is 482913", "See you at eight, I'll bring the cake", "Grüße aus München"]
)
def test_the_log_keeps_nothing_of_a_message_that_is_sent_back(
    lease: Lease, forward: Forward, web: Targets, body: str
) -> None:
    forward("/echo")
    receive(lease, body)
    dispatch.deliver_due(5)
    assert Delivery.objects.get().note == "(the answer repeats what was sent)"
    with connection.cursor() as cursor:
        cursor.execute("SELECT d::text FROM forwarding_delivery d")
        ((row,),) = cursor.fetchall()
    assert not any(piece in row for piece in ("482913", "cake", "Gr", "whsec"))


def test_nothing_in_the_database_has_an_address_or_a_secret(
    lease: Lease, forward: Forward, web: Targets
) -> None:
    rule = forward("/ok/key-in-the-path?token=in-the-query")
    secret = secret_of(rule)
    receive(lease, "Your code is 482913")
    dispatch.deliver_due(5)
    assert web.requests[0].path == "/ok/key-in-the-path?token=in-the-query"
    found = ""
    with connection.cursor() as cursor:
        for table in ("target", "rule", "delivery"):
            cursor.execute(f"SELECT x::text FROM forwarding_{table} x")
            found += "".join(row for (row,) in cursor.fetchall())
    for hidden in (secret, "key-in-the-path", "in-the-query", "482913"):
        assert hidden not in found


def test_a_killed_workers_delivery_is_tried_again_with_its_id(
    lease: Lease, forward: Forward, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward("/ok")
    receive(lease, "Hello")

    def die(*_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr("inbox.forwarding.queue.settle", die)
        with pytest.raises(SystemExit):
            dispatch.deliver_due(5)
    assert dispatch.deliver_due(1) == 0, "it is claimed, and its target taken"
    Delivery.objects.update(due_at=Now())
    Target.objects.update(taken_until=Now())
    assert dispatch.deliver_due(5) == 1
    first, second = web.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [entry["attempt"] for entry in Delivery.objects.get().log] == [2]


def test_a_secret_that_no_key_opens_disables_the_target(
    lease: Lease, forward: Forward, settings: Any
) -> None:
    forward("/ok")
    receive(lease, "Hello")
    settings.ENCRYPTION_KEYS = ["x" * 43 + "="]
    assert dispatch.deliver_due(5) == 0
    target = Target.objects.get()
    assert (target.enabled, target.problem) == (False, "no key in ENCRYPTION_KEYS opens this value")


def test_a_code_that_expires_while_it_waits_is_not_sent(lease: Lease, forward: Forward, web: Targets) -> None:
    forward("/ok")
    forward("/ok/only", codes="with")
    receive(lease, "Your code is 482913", code_confidence=0.9)
    Code.objects.all().delete()
    dispatch.deliver_due(5)
    (request,) = web.requests
    message = request.event["data"]["message"]
    assert (message["body"], message["code"], message["flags"]) == ("Your code is ••••••", None, ["redacted"])
    dropped = Delivery.objects.get(outcome="dropped")
    assert (dropped.note, dropped.rule.codes) == ("its code has expired", "with")


def test_a_target_that_is_no_longer_allowed_stops_no_other(
    lease: Lease, forward: Forward, web: Targets, settings: Any
) -> None:
    forward("/ok")
    other, _ = targets.ensure("webhook", web.url("/ok/narrowed").replace("127.0.0.1", "127.0.0.2"))
    Rule.objects.create(target=other)
    receive(lease, "Hello")
    settings.FORWARD_NETWORKS = [ip_network("127.0.0.1/32")]
    dispatch.deliver_due(5)
    assert [request.path for request in web.requests] == ["/ok"]
    other.refresh_from_db()
    assert (other.enabled, other.problem) == (False, "not at a public host")


def test_a_bug_in_sending_is_a_failed_try_like_any_other(
    lease: Lease, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward("/ok")
    receive(lease, "Hello")

    async def fail(*_: Any) -> None:
        raise OverflowError("a bug")

    monkeypatch.setattr("inbox.forwarding.webhooks.WebhookSender.send", fail)
    dispatch.deliver_due(5)
    delivery = Delivery.objects.get()
    assert (delivery.tries, delivery.note) == (1, "internal error: see the log")


def test_what_a_turn_that_fails_had_taken_is_free_at_once(
    lease: Lease, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward("/ok")
    receive(lease, "Hello")

    def fail(*_: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("inbox.forwarding.queue.claim", fail)
    with pytest.raises(ValueError, match="a bug"):
        dispatch.deliver_due(5)
    assert not Target.objects.filter(taken_until__gt=Now()).exists()


def test_a_long_queue_is_not_late_and_who_waits_longest_is_served_first(
    lease: Lease, forward: Forward, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = forward("/ok/1"), forward("/ok/2")
    receive(lease, "Hello")
    Delivery.objects.update(due_at=Now() - timedelta(hours=1))
    (taken,) = queue.take_targets(worker := uuid4(), 1, failing=False)
    assert taken == first.target
    queue.release_target(worker, taken, None)
    assert queue.take_targets(uuid4(), 1, failing=False) == [second.target]
    with connection.cursor() as cursor:
        cursor.execute(queue.OLDEST_DUE)
        ((oldest,),) = cursor.fetchall()
    assert oldest > timezone.now() - timedelta(minutes=1)


def test_a_delivery_that_is_deleted_while_it_is_claimed_stops_no_other(
    lease: Lease, forward: Forward, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward("/ok/kept")
    gone = forward("/ok/gone")
    receive(lease, "Hello")
    real = queue.claim

    def claim(*arguments: Any) -> list[Delivery]:
        claimed = real(*arguments)
        Delivery.objects.filter(rule=gone).delete()
        return claimed

    monkeypatch.setattr(queue, "claim", claim)
    dispatch.deliver_due(5)
    assert [request.path for request in web.requests] == ["/ok/kept"]
