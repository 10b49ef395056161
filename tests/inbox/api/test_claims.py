"""Claims by the API: made, waited for, given up; each its owner's alone."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.db.models.functions import Now

from inbox.api.scopes import Scope
from inbox.claims import claims
from inbox.claims.models import Claim
from inbox.live import endings, slots
from numbers.models import Lease
from tests.factories import make_account, make_lease
from tests.inbox.api.conftest import make_key
from tests.inbox.api.renting import RENTED, do, rent, send

CLAIMS = "/api/v1/claims"
NUMBER = "+15005550006"


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def waiting(count: int = 1) -> None:
    """Return once so many wait."""
    async with asyncio.timeout(30):
        while len(endings._open) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_each_test_gets_the_code_that_is_meant_for_it(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    wanted = [
        {"number": NUMBER, "from": "+1 415 555 0100", "match": f"for {name}\\b", "require": "code", "ttl": 60}
        for name in ("ada", "bob")
    ]
    made = [await site.post(CLAIMS, json=one, headers=key) for one in wanted]
    assert [answer.status_code for answer in made] == [201, 201], made[0].text
    await send(site, lease, "for bob: your code is 111111")
    tasks = [
        asyncio.create_task(site.get(f"{CLAIMS}/{answer.json()['id']}/wait", headers=key)) for answer in made
    ]
    assert (await tasks[1]).json()["message"]["code"]["value"] == "111111"
    await send(site, lease, "for ada: your code is 482913")
    answer = (await tasks[0]).json()
    assert answer["message"]["code"]["value"] == "482913"
    assert answer["seen"] == []
    claim = (await site.get(f"{CLAIMS}/{made[0].json()['id']}", headers=key)).json()
    assert claim["message_id"] == answer["message"]["id"]
    assert not slots._taken


async def test_a_claim_is_described_as_it_was_made(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    made = (await site.post(CLAIMS, json={"number": NUMBER, "from": "ACME"}, headers=key)).json()
    assert made | {"id": "", "created_at": "", "expires_at": ""} == {
        "id": "",
        "number": NUMBER,
        "rental": None,
        "from": "ACME",
        "match": "",
        "require": None,
        "created_at": "",
        "expires_at": "",
        "message_id": None,
    }
    assert (await site.get(f"{CLAIMS}/{made['id']}", headers=key)).json() == made


async def test_a_claim_that_is_given_up_is_gone(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    path = f"{CLAIMS}/{(await site.post(CLAIMS, json={'number': NUMBER}, headers=key)).json()['id']}"
    assert (await site.delete(path, headers=key)).status_code == 204
    for answer in (
        await site.delete(path, headers=key),
        await site.get(path, headers=key),
        await site.get(f"{path}/wait", headers=key),
    ):
        assert answer.status_code == 404


async def test_a_claim_with_its_message_can_be_given_up_too(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    path = f"{CLAIMS}/{(await site.post(CLAIMS, json={'number': NUMBER}, headers=key)).json()['id']}"
    await send(site, lease, "Hello")
    assert (await site.get(f"{path}/wait", headers=key)).json()["message"]["body"] == "Hello"
    assert (await site.delete(path, headers=key)).status_code == 204
    assert (await site.get(f"{path}/wait", headers=key)).status_code == 404


async def test_a_key_lists_its_own_open_claims_in_the_order_they_are_served(
    site: httpx.AsyncClient, lease: Lease
) -> None:
    key, other = [await make_key(Scope.MESSAGES_READ, name=name) for name in ("one", "other")]
    served, dropped, *kept = [
        (await site.post(CLAIMS, json={"number": NUMBER, "from": name}, headers=key)).json()
        for name in ("ACME", "GIVENUP", "FIRST", "SECOND")
    ]
    expired = (await site.post(CLAIMS, json={"number": NUMBER}, headers=key)).json()
    await do(lambda: Claim.objects.filter(key=expired["id"]).update(expires_at=Now() - timedelta(seconds=1)))
    await site.post(CLAIMS, json={"number": NUMBER}, headers=other)
    await site.delete(f"{CLAIMS}/{dropped['id']}", headers=key)
    await send(site, lease, "Hello", From="ACME")
    assert (await site.get(f"{CLAIMS}/{served['id']}/wait", headers=key)).json()["message"]
    first = (await site.get(CLAIMS, params={"limit": "1"}, headers=key)).json()
    assert first["claims"] == kept[:1]
    rest = (await site.get(CLAIMS, params={"cursor": first["next_cursor"]}, headers=key)).json()
    assert rest == {"claims": kept[1:], "next_cursor": None}
    assert (await site.get(CLAIMS)).status_code == 401


async def test_claims_are_for_keys_and_each_ones_own(site: httpx.AsyncClient, lease: Lease) -> None:
    key, other = [await make_key(Scope.MESSAGES_READ, name=name) for name in ("one", "other")]
    made = (await site.post(CLAIMS, json={"number": NUMBER}, headers=key)).json()
    assert (await site.post(CLAIMS, json={"number": NUMBER})).status_code == 401
    for path in (f"{CLAIMS}/{made['id']}", f"{CLAIMS}/{made['id']}/wait", f"{CLAIMS}/{uuid4()}/wait"):
        assert (await site.get(path, headers=other)).status_code == 404
        assert (await site.get(path)).status_code == 401
    assert (await site.delete(f"{CLAIMS}/{made['id']}", headers=other)).status_code == 404


async def test_a_rental_can_be_claimed_by_its_number_or_itself(site: httpx.AsyncClient) -> None:
    key = await make_key(Scope.MESSAGES_READ, name="mine")
    lease, rental = await rent()
    for n, inbox in enumerate(({"rental": rental.pk}, {"number": RENTED})):
        made = (await site.post(CLAIMS, json=inbox, headers=key)).json()
        assert (made["number"], made["rental"]) == (RENTED, rental.pk)
        await send(site, lease, f"Call +4477009009{n}9")
        answer = await site.get(f"{CLAIMS}/{made['id']}/wait", headers=key)
        assert answer.json()["message"]["body"] == f"Call +4477009009{n}9"
    other = await make_key(Scope.MESSAGES_READ, name="other")
    for inbox in ({"rental": rental.pk}, {"number": RENTED}):
        assert (await site.post(CLAIMS, json=inbox, headers=other)).status_code == 404


async def test_a_wait_that_is_over_tells_what_came(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    made = (await site.post(CLAIMS, json={"number": NUMBER, "match": "never"}, headers=key)).json()
    await send(site, lease, "Hello")
    answer = await site.get(f"{CLAIMS}/{made['id']}/wait", params={"timeout": "0"}, headers=key)
    assert answer.json()["message"] is None
    assert [seen["body"] for seen in answer.json()["seen"]] == ["Hello"]


async def test_a_claim_that_is_made_again_is_the_same(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ) | {"Idempotency-Key": "once"}
    answers = [await site.post(CLAIMS, json={"number": NUMBER}, headers=key) for _ in range(2)]
    assert answers[0].status_code == 201
    assert answers[1].json() == answers[0].json()


@pytest.mark.parametrize(
    ("claim", "field"),
    [
        ({"number": NUMBER, "match": "("}, "match"),
        ({"number": NUMBER, "from": "a" * 65}, "from"),
        ({"number": NUMBER, "ttl": 0}, "ttl"),
        ({"number": NUMBER, "ttl": 3601}, "ttl"),
        ({"number": "+1 500 555 0006"}, "number"),
        ({"rental": 0}, "rental"),
        ({"number": NUMBER, "require": "link"}, "require"),
        ({"number": NUMBER, "sender": "ACME"}, "sender"),
        ({}, "number"),
        ({"number": NUMBER, "rental": 1}, "rental"),
    ],
)
async def test_wrong_fields_are_named(
    site: httpx.AsyncClient, lease: Lease, claim: dict[str, object], field: str
) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    answer = await site.post(CLAIMS, json=claim, headers=key)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_too_many_claims_are_refused(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "MOST_OPEN", 1)
    key = await make_key(Scope.MESSAGES_READ)
    answers = [await site.post(CLAIMS, json={"number": NUMBER}, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1].json()["code"] == "too_many_claims"


async def test_what_is_not_there_cannot_be_claimed(site: httpx.AsyncClient, lease: Lease) -> None:
    key = await make_key(Scope.MESSAGES_READ)
    for inbox in ({"number": "+15005550007"}, {"rental": 7}):
        assert (await site.post(CLAIMS, json=inbox, headers=key)).status_code == 404
    assert (await site.get(f"{CLAIMS}/7", headers=key)).status_code in (404, 422)
