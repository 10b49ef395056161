"""Lists of messages in the API: who sees which, in the documented shape, and where a list goes on."""

import httpx
import pytest

from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from numbers import rentals
from numbers.models import Lease, Rental
from tests.factories import make_account, make_lease, make_number
from tests.inbox.api.conftest import make_key
from tests.inbox.api.renting import RENTED, rent, store

LIST = "/api/v1/numbers/+15005550006/messages"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def test_visitors_list_what_the_page_shows_newest_first(site: httpx.AsyncClient, lease: Lease) -> None:
    ids = await store(lease, "Your code is 482913", "Call +447700900123")
    await store(lease, "withheld", public=False, withheld="bank")
    answer = await site.get(LIST)
    assert answer.status_code == 200, answer.text
    newest, oldest = answer.json()["messages"]
    assert [newest["id"], oldest["id"]] == [ids[1], ids[0]]
    assert newest["body"] == "Call +447•••••0123"
    assert oldest["from"] == "+1 4••-•••-0100"
    assert oldest.keys() == {
        *("id", "number", "direction", "from", "to", "body", "received_at", "segments", "encoding", "code"),
        *("flags", "media"),
    }
    assert oldest["code"]["value"] == "482913"
    assert (answer.json()["older"], answer.json()["more"]) == (None, False)


async def test_a_list_goes_on_in_both_directions(site: httpx.AsyncClient, lease: Lease) -> None:
    ids = await store(lease, *(f"n{n}" for n in range(5)))
    first = (await site.get(LIST, params={"limit": 2})).json()
    second = (await site.get(LIST, params={"limit": 2, "before": first["older"]})).json()
    third = (await site.get(LIST, params={"limit": 2, "before": second["older"]})).json()
    listed = [message["id"] for page in (first, second, third) for message in page["messages"]]
    assert listed == ids[::-1]
    assert third["older"] is None
    assert (await site.get(LIST, params={"after": first["newer"]})).json()["messages"] == []
    (fresh,) = await store(lease, "fresh")
    newer = (await site.get(LIST, params={"after": first["newer"]})).json()
    assert [message["id"] for message in newer["messages"]] == [fresh]
    assert (await site.get(LIST, params={"after": newer["newer"]})).json()["messages"] == []
    from_id = (await site.get(LIST, params={"after": ids[1], "limit": 2})).json()
    assert [message["body"] for message in from_id["messages"]] == ["n2", "n3"]
    assert from_id["more"]


async def test_lists_are_narrowed(site: httpx.AsyncClient, lease: Lease) -> None:
    await store(lease, "Your code is 482913", "Hello")
    await store(lease, "Hello", sender="ACME")
    for after in ({}, {"after": "0"}):
        for wanted, bodies in (
            ({"from": "acme"}, ["Hello"]),
            ({"from": "+1 415 555 0100", "q": "CODE"}, ["Your code is 482913"]),
            ({"q": "482 913"}, ["Your code is 482913"]),
        ):
            answer = await site.get(LIST, params={**wanted, **after})
            assert [message["body"] for message in answer.json()["messages"]] == bodies, answer.text


async def test_only_codes_can_be_asked_for(site: httpx.AsyncClient, lease: Lease) -> None:
    await store(lease, "Your code is 482913")
    (message,) = (await site.get(LIST, params={"fields": "code"})).json()["messages"]
    assert message.keys() == {"id", "number", "received_at", "code"}
    assert message["code"]["value"] == "482913"


async def test_a_rental_is_its_keys_alone_and_whole(site: httpx.AsyncClient) -> None:
    mine = await make_key(Scope.MESSAGES_READ, name="mine")
    lease, rental = await rent()
    other = await make_key(Scope.MESSAGES_READ, name="other")
    await store(lease, "Call +447700900999", rental=rental, public=False)
    for path in (f"/api/v1/rentals/{rental.pk}/messages", f"/api/v1/numbers/{RENTED}/messages"):
        (message,) = (await site.get(path, headers=mine)).json()["messages"]
        assert (message["body"], message["from"]) == ("Call +447700900999", "+14155550100")
        assert (await site.get(path, headers=other)).status_code == 404
    assert (await site.get(f"/api/v1/numbers/{RENTED}/messages")).status_code == 404
    assert (await site.get(f"/api/v1/rentals/{rental.pk}/messages")).status_code == 401
    await in_thread(lambda: rentals.end(Rental.objects.get(pk=rental.pk)))
    assert (await site.get(f"/api/v1/rentals/{rental.pk}/messages", headers=mine)).status_code == 404


async def test_a_private_number_that_nobody_rents_has_no_messages_for_anybody(
    site: httpx.AsyncClient,
) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    await in_thread(lambda: make_lease(make_number(RENTED, public=False)))
    assert (await site.get(f"/api/v1/numbers/{RENTED}/messages", headers=key)).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("after=x", "after"),
        ("after=7~12:10:", "after"),
        ("after=1&before=2", "before"),
        ("before=0", "before"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("fields=body", "fields"),
        (f"from={'a' * 65}", "from"),
        (f"q={'a' * 101}", "q"),
        ("form=ACME", "form"),
    ],
)
async def test_wrong_parameters_are_named(
    site: httpx.AsyncClient, lease: Lease, query: str, field: str
) -> None:
    answer = await site.get(f"{LIST}?{query}")
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("path", ["numbers/+15005550007", "numbers/+999", "rentals/7", f"rentals/{10**30}"])
async def test_what_is_not_there_is_not_found(site: httpx.AsyncClient, lease: Lease, path: str) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    answer = await site.get(f"/api/v1/{path}/messages", headers=key)
    assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(("number", "spelled"), [("12345", "12345"), (RENTED, RENTED.removeprefix("+"))])
async def test_a_number_may_be_a_short_code_or_without_its_plus(
    site: httpx.AsyncClient, transactional_db: None, number: str, spelled: str
) -> None:
    key = await make_key()
    kind = "short_code" if spelled == number else "mobile"
    lease = await in_thread(
        lambda: make_lease(make_number(number, kind=kind, country="GB", public=False), make_account())
    )
    assert lease
    made = await site.post("/api/v1/rentals", json={"number": spelled}, headers=key)
    assert (made.status_code, made.json()["number"]) == (201, number), made.text
    rental = await in_thread(lambda: Rental.objects.get())
    (message,) = await store(lease, "Hello", rental=rental, public=False)
    root = f"/api/v1/numbers/{spelled}"
    assert (await site.get(f"{root}/messages", headers=key)).json()["messages"][0]["id"] == message
    waited = await site.get(f"{root}/messages/wait", headers=key)
    assert waited.json()["message"]["number"] == number
    claimed = await site.post("/api/v1/claims", json={"number": spelled}, headers=key)
    assert (claimed.status_code, claimed.json()["number"]) == (201, number)
    listed = (await site.get("/api/v1/rentals", params={"number": spelled}, headers=key)).json()
    assert [found["number"] for found in listed["rentals"]] == [number]
