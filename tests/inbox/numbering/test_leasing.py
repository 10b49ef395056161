"""A key leases and retires numbers, within ceilings that fail closed."""

import asyncio
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inbox.api import keys
from inbox.api.principals import Principal
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from numbers import intents, ledger, orders
from numbers.carriers.errors import CallFailed, Rejected
from numbers.carriers.leasing import NumberQuery
from numbers.models import Account, Lease
from numbers.orders import Ceilings
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem

WANTED = {"country": "US", "max_monthly_cost": "1.05"}


@pytest.fixture
def account(transactional_db: None, fake: FakeCarrier) -> Account:
    """An account at the fake carrier."""
    return make_account(carrier="fake")


async def lease(api: httpx.AsyncClient, key: dict[str, str], **changes: Any) -> httpx.Response:
    """The answer to an order."""
    return await api.post("/numbers", json={**WANTED, **changes}, headers=key)


async def test_a_number_is_ordered_bought_and_retired(
    api: httpx.AsyncClient, account: Account, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.NUMBERS_LEASE, Scope.NUMBERS_READ, name="ops")
    ordered = await lease(api, key)
    assert (ordered.status_code, ordered.json()["state"]) == (202, "ordered")
    assert fake.bought == [], "no request waits for a purchase"
    address = f"/numbers/{ordered.json()['number']}"
    await in_thread(intents.perform_due)
    bought = (await api.get(address, headers=key)).json()
    assert (bought["number"], bought["state"], bought["public"]) == ("+12025551000", "active", False)
    assert [entry["event"] for entry in bought["timeline"]] == ["ordered", "active"]
    for _ in range(2):
        retired = (await api.delete(address, headers=key)).json()
        assert retired["state"] == "draining"
    assert [entry["actor"] for entry in retired["timeline"]][-1] == "ops"
    assert len(retired["timeline"]) == 3
    await in_thread(lambda: Lease.objects.update(state="released"))
    assert (await api.get(address, headers=key)).json()["state"] == "released"
    reader = await make_key(Scope.NUMBERS_READ, name="reader")
    assert problem(await api.get(address, headers=reader)) == (404, "not_found")


