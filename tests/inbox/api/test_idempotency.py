"""A request that is repeated with its key has one effect and one answer."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import LazySettings

from inbox.api import idempotency
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from tests.conftest import Sql
from tests.inbox.api import sample
from tests.inbox.api.conftest import make_key
from tests.inbox.api.test_operations import problem

ORDER = {"name": "a secret name", "count": 2}


@pytest.fixture
def gate() -> Iterator[None]:
    """Orders wait until the test opens the gate."""
    sample.ordering.clear()
    sample.gate.clear()
    yield
    sample.gate.set()


async def order(
    things: httpx.AsyncClient, key: dict[str, str], body: Any = ORDER, name: str = "k"
) -> httpx.Response:
    """Order with an Idempotency-Key."""
    return await things.post("/orders", json=body, headers={**key, "Idempotency-Key": name})


def orders(sql: Sql) -> int:
    """How many were made."""
    return int(sql("SELECT count(*) FROM api_apikey WHERE name <> 'tests'")[0][0])


async def test_a_repetition_has_the_same_answer_and_no_effect(things: httpx.AsyncClient, sql: Sql) -> None:
    key = await make_key()
    first = await order(things, key)
    again = await order(things, key, {"count": 2, "name": "a secret name"})
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, first.json())
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["content-type"] == first.headers["content-type"]
    assert orders(sql) == 1
    assert "secret name" not in repr(sql("SELECT * FROM api_storedanswer"))
    assert b"secret name" not in bytes(sql("SELECT body FROM api_storedanswer")[0][0])


async def test_what_was_asked_cannot_be_guessed_from_what_is_kept(
    things: httpx.AsyncClient, sql: Sql, settings: LazySettings
) -> None:
    for secret in ("one" * 20, "other" * 20):
        settings.SECRET_KEY = secret
        await order(things, await make_key(name=secret[:9]), {"name": "missing"})
    assert sql("SELECT count(DISTINCT request) FROM api_storedanswer") == [(2,)]


async def test_another_request_with_the_same_key_is_refused(things: httpx.AsyncClient, sql: Sql) -> None:
    key = await make_key()
    await order(things, key)
    assert problem(await order(things, key, {"name": "other"})) == (422, "key_reused")
    assert orders(sql) == 1
    other = await make_key(name="other client")
    assert problem(await order(things, other, {"name": "a secret name"})) != (422, "key_reused")


async def test_while_the_first_is_running_the_answer_is_409(
    things: httpx.AsyncClient, sql: Sql, gate: None
) -> None:
    key = await make_key()
    first = asyncio.create_task(order(things, key))
    await asyncio.to_thread(sample.ordering.wait)
    second = await order(things, key)
    assert problem(second) == (409, "request_in_progress")
    assert int(second.headers["retry-after"]) >= 1
    sample.gate.set()
    assert (await first).status_code == 201
    assert (await order(things, key)).json() == (await first).json()
    assert orders(sql) == 1


async def test_many_at_once_have_one_effect(things: httpx.AsyncClient, sql: Sql) -> None:
    key = await make_key()
    answers = await asyncio.gather(*(order(things, key) for _ in range(30)))
    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) <= {201, 409}
    assert counted[201] >= 1
    assert orders(sql) == 1
    assert len({answer.text for answer in answers if answer.status_code == 201}) == 1


async def test_what_failed_has_no_effect_and_what_was_refused_stays_refused(
    things: httpx.AsyncClient, sql: Sql
) -> None:
    key = await make_key()
    assert problem(await order(things, key, {"name": "missing"})) == (404, "not_found")
    again = await order(things, key, {"name": "missing"})
    assert problem(again) == (404, "not_found")
    assert again.headers["idempotency-replayed"] == "true"
    assert problem(await order(things, key, {"name": "broken"}, "b")) == (500, "internal_error")
    assert problem(await order(things, key, {"nmae": "x"}, "c")) == (422, "invalid_request")
    assert orders(sql) == 0
    assert (await order(things, key, {"name": "right"}, "c")).status_code == 201, "a correction"
    assert (await order(things, key, {"name": "works now"}, "b")).status_code == 201


async def test_answers_are_forgotten_after_a_day(things: httpx.AsyncClient, sql: Sql) -> None:
    key = await make_key()
    await order(things, key)
    sql("UPDATE api_storedanswer SET created_at = created_at - interval '23 h 59 min'")
    assert await in_thread(idempotency.forget) == 0
    assert "idempotency-replayed" in (await order(things, key)).headers
    sql("UPDATE api_storedanswer SET created_at = created_at - interval '2 min'")
    assert (await order(things, key, {"name": "the next day"})).status_code == 201
    sql("UPDATE api_storedanswer SET created_at = created_at - interval '1 day'")
    assert await in_thread(idempotency.forget) == 1


@pytest.mark.parametrize("name", ["", "x" * 256, "a b", "é"])
async def test_other_keys_are_no_keys(things: httpx.AsyncClient, name: str, sql: Sql) -> None:
    key = await make_key(Scope.RENTALS)
    answer = await things.post("/orders", json=ORDER, headers={**key, "Idempotency-Key": name.encode()})  # type: ignore[arg-type]
    assert problem(answer) == (422, "invalid_request")
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert orders(sql) == 0


async def test_a_deeply_nested_body_is_refused_as_any_other(things: httpx.AsyncClient) -> None:
    key = await make_key()
    body = b'{"name": ' + b"[" * 400 + b"]" * 400 + b"}"
    headers = {**key, "Idempotency-Key": "deep", "Content-Type": "application/json"}
    answer = await things.post("/orders", content=body, headers=headers)
    assert problem(answer) == (422, "invalid_request")
