"""A key rents, extends and ends its own rentals, and sees no others; parallel requests get different numbers."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from numbers.models import Number
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem


async def stock(*numbers: str, **changes: Any) -> None:
    """Private numbers that can be rented."""

    def make() -> None:
        account = make_account()
        for e164 in numbers:
            make_lease(make_number(e164, public=False, **changes), account)

    await in_thread(make)


async def rent(api: httpx.AsyncClient, key: dict[str, str], **wanted: Any) -> dict[str, Any]:
    """A rental that has been made."""
    answer = await api.post("/rentals", json=wanted, headers=key)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_rental_is_made_extended_and_ended(api: httpx.AsyncClient) -> None:
    await stock("+15005550001")
    key = await make_key(Scope.RENTALS, name="CI")
    made = await rent(api, key, country="US", kind="local", capabilities=["sms"], purpose="test", seconds=600)
    assert (made["number"], made["purpose"], made["state"], made["link"]) == (
        "+15005550001",
        "test",
        "running",
        None,
    )
    begins, ends = (datetime.fromisoformat(made[name]) for name in ("begins_at", "ends_at"))
    assert ends - begins == timedelta(minutes=10)
    address = f"/rentals/{made['id']}"
    assert (await api.get(address, headers=key)).json() == made
    later = (ends + timedelta(hours=1)).isoformat()
    for _ in range(2):  # the same end again changes nothing
        longer = await api.patch(address, json={"ends_at": later}, headers=key)
        assert datetime.fromisoformat(longer.json()["ends_at"]) == ends + timedelta(hours=1)
    earlier = await api.patch(address, json={"ends_at": made["ends_at"]}, headers=key)
    assert problem(earlier) == (422, "bad_time")
    for _ in range(2):
        ended = await api.delete(address, headers=key)
        assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert problem(await api.patch(address, json={"ends_at": later}, headers=key)) == (409, "over")
    again = await api.post("/rentals", json={}, headers=key)
    assert problem(again) == (409, "no_numbers"), "it is cooling down"


async def test_a_hundred_at_once_for_ten_numbers_give_ten_winners(api: httpx.AsyncClient, sql: Sql) -> None:
    await stock(*(f"+1500555001{n}" for n in range(10)))
    key = await make_key(Scope.RENTALS)

    async def ask(n: int) -> httpx.Response:
        headers = {**key, "Idempotency-Key": f"n{n}"} if n % 2 else key
        return await api.post("/rentals", json={"country": "US"}, headers=headers)

    answers = await asyncio.gather(*map(ask, range(100)))
    counted = Counter(answer.status_code for answer in answers)
    assert counted == {201: 10, 409: 90}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 10
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"no_numbers"}
    assert sql("SELECT count(*) FROM numbers_rental") == [(10,)]


async def test_a_key_sees_only_its_own_rentals(api: httpx.AsyncClient) -> None:
    await stock("+15005550001", "+15005550002")
    mine, theirs = await make_key(Scope.RENTALS, name="mine"), await make_key(Scope.RENTALS, name="theirs")
    own, other = await rent(api, mine), await rent(api, theirs)
    listed = (await api.get("/rentals", headers=mine)).json()
    assert ([found["id"] for found in listed["rentals"]], listed["next_cursor"]) == ([own["id"]], None)
    for address in (f"/rentals/{other['id']}", "/rentals/0", "/rentals/x", f"/rentals/{other['id']}/links"):
        assert problem(await api.get(address, headers=mine)) == (404, "not_found")
    for method in ("DELETE", "PATCH"):
        body = {"ends_at": "2027-01-01T00:00:00Z"} if method == "PATCH" else None
        answer = await api.request(method, f"/rentals/{other['id']}", json=body, headers=mine)
        assert problem(answer) == (404, "not_found")
    assert (await api.get(f"/rentals/{other['id']}", headers=theirs)).json()["state"] == "running"
    answer = await api.post("/rentals", json={"number": other["number"]}, headers=mine)
    assert problem(answer) == (404, "not_found"), "what somebody else rents is not there"


async def test_rentals_are_listed_page_by_page(api: httpx.AsyncClient) -> None:
    await stock(*(f"+1500555001{n}" for n in range(5)))
    key = await make_key(Scope.RENTALS)
    ids = [(await rent(api, key))["id"] for _ in range(5)]
    await api.delete(f"/rentals/{ids[0]}", headers=key)
    found: list[int] = []
    cursor: dict[str, str | None] = {}
    for _ in range(3):
        listed = (await api.get("/rentals", params={"limit": 2, **cursor}, headers=key)).json()
        found += [one["id"] for one in listed["rentals"]]
        cursor = {"cursor": listed["next_cursor"]}
    assert (found, cursor["cursor"]) == (ids[::-1], None)
    running = (await api.get("/rentals?state=running", headers=key)).json()["rentals"]
    assert [one["id"] for one in running] == ids[:0:-1]
    for wrong in ("x", "", "MTc=="):
        assert problem(await api.get("/rentals", params={"cursor": wrong}, headers=key))[0] == 422


async def test_a_link_is_made_shown_once_and_revoked(api: httpx.AsyncClient) -> None:
    await stock("+15005550001")
    key = await make_key(Scope.RENTALS)
    made = await rent(api, key, link=True)
    links = f"/rentals/{made['id']}/links"
    path = httpx.URL(made["link"]["url"]).path
    assert (await api.get(f"http://127.0.0.1:8000{path}")).status_code == 200
    second = (await api.post(links, headers=key)).json()
    listed = (await api.get(links, headers=key)).json()["links"]
    assert [(link["id"], link["url"], link["revoked_at"]) for link in listed] == [
        (made["link"]["id"], None, None),
        (second["id"], None, None),
    ]
    for _ in range(2):
        answer = await api.delete(f"{links}/{made['link']['id']}", headers=key)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await api.get(f"http://127.0.0.1:8000{path}")).status_code == 404
    assert problem(await api.delete(f"{links}/0", headers=key)) == (404, "not_found")
    await api.delete(f"/rentals/{made['id']}", headers=key)
    assert problem(await api.post(links, headers=key)) == (409, "over")


async def test_a_link_that_got_lost_is_given_again_by_its_idempotency_key(api: httpx.AsyncClient) -> None:
    await stock("+15005550001")
    key = {**await make_key(Scope.RENTALS), "Idempotency-Key": "once"}
    assert await rent(api, key, link=True) == await rent(api, key, link=True)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"number": "+15005550001"}, (409, "not_rentable")),
        ({"number": "+15005550009"}, (404, "not_found")),
        ({"number": "five"}, (422, "invalid_request")),
        ({"number": "+15005550002", "country": "US"}, (422, "invalid_request")),
        ({"begins_at": "2027-01-01T00:00:00Z"}, (422, "invalid_request")),
        ({"seconds": 59}, (422, "invalid_request")),
        ({"seconds": "600"}, (422, "invalid_request")),
        ({"country": "GB"}, (409, "no_numbers")),
        ({"kind": "mobile"}, (409, "no_numbers")),
        ({"capabilities": ["mms"]}, (409, "no_numbers")),
        ({"number": "+15005550002", "begins_at": "2020-01-01T00:00:00Z"}, (422, "bad_time")),
        ({"number": "+15005550002", "begins_at": "9999-12-31T23:59:59Z"}, (422, "bad_time")),
    ],
)
async def test_what_cannot_be_rented_is_refused(
    api: httpx.AsyncClient, sql: Sql, wanted: dict[str, Any], expected: tuple[int, str]
) -> None:
    await stock("+15005550002")
    await in_thread(lambda: make_lease(make_number("+15005550001")))
    answer = await api.post("/rentals", json=wanted, headers=await make_key(Scope.RENTALS))
    assert problem(answer) == expected
    assert sql("SELECT count(*) FROM numbers_rental") == [(0,)]


async def test_a_key_for_some_numbers_rents_only_those(api: httpx.AsyncClient) -> None:
    await stock("+15005550001", "+15005550002")
    number = await in_thread(lambda: Number.objects.get(e164="+15005550002"))
    key = await make_key(Scope.RENTALS, numbers=[number])
    assert problem(await api.post("/rentals", json={"number": "+15005550001"}, headers=key))[0] == 404
    assert (await rent(api, key))["number"] == "+15005550002"
    assert problem(await api.post("/rentals", json={}, headers=key)) == (409, "no_numbers")
