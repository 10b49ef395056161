"""Each request is taken from its budget, which is exact in one process and shared between processes."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tempsms.lib import budgets
from tempsms.lib.budgets import Budget
from tempsms.middleware import budgets as middleware
from tests.tempsms.budgets.small import PAGE


@pytest.fixture
def without_redis(settings: Any) -> Iterator[None]:
    """Redis where there is none."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield


@pytest.mark.parametrize(
    ("method", "path", "query", "budget"),
    [
        ("GET", "/", "", "page"),
        ("GET", PAGE, "", "page"),
        ("GET", PAGE, "before=7", "page"),
        ("GET", PAGE, "q=code", "search"),
        ("GET", PAGE, "q=&from=Acme", "search"),
        ("GET", PAGE, "q=", "page"),
        ("GET", "/r/token/", "q=code", "search"),
        ("GET", "/", "q=4420", "search"),
        ("GET", f"{PAGE}poll/", "after=1", "poll"),
        ("GET", "/r/token/poll/", "", "poll"),
        ("GET", "/r/token/messages/7/media/0/", "", "media"),
        ("GET", "/r/token/messages/7/media/", "", "page"),
        ("POST", f"{PAGE}report/", "", "report"),
        ("POST", f"{PAGE}messages/7/", "", "report"),
        ("GET", f"/sse{PAGE}", "", "live"),
        ("POST", "/capture/twilio/2010-04-01/Accounts/AC1/Messages.json", "", "capture"),
        ("GET", "/static/js/live.js", "", "static"),
        ("POST", "/admin/login/", "", "login"),
        ("GET", "/admin/login/", "", "admin"),
        ("GET", "/readyz", "", "page"),
        ("POST", "/webhooks/twilio/key/", "", None),
        ("GET", "/healthz", "", None),
        ("GET", "/api/v1/numbers", "", None),
        ("GET", "/api/v1/docs", "", "page"),
        ("GET", "/api/", "", "page"),
        ("GET", "/metrics", "", None),
    ],
)
def test_each_request_has_its_budget(method: str, path: str, query: str, budget: str | None) -> None:
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    found = middleware.budget_of(scope)
    assert (found.name if found else None) == budget


def test_a_socket_has_its_budget_wherever_it_is_opened() -> None:
    found = middleware.budget_of({"type": "websocket", "path": "/ws/x", "query_string": b""})
    assert found == middleware.LIVE


def test_an_office_with_500_open_pages_is_not_limited() -> None:
    assert middleware.POLL.a_minute >= 500 * 2  # every 30 s
    assert middleware.PAGE.a_minute >= 500
    assert middleware.LIVE.a_minute >= 2 * 500  # a socket, or a stream instead, when all come back at once


async def spent(budget: Budget, visitor: str, times: int) -> Counter[bool]:
    """How many of so many requests at the same time get none, and some."""
    waits = await asyncio.gather(*(budgets.take(budget, visitor) for _ in range(times)))
    assert all(0 <= wait <= 60 for wait in waits)
    return Counter(wait == 0 for wait in waits)


@pytest.mark.parametrize("redis", [True, False])
async def test_a_budget_is_exact_in_one_process(
    redis: bool, counting: None, request: pytest.FixtureRequest
) -> None:
    if not redis:
        request.getfixturevalue("without_redis")
    budget = Budget(f"exact {id(request)}", 40)
    assert await spent(budget, "a", 60) == {True: 40, False: 20}
    assert await spent(budget, "a", 5) == {False: 5}
    assert await spent(budget, "b", 5) == {True: 5}


async def test_who_asks_just_when_a_share_has_come_does_not_hold_up_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def count(*_: object) -> tuple[int, int, float]:
        return 1, 0, 60.0

    def look_at_the_clock() -> float:
        looks.append(0)
        assert len(looks) < 100, "it asks again and again without letting the loop go on"
        return 1000.0

    looks: list[int] = []
    counters = budgets.Counters()
    monkeypatch.setattr(counters, "_count_remaining", count)
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=look_at_the_clock))
    first = asyncio.create_task(counters.take(Budget("just then", 40), "a"))
    await asyncio.sleep(0)  # its draw is under way, and ends in the next turn of the loop: so do these begin
    later = [asyncio.create_task(counters.take(Budget("just then", 40), "a")) for _ in range(3)]
    assert await asyncio.gather(first, *later) == [0.0] * 4


async def test_processes_share_a_budget(counting: None, request: pytest.FixtureRequest) -> None:
    budget = Budget(f"shared {id(request)}", 40)
    first, second = budgets.Counters(), budgets.Counters()
    granted = 0
    for counters in (first, second) * 30:
        granted += await counters.take(budget, "a") == 0
    assert granted == 40
    await first.close()
    await second.close()


async def test_many_visitors_are_forgotten_before_they_fill_the_memory(
    counting: None, without_redis: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "_REMEMBERED", 50)
    counters = budgets.Counters()
    for n in range(200):
        await counters.take(Budget("many", 40), f"visitor {n}")
    assert len(counters._shares) <= 51
