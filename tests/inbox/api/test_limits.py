"""Each key has its own number of requests a minute, visitors have another, and answers say what is left."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import httpx
import pytest
from django.core.management import call_command

from inbox.api import keys, limits, threads
from inbox.api.models import ApiKey
from inbox.api.principals import Principal
from inbox.api.scopes import Scope
from tempsms.lib import budgets
from tempsms.lib.budgets import Budget
from tests.inbox.api.conftest import bearer, make_key
from tests.inbox.api.test_operations import problem


@pytest.fixture(autouse=True)
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Wait for Redis however slow it is; visitors have three requests, two of them with a wrong key."""
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 60.0)
    monkeypatch.setattr(limits, "VISITOR", Budget(f"visitor {id(monkeypatch)}", 3))
    monkeypatch.setattr(limits, "REFUSED_KEY", Budget(f"refused {id(monkeypatch)}", 2))
    yield
    await budgets.close()


def left(answer: httpx.Response) -> tuple[int, int]:
    """What is allowed a minute, and what is left of it."""
    policy = re.fullmatch(r'"[\w ]+";q=(\d+);w=60', answer.headers["ratelimit-policy"])
    now = re.fullmatch(r'"[\w ]+";r=(\d+);t=(\d+)', answer.headers["ratelimit"])
    assert policy
    assert now
    assert 1 <= int(now[2]) <= 60
    return int(policy[1]), int(now[1])


async def test_a_key_has_what_it_was_given(things: httpx.AsyncClient) -> None:
    key = await make_key(Scope.NUMBERS_READ, name=f"own {id(things)}", per_minute=4)
    for remaining in (3, 2, 1, 0):
        answer = await things.get("/things", headers=key)
        assert (answer.status_code, left(answer)) == (200, (4, remaining))
    answer = await things.get("/things", headers=key)
    assert problem(answer) == (429, "too_many_requests")
    assert left(answer) == (4, 0)
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    other = await make_key(Scope.NUMBERS_READ, name="other")
    assert left(await things.get("/things", headers=other))[0] == 6000
    assert problem(await things.get("/nothing", headers=key)) == (429, "too_many_requests")


async def test_visitors_count_apart_from_keys(things: httpx.AsyncClient) -> None:
    key = await make_key(Scope.NUMBERS_READ)
    for remaining in (2, 1, 0):
        assert left(await things.get("/things")) == (3, remaining)
    assert problem(await things.get("/things")) == (429, "too_many_requests")
    assert (await things.get("/things", headers=key)).status_code == 200


async def test_wrong_keys_count_apart_from_right_ones(things: httpx.AsyncClient) -> None:
    key = await make_key(Scope.NUMBERS_READ)
    assert (await things.get("/things", headers=key)).status_code == 200
    wrong = bearer("tempsms_" + "x" * 43)
    for _ in range(2):
        assert problem(await things.get("/things", headers=wrong)) == (401, "invalid_token")
    assert problem(await things.get("/things", headers=wrong)) == (429, "too_many_requests")
    assert (await things.get("/things", headers=key)).status_code == 200


async def test_load_tests_have_no_limits(things: httpx.AsyncClient, settings: Any) -> None:
    settings.VISITOR_LIMITS = False
    for _ in range(5):
        answer = await things.get("/things")
        assert answer.status_code == 200
        assert "ratelimit" not in answer.headers


@pytest.mark.django_db
def test_a_keys_limit_is_set_when_it_is_made() -> None:
    call_command(
        "apikey", "create", "--name", "CI", "--scope", "usage", "--per-minute", "50", stdout=StringIO()
    )
    assert ApiKey.objects.get().per_minute == 50


async def test_who_guesses_too_often_does_not_ask_the_database(
    things: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, unused = await make_key(Scope.NUMBERS_READ), await make_key(Scope.NUMBERS_READ, name="unused")
    assert (await things.get("/things", headers=right)).status_code == 200
    asked: list[str] = []
    find = keys.find

    async def count(text: str) -> Principal | None:
        asked.append(text)
        return await find(text)

    monkeypatch.setattr(keys, "find", count)
    wrong = [bearer("tempsms_" + letter * 43) for letter in "abcdef"]
    answers = [await things.get("/things", headers=one) for one in wrong]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429, 429, 429]
    assert len(asked) <= 3
    assert (await things.get("/things", headers=right)).status_code == 200, "it was good before"
    assert (await things.get("/things", headers=unused)).status_code == 429


async def test_searches_of_visitors_have_a_budget_of_their_own(
    things: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SEARCH", Budget(f"search {id(monkeypatch)}", 1))
    for expected in (422, 429):  # the sample has no such parameter
        assert (await things.get("/things?q=code")).status_code == expected
    assert (await things.get("/things")).status_code == 200


async def test_who_has_searched_rests_before_the_next_search_only() -> None:
    ended: dict[str, float] = {}

    async def work(name: str, *, search: bool, seconds: float = 0.0) -> None:
        def run() -> None:
            ended[f"{name} begins"] = time.perf_counter()
            time.sleep(seconds)
            ended[name] = time.perf_counter()

        await threads.in_turn("key:1", run, None, search=search)

    await asyncio.gather(
        work("first", search=True, seconds=0.1), work("second", search=True), work("list", search=False)
    )
    assert ended["second begins"] - ended["first"] >= 0.35
    assert ended["list"] < ended["second begins"]
