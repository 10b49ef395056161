"""Numbers are searched and read: all of the pool's with a key, and what pages show without one."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from numbers import leases
from numbers.models import Event, Health
from tests.factories import make_account, make_lease, make_number, make_rental
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem


def make_pool() -> None:
    """A public number in the US, three private ones in GB; of these one is rented, and one not active yet."""
    account = make_account()
    lease = make_lease(make_number("+15005550001"), account, monthly_cost="1.15")
    Health.objects.create(number=lease.number, received_at=timezone.now(), code_at=timezone.now())
    leases.note(lease, Event.What.PRICED, "1.15 USD per month")
    private: dict[str, Any] = {"country": "GB", "public": False}
    make_lease(make_number("+447700900002", kind="mobile", capabilities=["mms", "sms"], **private), account)
    make_rental(make_lease(make_number("+447700900009", **private), account), timedelta(hours=1))
    make_lease(make_number("+447700900003", **private), account, state="ordered", monthly_cost="9")


async def found(api: httpx.AsyncClient, query: str, key: dict[str, str]) -> str:
    """The last digits of the numbers that a search gives."""
    answer = await api.get(f"/numbers{query}", headers=key)
    assert answer.status_code == 200, answer.text
    return "".join(number["number"][-1] for number in answer.json()["numbers"])


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "123"),
        ("?country=GB", "23"),
        ("?kind=mobile", "2"),
        ("?capability=mms", "2"),
        ("?contains=5550", "1"),
        ("?observed=codes", "1"),
        ("?observed=names", ""),
        ("?available=true", "2"),
        ("?available=false", "13"),
        ("?max_monthly_cost=1.15", "12"),
        ("?country=FR", ""),
    ],
)
async def test_numbers_are_searched(api: httpx.AsyncClient, query: str, numbers: str) -> None:
    await in_thread(make_pool)
    assert await found(api, query, await make_key(Scope.NUMBERS_READ)) == numbers


async def test_pages_of_numbers_join_without_a_gap(api: httpx.AsyncClient) -> None:
    await in_thread(make_pool)
    key = await make_key(Scope.NUMBERS_READ, Scope.NUMBERS_LEASE)
    listed = (await api.get("/numbers?limit=3", headers=key)).json()
    rest = (await api.get("/numbers", params={"cursor": listed["next_cursor"]}, headers=key)).json()
    numbers = [number["number"][-1] for page in (listed, rest) for number in page["numbers"]]
    assert numbers == list("1293")
    assert rest["next_cursor"] is None


async def test_a_number_is_read_with_its_timeline(api: httpx.AsyncClient) -> None:
    await in_thread(make_pool)
    key = await make_key(Scope.NUMBERS_READ)
    for name in ("+15005550001", "%2B15005550001", "15005550001"):
        answer = await api.get(f"/numbers/{name}", headers=key)
        assert answer.status_code == 200, answer.text
    number = answer.json()
    assert (number["number"], number["state"], number["carrier"]) == ("+15005550001", "active", "twilio")
    assert number["monthly_cost"] == {"amount": "1.15", "currency": "USD"}
    assert number["observed"]["codes"].endswith("Z")
    assert number["observed"]["names"] is None
    assert [entry["event"] for entry in number["timeline"]] == ["priced"]
    for other in ("+447700900009", "+15005550099", "nothing", "0"):
        assert problem(await api.get(f"/numbers/{other}", headers=key)) == (404, "not_found"), other


async def test_visitors_see_what_pages_show(api: httpx.AsyncClient) -> None:
    await in_thread(make_pool)
    assert await found(api, "?max_monthly_cost=0.01", {}) == "1", "prices are not theirs to find out"
    number = (await api.get("/numbers/+15005550001")).json()
    assert (number["carrier"], number["monthly_cost"], number["timeline"]) == (None, None, [])
    assert problem(await api.get("/numbers/+447700900002")) == (404, "not_found")
    assert (await api.get("/countries")).json() == {
        "countries": [{"country": "US", "name": "United States", "dial_code": 1, "numbers": 1}]
    }


async def test_countries_are_counted(api: httpx.AsyncClient) -> None:
    await in_thread(make_pool)
    answer = await api.get("/countries", headers=await make_key(Scope.NUMBERS_READ))
    counted = {found["country"]: found["numbers"] for found in answer.json()["countries"]}
    assert counted == {"GB": 2, "US": 1}