async def test_a_lost_answer_is_asked_for_again_and_nothing_is_bought_twice(
    api: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    key = {**await make_key(Scope.NUMBERS_LEASE), "Idempotency-Key": "order 1".replace(" ", "-")}
    answers = await asyncio.gather(*(lease(api, key) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {202, 409}
    again = await lease(api, key)
    assert again.status_code == 202
    assert sql("SELECT count(*) FROM numbers_lease") == sql("SELECT count(*) FROM numbers_intent") == [(1,)]
    assert problem(await lease(api, key, contains="7")) == (422, "key_reused")


async def test_parallel_orders_stay_below_the_ceiling(
    api: httpx.AsyncClient, account: Account, settings: Any, sql: Sql
) -> None:
    settings.API_MONTHLY_CEILING = Decimal("3.10")
    key = await make_key(Scope.NUMBERS_LEASE)
    answers = await asyncio.gather(*(lease(api, key) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [202] * 3 + [402] * 5
    refused = next(answer for answer in answers if answer.status_code == 402)
    assert problem(refused) == (402, "budget_exceeded")
    assert "monthly ceiling" in refused.json()["detail"]
    assert sql("SELECT sum(monthly_cost) <= 3.10, count(*) FROM numbers_lease") == [(True, 3)]
    other = await make_key(Scope.NUMBERS_LEASE, name="other")
    assert (await lease(api, other)).status_code == 202, "each key has its own"


async def test_a_purchase_is_recorded_while_others_order(api: httpx.AsyncClient, account: Account) -> None:
    key = await make_key(Scope.NUMBERS_LEASE, Scope.NUMBERS_READ)
    number = (await lease(api, key)).json()["number"]
    locked, recorded = threading.Event(), threading.Event()

    def order() -> None:
        with transaction.atomic():
            ledger.lock_accounts()
            locked.set()
            assert recorded.wait(10), "the purchase waits for the order"

    ordering = asyncio.ensure_future(in_thread(order))
    await asyncio.to_thread(locked.wait)
    await in_thread(intents.perform_due)
    recorded.set()
    await ordering
    assert (await api.get(f"/numbers/{number}", headers=key)).json()["state"] == "active"


def test_what_is_leased_already_is_not_tried(account: Account) -> None:
    ceilings = Ceilings(Decimal(2), Decimal(0), Decimal(99), "USD")
    with CaptureQueriesContext(connection) as asked:
        placed = [orders.place(NumberQuery("US"), None, ceilings, "key:9") for _ in range(5)]
    assert len({lease.number_id for lease in placed}) == 5
    assert sum(query["sql"].startswith('INSERT INTO "numbers_lease"') for query in asked) == 5


async def test_a_key_may_have_a_ceiling_of_its_own_and_sees_what_is_left(
    api: httpx.AsyncClient, account: Account, settings: Any, sql: Sql
) -> None:
    settings.API_MONTHLY_CEILING = Decimal("1.50")
    key = await make_key(Scope.NUMBERS_LEASE, Scope.USAGE, Scope.RENTALS)
    sql("UPDATE api_apikey SET monthly_ceiling = 2.5")
    answers = [await lease(api, key, max_monthly_cost="1.50") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 402]
    usage = (await api.get("/usage", headers=key)).json()
    assert usage == {
        "month": f"{datetime.now(UTC):%Y-%m}",
        "currency": "USD",
        "ceiling": "2.50",
        "spent": "2.01",
        "sending": "0.00",
        "left": "0.49",
        "numbers": 2,
        "rentals": 0,
    }
    sql("UPDATE numbers_lease SET currency = 'EUR' WHERE id = (SELECT min(id) FROM numbers_lease)")
    assert (await api.get("/usage", headers=key)).json()["left"] == "0.00"
    other = await make_key(Scope.USAGE, name="other")
    assert (await api.get("/usage", headers=other)).json()["ceiling"] == "1.50"
    assert problem(await api.get("/usage", headers=await make_key(Scope.RENTALS, name="third")))[0] == 403


def test_a_key_that_is_gone_may_spend_nothing(account: Account, settings: Any) -> None:
    key, _ = keys.create("one", [Scope.NUMBERS_LEASE])
    principal = Principal(f"key:{key.pk}", "one", frozenset())
    assert keys.find_ceiling(principal) == settings.API_MONTHLY_CEILING
    keys.revoke(key)
    assert keys.find_ceiling(principal) == 0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"max_monthly_cost": "0.99"}, (402, "budget_exceeded")),
        ({"currency": "EUR"}, (402, "budget_exceeded")),
        ({"country": "GB"}, (409, "no_numbers")),
        ({"capabilities": ["mms"]}, (409, "no_numbers")),
        ({"number": "+12025559999"}, (409, "no_numbers")),
        ({"contains": "99999"}, (409, "no_numbers")),
        ({"max_monthly_cost": 5}, (422, "invalid_request")),
        ({"max_monthly_cost": "-1"}, (422, "invalid_request")),
        ({"kind": "satellite"}, (422, "invalid_request")),
    ],
)
async def test_what_must_not_be_bought_is_not_ordered(
    api: httpx.AsyncClient, account: Account, sql: Sql, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    key = await make_key(Scope.NUMBERS_LEASE)
    assert problem(await lease(api, key, **changes)) == expected
    assert sql("SELECT count(*) FROM numbers_intent") == [(0,)]


async def test_an_account_without_room_below_its_ceiling_is_not_used(
    api: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    sql("UPDATE numbers_account SET monthly_ceiling = 0.5")
    answer = await lease(api, await make_key(Scope.NUMBERS_LEASE))
    assert problem(answer) == (402, "budget_exceeded")
    assert "account" in answer.json()["detail"]


async def test_a_number_that_was_named_is_leased_and_no_other(
    api: httpx.AsyncClient, account: Account
) -> None:
    key = await make_key(Scope.NUMBERS_LEASE)
    assert (await lease(api, key, number="+12025551003")).json()["number"] == "+12025551003"
    answer = await lease(api, key, number="+12025551003")
    assert problem(answer) == (409, "no_numbers"), "it is leased already"


async def test_a_refused_purchase_can_be_read(
    api: httpx.AsyncClient, account: Account, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.NUMBERS_LEASE, Scope.NUMBERS_READ)
    fake.fails_on, fake.fails = ("buy",), Rejected("not available", code="21422")
    ordered = (await lease(api, key)).json()
    await in_thread(intents.perform_due)
    failed = (await api.get(f"/numbers/{ordered['number']}", headers=key)).json()
    assert failed["state"] == "failed"
    assert "not available" in failed["timeline"][-1]["detail"]


async def test_offers_are_listed_with_what_is_wrong(
    api: httpx.AsyncClient, account: Account, fake: FakeCarrier
) -> None:
    key = await make_key(Scope.NUMBERS_LEASE)
    offered = (await api.get("/offers?country=US&max_monthly_cost=1.01", headers=key)).json()
    assert [offer["number"] for offer in offered["offers"]] == ["+12025551000", "+12025551001"]
    assert offered["offers"][0]["monthly_cost"] == {"amount": "1.00", "currency": "USD"}
    assert offered["offers"][0]["carrier"] == "fake"
    only = (await api.get("/offers?country=US&contains=1007", headers=key)).json()["offers"]
    assert [offer["number"] for offer in only] == ["+12025551007"]
    fake.fails = CallFailed("the carrier is away")
    found = (await api.get("/offers?country=US", headers=key)).json()
    assert found["offers"] == []
    assert "the carrier is away" in found["reasons"][0]
    reader = await make_key(Scope.NUMBERS_READ, name="reader")
    assert problem(await api.get("/offers?country=US", headers=reader)) == (403, "insufficient_scope")


async def test_a_number_that_is_on_order_cannot_be_retired(api: httpx.AsyncClient, account: Account) -> None:
    def make() -> None:
        make_lease(make_number("+15005550001", public=False), account, state="ordered")

    await in_thread(make)
    key = await make_key(Scope.NUMBERS_LEASE)
    assert problem(await api.delete("/numbers/+15005550001", headers=key)) == (409, "not_active")
    assert problem(await api.delete("/numbers/+15005550002", headers=key)) == (404, "not_found")
