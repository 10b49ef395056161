"""Forwards in the API: made for what their key may read, tested, replayed, and seen by nobody else."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from standardwebhooks import Webhook

from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.forwarding import api, dispatch, targets
from inbox.forwarding.models import Delivery, Rule, Target
from numbers.models import Lease, Rental
from tests.factories import make_lease, make_message, make_number, make_rental
from tests.forward_targets import Targets
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem
from tests.inbox.forwarding.conftest import receive, stored

FORWARDS = "/api/v1/forwards"
DELIVERIES = "/api/v1/deliveries"


@pytest.fixture
async def key(lease: Lease) -> dict[str, str]:
    """The header with a key for forwards alone."""
    return await make_key(Scope.FORWARDS)


async def make(site: httpx.AsyncClient, key: dict[str, str], web: Targets, **given: Any) -> dict[str, Any]:
    """A new forward."""
    asked = {"kind": "webhook", "address": web.url("/ok/secret-path"), **given}
    answer = await site.post(FORWARDS, json=asked, headers=key)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rent(lease: Lease, owner: str) -> Rental:
    """A private number rented to an owner."""

    def do() -> Rental:
        rental = make_rental(
            make_lease(make_number("+447700900123", country="GB", public=False), lease.account)
        )
        Rental.objects.filter(pk=rental.pk).update(owner=owner)
        return rental

    found = await in_thread(do)
    assert found
    return found


async def test_a_forward_is_made_and_its_secret_shown_once(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    made = await make(site, key, web, number="+15005550006", **{"from": "ACME", "codes": "with"})
    assert made["secret"].startswith("whsec_")
    assert (made["number"], made["rental"], made["from"], made["codes"]) == (
        "+15005550006",
        None,
        "ACME",
        "with",
    )
    assert made["target"]["address"] == f"http://127.0.0.1:{web.port}/…"
    again = await make(site, key, web)
    assert again["secret"] is None
    listed = (await site.get(FORWARDS, headers=key)).json()
    assert [one["id"] for one in listed["forwards"]] == [again["id"], made["id"]]
    text = str(listed) + (await site.get(f"{FORWARDS}/{made['id']}", headers=key)).text
    assert "whsec" not in text
    assert "secret-path" not in text


async def test_a_message_is_delivered_as_the_public_page_shows_it(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    made = await make(site, key, web, number="+15005550006")
    await in_thread(lambda: receive(lease, "call +14155550123, code 482913"))
    await in_thread(lambda: dispatch.deliver_due(5))
    (request,) = web.requests
    Webhook(made["secret"]).verify(request.body, request.headers)
    message = request.event["data"]["message"]
    assert (message["from"], message["body"]) == ("+1 4••-•••-0100", "call +14•••••0123, code 482913")
    (delivery,) = (await site.get(DELIVERIES, headers=key)).json()["deliveries"]
    assert delivery["id"] == request.headers["webhook-id"]
    assert (delivery["outcome"], delivery["forward"], delivery["tries"]) == ("delivered", made["id"], 1)
    assert delivery["attempts"][0]["status"] == 200
    assert (await site.get(f"{DELIVERIES}/{delivery['id']}", headers=key)).json() == delivery


@pytest.mark.parametrize("by", ["rental", "number"])
async def test_a_rental_of_ones_own_is_forwarded_whole(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets, by: str
) -> None:
    owner = await in_thread(lambda: f"key:{ApiKey.objects.get().pk}")
    rental = await rent(lease, str(owner))
    made = await make(site, key, web, **{by: rental.pk if by == "rental" else rental.number.e164})
    assert (made["number"], made["rental"]) == (None, rental.pk)

    def do() -> None:
        stored(make_message(rental.number.leases.get(), "call +14155550123", rental=rental, public=False))
        dispatch.deliver_due(5)

    await in_thread(do)
    assert web.requests[0].event["data"]["message"]["body"] == "call +14155550123"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"number": "+15005550099"}, "number"),
        ({"number": "+447700900123"}, "number"),
        ({"rental": 1}, "rental"),
        ({"rental": 10**30}, "rental"),
        ({"number": "+15005550006", "rental": 1}, "rental"),
        ({"address": "https://127.0.0.1/"}, "address"),
        ({"address": "https://user:pw@example.org/"}, "address"),
        ({"address": "slack://a/b/c", "kind": "chat"}, "address"),
        ({"address": "ada@example.org", "kind": "email"}, "address"),
        ({"kind": "fax"}, "kind"),
        ({"codes": "all"}, "codes"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_may_not_be_forwarded_is_refused_and_makes_nothing(
    site: httpx.AsyncClient,
    key: dict[str, str],
    lease: Lease,
    settings: Any,
    given: dict[str, Any],
    field: str,
) -> None:
    settings.FORWARD_NETWORKS = []
    await rent(lease, "key:999")
    asked = {"kind": "webhook", "address": "https://example.org/", **given}
    answer = await site.post(FORWARDS, json=asked, headers=key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not await in_thread(lambda: Rule.objects.exists() or Target.objects.exists())


async def test_a_key_for_one_number_forwards_that_one_only(
    site: httpx.AsyncClient, lease: Lease, web: Targets
) -> None:
    bound = await make_key(Scope.FORWARDS)

    def bind() -> None:
        found = ApiKey.objects.get()
        ApiKey.objects.update(bound=True)
        found.numbers.add(lease.number)

    await in_thread(bind)
    asked = {"kind": "webhook", "address": web.url("/ok")}
    assert (await site.post(FORWARDS, json=asked, headers=bound)).status_code == 422
    await make(site, bound, web, number="+15005550006")


async def test_forwards_of_others_do_not_exist(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    made = await make(site, key, web)
    other = await make_key(Scope.FORWARDS, name="other")
    await in_thread(lambda: receive(lease, "Hello"))
    delivery = await in_thread(lambda: Delivery.objects.get().public_id)
    one, span = f"{FORWARDS}/{made['id']}", {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    answers = [
        await site.get(one, headers=other),
        await site.patch(one, json={"enabled": False}, headers=other),
        await site.delete(one, headers=other),
        await site.post(f"{one}/test", headers=other),
        await site.post(f"{one}/secret", headers=other),
        await site.post(f"{one}/replay", json=span, headers=other),
        await site.get(f"{DELIVERIES}/{delivery}", headers=other),
        await site.post(f"{DELIVERIES}/{delivery}/replay", headers=other),
        await site.get(f"{DELIVERIES}/dlv_x", headers=key),
        await site.get(f"{FORWARDS}/0", headers=key),
        await site.get(f"{FORWARDS}/{10**30}", headers=key),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert (await site.get(FORWARDS, headers=other)).json()["forwards"] == []
    assert (await site.get(DELIVERIES, headers=other)).json()["deliveries"] == []
    assert await in_thread(lambda: Rule.objects.get().enabled)


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (None, 403)])
async def test_forwards_need_a_key_with_the_scope(
    site: httpx.AsyncClient, lease: Lease, headers: dict[str, str] | None, status: int
) -> None:
    found = await make_key(Scope.MESSAGES_READ) if headers is None else headers
    assert (await site.get(FORWARDS, headers=found)).status_code == status


async def test_a_forward_is_changed_disabled_and_deleted(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    made = await make(site, key, web)
    one = f"{FORWARDS}/{made['id']}"
    changed = (await site.patch(one, json={"from": "ACME", "enabled": False}, headers=key)).json()
    assert (changed["from"], changed["text"], changed["enabled"]) == ("ACME", "", False)
    await in_thread(lambda: targets.disable(Target.objects.get().pk, "gone"))
    assert (await site.get(one, headers=key)).json()["target"]["problem"] == "gone"
    changed = (await site.patch(one, json={"enabled": True}, headers=key)).json()
    assert (changed["enabled"], changed["target"]["enabled"], changed["target"]["problem"]) == (
        True,
        True,
        "",
    )
    assert (await site.patch(one, json={"address": "https://example.org/"}, headers=key)).status_code == 422
    assert (await site.delete(one, headers=key)).status_code == 204
    assert not await in_thread(lambda: Rule.objects.exists() or Target.objects.exists())


async def test_a_test_a_new_secret_and_replays(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    made = await make(site, key, web)
    one = f"{FORWARDS}/{made['id']}"
    test = await site.post(f"{one}/test", headers=key)
    assert (test.status_code, test.json()["outcome"], test.json()["message"]) == (202, "waiting", None)
    secret = (await site.post(f"{one}/secret", headers=key)).json()["secret"]
    await in_thread(lambda: receive(lease, "Hello"))
    await in_thread(lambda: dispatch.deliver_due(5))
    for request in web.requests:
        Webhook(secret).verify(request.body, request.headers)
        Webhook(made["secret"]).verify(request.body, request.headers)
    delivered = (await site.get(DELIVERIES, params={"outcome": "delivered"}, headers=key)).json()[
        "deliveries"
    ]
    assert len(delivered) == 2
    hello = next(one for one in delivered if one["message"])
    again = await site.post(f"{DELIVERIES}/{hello['id']}/replay", headers=key)
    assert (again.status_code, again.json()["outcome"], again.json()["id"]) == (202, "waiting", hello["id"])
    await in_thread(lambda: dispatch.deliver_due(5))
    now = timezone.now()
    span = {"since": (now - timedelta(hours=1)).isoformat(), "until": (now + timedelta(hours=1)).isoformat()}
    answer = await site.post(f"{one}/replay", json=span, headers=key)
    assert (answer.status_code, answer.json()) == (202, {"count": 1})
    backwards = {"since": span["until"], "until": span["since"]}
    assert (await site.post(f"{one}/replay", json=backwards, headers=key)).status_code == 422
    await in_thread(lambda: dispatch.deliver_due(5))
    assert [r.headers["webhook-id"] for r in web.requests].count(hello["id"]) == 3


async def test_an_owner_has_only_so_many_forwards_and_only_webhooks_have_secrets(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await make(site, key, web)
    monkeypatch.setattr(api, "MOST_RULES", 1)
    forward = {"kind": "webhook", "address": web.url("/other")}
    assert problem(await site.post(FORWARDS, json=forward, headers=key)) == (409, "too_many_forwards")
    await in_thread(lambda: Target.objects.update(kind=Target.Kind.EMAIL))
    answer = await site.post(f"{FORWARDS}/{made['id']}/secret", headers=key)
    assert problem(answer) == (409, "no_secret")


@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "bound"])
async def test_a_key_that_is_no_longer_valid_forwards_nothing(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets, change: str
) -> None:
    await make(site, key, web)
    value: Any = True if change == "bound" else timezone.now()

    def do() -> str:
        receive(lease, "Hello")
        ApiKey.objects.update(**{change: value})
        dispatch.deliver_due(5)
        return Delivery.objects.get().note

    assert await in_thread(do) == "the key that made the forward may not read it any more"
    assert web.requests == []


async def test_the_next_try_is_when_its_target_is_tried_again(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    await make(site, key, web)
    await in_thread(lambda: receive(lease, "Hello"))

    async def next_try() -> str | None:
        found: str | None = (await site.get(DELIVERIES, headers=key)).json()["deliveries"][0]["next_try_at"]
        return found

    due = await next_try()
    assert due
    later = timezone.now() + timedelta(hours=1)
    await in_thread(lambda: Target.objects.update(paused_until=later))
    assert datetime.fromisoformat(await next_try() or "") == later
    await in_thread(lambda: targets.disable(Target.objects.get().pk, "gone"))
    assert await next_try() is None


async def test_lists_go_on_where_they_ended(
    site: httpx.AsyncClient, key: dict[str, str], lease: Lease, web: Targets
) -> None:
    await make(site, key, web)
    await in_thread(lambda: receive(lease, *map(str, range(5))))
    found: list[int] = []
    older: dict[str, int] = {}
    while older or not found:
        page = (await site.get(DELIVERIES, params={"limit": 2, **older}, headers=key)).json()
        found += [one["sequence"] for one in page["deliveries"]]
        older = {"before": page["older"]} if page["older"] else {}
    assert found == [5, 4, 3, 2, 1]
