"""A key sends messages, within ceilings that fail closed, and sees its own only."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from inbox.sending import dispatch
from inbox.sending.models import OutgoingMessage, Route
from numbers.models import Account, Lease, Spending
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number, make_rental
from tests.fake_carrier import FakeCarrier
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem
from tests.inbox.sending.conftest import NUMBER, PERSON, send, states


async def test_a_message_is_accepted_sent_once_and_its_price_is_booked(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier, sql: Sql
) -> None:
    key = await make_key(Scope.MESSAGES_SEND, Scope.USAGE)
    answer = await send(api, key, **{"from": NUMBER}, body="Your table is ready")
    assert answer.status_code == 202, answer.text
    accepted = answer.json()
    assert (accepted["state"], accepted["price"], accepted["price_is_final"]) == ("queued", "0.01", False)
    assert fake.sent == [], "no request waits for a carrier"
    assert "table" not in repr(sql("SELECT * FROM sending_outgoingmessage"))
    await in_thread(dispatch.send_due)
    await in_thread(dispatch.send_due)
    (outgoing,) = fake.sent
    assert (outgoing.sender, outgoing.recipient, outgoing.body) == (NUMBER, PERSON, "Your table is ready")
    sent = (await api.get(f"/messages/{accepted['id']}", headers=key)).json()
    assert (sent["state"], sent["direction"], sent["from"], sent["to"]) == ("sent", "out", NUMBER, PERSON)
    assert (sent["price"], sent["price_is_final"]) == ("0.0079", True)
    usage = (await api.get("/usage", headers=key)).json()
    assert (usage["sending"], usage["spent"]) == ("0.0079", "0.0079")
    amounts = await in_thread(lambda: set(Spending.objects.values_list("amount", flat=True)))
    assert amounts == {Decimal("0.00790")}


async def test_a_repeated_request_sends_once(api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier) -> None:
    key = {**await make_key(Scope.MESSAGES_SEND), "Idempotency-Key": "one"}
    answers = await asyncio.gather(*(send(api, key) for _ in range(8)))
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 202}
    assert len(ids) == 1
    assert {answer.status_code for answer in answers} <= {202, 409}
    await in_thread(dispatch.send_due)
    assert len(fake.sent) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": "+1415555"}, "to"),
        ({"to": "+999123456789"}, "to"),
        ({"to": "+19005551234"}, "to"),  # premium rate
        ({"to": "4155552671"}, "to"),
        ({"body": ""}, "body"),
        ({"body": "x" * 1601}, "body"),
        ({"body": "ж" * 800}, "body"),  # twelve segments
        ({"body": "a\x1bb"}, "body"),
        ({"from": "+15005550009"}, "from"),
        ({"from": "ACME"}, "from"),
        ({"media": ["http://example.org/a.png"]}, "media"),
        ({"send_at": "2020-01-01T00:00:00Z"}, "send_at"),
        ({"send_at": "2099-01-01T00:00:00Z"}, "send_at"),
        ({"valid_for": 5}, "valid_for"),
        ({"color": "red"}, "color"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_kept(
    api: httpx.AsyncClient, lease: Lease, changes: dict[str, Any], field: str
) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    answer = await send(api, key, **changes)
    assert problem(answer) == (422, "invalid_request")
    assert field in answer.json()["detail"]
    assert await in_thread(states) == []
    assert await in_thread(lambda: Spending.objects.exclude(amount=0).count()) == 0


@pytest.mark.parametrize("ceiling", ["site", "account", "key", "currency"])
async def test_no_ceiling_is_passed_by_many_at_once(
    api: httpx.AsyncClient, lease: Lease, account: Account, settings: Any, ceiling: str
) -> None:
    options: dict[str, Any] = {}
    if ceiling == "site":
        settings.SEND_DAILY_CEILING = Decimal("0.05")
    elif ceiling == "account":
        await in_thread(lambda: Account.objects.update(monthly_ceiling=Decimal("0.05")))
    elif ceiling == "currency":
        await in_thread(lambda: Account.objects.update(currency="EUR"))
    else:
        options["monthly_ceiling"] = Decimal("0.05")
    key = await make_key(Scope.MESSAGES_SEND, **options)
    answers = await asyncio.gather(*(send(api, key) for _ in range(12)))
    accepted = [answer for answer in answers if answer.status_code == 202]
    assert len(accepted) == (0 if ceiling == "currency" else 5)
    for answer in answers:
        if answer not in accepted:
            assert problem(answer) == (402, "budget_exceeded")
    assert await in_thread(states) == ["queued"] * len(accepted)


async def test_a_sender_is_chosen_and_kept_for_a_recipient(
    api: httpx.AsyncClient, lease: Lease, account: Account
) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    british = await in_thread(
        lambda: make_lease(make_number("+447400123456", country="GB", public=False), account)
    )
    assert british
    to_britain = await send(api, key, to="+447400555123")
    assert to_britain.json()["from"] == british.number.e164
    assert (await send(api, key)).json()["from"] == NUMBER, "the same country"
    assert (await send(api, key, **{"from": british.number.e164})).status_code == 202
    assert (await send(api, key)).json()["from"] == british.number.e164, "who wrote last writes again"
    assert (await send(api, key, to=british.number.e164)).json()["from"] == NUMBER, (
        "no number writes to itself"
    )


async def test_a_number_of_others_cannot_be_used_and_is_not_there(
    api: httpx.AsyncClient, lease: Lease, account: Account
) -> None:
    await in_thread(lambda: make_rental(lease))
    key = await make_key(Scope.MESSAGES_SEND)
    rented = await send(api, key, **{"from": NUMBER})
    unknown = await send(api, key, **{"from": "+15005550009"})
    assert problem(rented) == problem(unknown) == (422, "invalid_request")
    assert rented.json()["detail"] == unknown.json()["detail"]
    assert problem(await send(api, key)) == (409, "no_numbers")


async def test_a_name_goes_by_the_route_that_has_it(
    api: httpx.AsyncClient, account: Account, fake: FakeCarrier
) -> None:
    route = {"account": account, "country": "GB", "price": Decimal("0.04"), "names": ["ACME"]}
    await in_thread(lambda: Route.objects.create(**route))
    key = await make_key(Scope.MESSAGES_SEND)
    answer = await send(api, key, to="+447400555123", **{"from": "ACME"})
    assert (answer.json()["from"], answer.json()["number"], answer.json()["price"]) == ("ACME", None, "0.04")
    assert problem(await send(api, key, **{"from": "ACME"})) == (422, "invalid_request")
    await in_thread(dispatch.send_due)
    assert [one.sender for one in fake.sent] == ["ACME"]


async def test_a_scheduled_message_waits_and_is_canceled(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    accepted = (await send(api, key, send_at=later)).json()
    assert accepted["state"] == "scheduled"
    await in_thread(dispatch.send_due)
    assert fake.sent == []
    for _ in range(2):
        canceled = await api.delete(f"/messages/{accepted['id']}", headers=key)
        assert (canceled.status_code, canceled.json()["state"]) == (200, "canceled")
    assert await in_thread(lambda: set(Spending.objects.values_list("amount", flat=True))) == {Decimal(0)}
    await in_thread(lambda: OutgoingMessage.objects.update(due_at="2020-01-01T00:00:00Z"))
    await in_thread(dispatch.send_due)
    assert fake.sent == []


async def test_what_was_sent_cannot_be_canceled(api: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    accepted = (await send(api, key)).json()
    await in_thread(dispatch.send_due)
    assert problem(await api.delete(f"/messages/{accepted['id']}", headers=key)) == (409, "too_late")
    assert await in_thread(states) == ["sent"]


async def test_another_keys_message_does_not_exist(api: httpx.AsyncClient, lease: Lease) -> None:
    own, other = await make_key(Scope.MESSAGES_SEND), await make_key(Scope.MESSAGES_SEND, name="other")
    path = f"/messages/{(await send(api, own)).json()['id']}"
    for there in (path, f"{path}/receipts", f"/messages/{2**70}"):
        assert problem(await api.get(there, headers=other)) == (404, "not_found")
    assert problem(await api.delete(path, headers=other)) == (404, "not_found")
    assert (await api.get("/messages", headers=other)).json()["messages"] == []
    assert len((await api.get("/messages", headers=own)).json()["messages"]) == 1


async def test_the_list_has_pages(api: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_SEND)
    ids = [(await send(api, key)).json()["id"] for _ in range(3)]
    first = (await api.get("/messages", params={"limit": 2}, headers=key)).json()
    second = (await api.get("/messages", params={"cursor": first["next_cursor"]}, headers=key)).json()
    listed = [one["id"] for one in first["messages"] + second["messages"]]
    assert (listed, second["next_cursor"]) == (ids[::-1], None)


async def test_a_preview_says_size_and_price_and_sends_nothing(
    api: httpx.AsyncClient, lease: Lease, fake: FakeCarrier
) -> None:
    dear = await in_thread(lambda: make_account(carrier="fake", canary_price=Decimal("0.07")))
    await in_thread(lambda: make_lease(make_number("+15005550007", public=False), dear))
    key = await make_key(Scope.MESSAGES_SEND)
    asked = {"to": PERSON, "body": "Price: 5 €… " + "é" * 60}
    preview = (await api.post("/messages/preview", json=asked, headers=key)).json()
    assert (preview["encoding"], preview["segments"], preview["country"]) == ("UCS-2", 2, "US")
    assert preview["forcing"] == [{"character": "…", "replacement": "..."}]
    assert [(one["from"], one["price"]) for one in preview["prices"]] == [
        (NUMBER, "0.02"),
        ("+15005550007", "0.14"),
    ]
    await in_thread(dispatch.send_due)
    assert (fake.sent, await in_thread(states)) == ([], [])
