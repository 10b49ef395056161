"""How requests of one visitor, and of all together, wait for each other: who is refused, how, and what a rest is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from pytest import MonkeyPatch

from tempsms.lib import budgets, metrics
from tempsms.lib.asgi import App, Message, Receive, Scope, Send, respond
from tempsms.lib.budgets import Budget, Counters
from tempsms.lib.turns import LONGEST_REST
from tempsms.middleware import budgets as middleware
from tempsms.page_threads import PLACES

PAGE, SEARCH, FILE = "/numbers/15005550006/", "/numbers/15005550006/?q=code", "/r/token/messages/7/media/0/"
WITHIN = 60.0
Work = Callable[[Scope], Awaitable[None]]


@pytest.fixture(autouse=True)
async def patient(monkeypatch: MonkeyPatch) -> AsyncIterator[None]:
    """Wait for Redis however slow it is, and for turns; refuse without a pause; close the counters' connections."""
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", WITHIN)
    for name in ("WAITS", "SEARCHES_WAIT", "FILES_WAIT"):
        monkeypatch.setattr(middleware, name, WITHIN)
    monkeypatch.setattr(middleware, "PAUSE", 0)
    yield
    await budgets.close()


class Site:
    """An application within budgets; `works` are the requests whose work has begun, `go_on` lets all of it end."""

    def __init__(self, work: Work | None = None) -> None:
        self.works: list[str] = []
        self.go_on = asyncio.Event()
        self._work = work
        self._app: App = middleware.within_budgets(self._answer)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.works.append(scope["client"][0])
        await (self._work(scope) if self._work else self.go_on.wait())
        await respond(send, 200, b"done", "text/plain")

    async def ask(self, path: str, visitor: str = "192.0.2.1", read: asyncio.Event | None = None) -> Any:
        """Status, Retry-After and text of an answer; it is read once `read` is set."""
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)
            if read is not None:
                await read.wait()

        path, _, query = path.partition("?")
        scope: Scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
        async with asyncio.timeout(2 * WITHIN):
            await self._app({**scope, "headers": [], "client": (visitor, 1)}, _never, send)
        start, body = sent
        return start["status"], dict(start["headers"]).get(b"retry-after"), body["body"]

    async def begun(self, count: int) -> None:
        """Wait until so many works have begun."""
        await eventually(lambda: len(self.works) >= count)


async def _never() -> Message:
    await asyncio.Event().wait()
    return {}


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(WITHIN):
        while not condition():  # noqa: ASYNC110 (what is waited for sets no event)
            await asyncio.sleep(0.001)


def waiting(lane: str) -> int:
    """How many wait for a turn."""
    return sum(len(line.waiting) for line in middleware._lines.get().turns[lane]._lines.values())


def test_a_visitor_never_has_all_threads() -> None:
    assert middleware.AT_ONCE["pages"] < PLACES[""].threads
    assert middleware.AT_ONCE["admin"] < PLACES["admin"].threads
    assert middleware.AT_ONCE["search"] == 1
    assert PLACES[""].threads > middleware.FILES


async def test_what_is_no_request_passes() -> None:
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(scope["type"])

    async def send(message: Message) -> None:
        raise AssertionError

    await middleware.within_budgets(app)({"type": "lifespan"}, _never, send)
    assert asked == ["lifespan"]


async def test_a_refusal_waits_a_little_and_only_so_many_do(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "PAGE", Budget(f"page {id(monkeypatch)}", 1))
    monkeypatch.setattr(middleware, "PAUSE", 600.0)
    monkeypatch.setattr(middleware, "PAUSES", 2)
    site, lines = Site(), middleware._lines.get()
    site.go_on.set()
    refused = metrics.REFUSED.labels(middleware.PAGE.name)
    async with asyncio.timeout(WITHIN):
        assert (await site.ask(PAGE))[0] == 200
        paused = [asyncio.create_task(site.ask(PAGE)) for _ in range(2)]
        await eventually(lambda: lines.pauses == 2)
        assert (await site.ask(PAGE))[0] == 429
        assert not any(task.done() for task in paused)
        assert refused._value.get() == 3
        for task in paused:
            task.cancel()
        await asyncio.gather(*paused, return_exceptions=True)
        assert lines.pauses == 0
        monkeypatch.setattr(middleware, "PAUSE", 0)
        assert (await site.ask(PAGE))[0] == 429
    assert lines.pauses == 0


def test_nobody_is_told_to_come_again_at_once() -> None:
    assert [middleware.OverBudget(429, seconds).retry_after for seconds in (0.0, 0.2, 1.6, 59.9)] == [
        "1",
        "1",
        "2",
        "60",
    ]


async def test_a_visitor_with_too_many_waiting_is_refused_and_others_are_not(
    monkeypatch: MonkeyPatch,
) -> None:
    monkeypatch.setattr(middleware, "WAITING", 1)
    site = Site()
    asked = [asyncio.create_task(site.ask(PAGE)) for _ in range(3)]
    await site.begun(2)
    await eventually(lambda: waiting("pages") == 1)
    assert await site.ask(PAGE) == (429, b"60", b"too many requests: try again in 60 seconds\n")
    other = asyncio.create_task(site.ask(PAGE, "198.51.100.7"))
    await site.begun(3)
    site.go_on.set()
    assert [status for status, *_ in await asyncio.gather(*asked, other)] == [200] * 4


@pytest.mark.parametrize("limits", [True, False])
@pytest.mark.parametrize(("path", "bound"), [(SEARCH, "SEARCHES"), (FILE, "FILES")])
async def test_what_all_visitors_may_have_at_once_is_our_bound_and_no_fault_of_theirs(
    monkeypatch: MonkeyPatch, settings: Any, path: str, bound: str, limits: bool
) -> None:
    settings.VISITOR_LIMITS = limits
    monkeypatch.setattr(middleware, bound, 1)
    monkeypatch.setattr(middleware, f"{bound}_WAITING", 0)
    site = Site()
    first = asyncio.create_task(site.ask(path))
    await site.begun(1)
    answer = await site.ask(path, "198.51.100.7")
    assert answer == (503, b"60", b"too busy: try again in 60 seconds\n")
    site.go_on.set()
    assert (await first)[0] == 200
    assert (await site.ask(path, "203.0.113.7"))[0] == 200


async def test_with_limits_lifted_a_visitor_has_as_many_at_once_as_he_likes(settings: Any) -> None:
    settings.VISITOR_LIMITS = False
    site = Site()
    asked = [asyncio.create_task(site.ask(PAGE)) for _ in range(10)]
    await site.begun(10)
    site.go_on.set()
    assert {status for status, *_ in await asyncio.gather(*asked)} == {200}


async def test_searches_that_wait_keep_no_page_waiting() -> None:
    site = Site()
    searches = [asyncio.create_task(site.ask(SEARCH)) for _ in range(4)]
    await site.begun(1)
    await eventually(lambda: waiting("search") == 3)
    page = asyncio.create_task(site.ask(PAGE))
    await site.begun(2)
    for search in searches:
        search.cancel()
    await asyncio.gather(*searches, return_exceptions=True)
    site.go_on.set()
    assert (await page)[0] == 200


async def test_a_file_has_its_place_until_it_has_been_read(monkeypatch: MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "FILES", 1)
    monkeypatch.setattr(middleware, "FILES_WAITING", 0)
    site, read = Site(), asyncio.Event()
    site.go_on.set()
    reading = asyncio.create_task(site.ask(FILE, read=read))
    await site.begun(1)
    assert (await site.ask(FILE, "198.51.100.7"))[0] == 503
    read.set()
    assert (await reading)[0] == 200
    assert (await site.ask(FILE, "198.51.100.7"))[0] == 200


@pytest.mark.parametrize(("took", "rest"), [(0.1, 0.4), (0.3, 1.2), (9.0, LONGEST_REST)])
async def test_a_rest_is_four_times_as_long_as_the_search_and_bounded(
    monkeypatch: MonkeyPatch, took: float, rest: float
) -> None:
    now = 1000.0
    monkeypatch.setattr(middleware, "time", SimpleNamespace(perf_counter=lambda: now))
    rests: list[float] = []
    loop = asyncio.get_running_loop()
    call_later: Any = loop.call_later

    def noted(delay: float, callback: Any, *args: Any, **more: Any) -> Any:
        if getattr(callback, "__name__", "") != "give_back":
            return call_later(delay, callback, *args, **more)
        rests.append(delay)
        return call_later(0, callback, *args)

    monkeypatch.setattr(loop, "call_later", noted)

    async def search(scope: Scope) -> None:
        nonlocal now
        # both have begun to wait by now: what a search waits for is no work of its own
        await eventually(lambda: waiting("search") == 1 or len(site.works) == 2)
        now += 5.0 if len(site.works) == 1 else took

    site = Site(search)
    both = [await asyncio.gather(site.ask(SEARCH), site.ask(SEARCH))]
    assert [status for status, *_ in both[0]] == [200, 200]
    assert rests == [LONGEST_REST, pytest.approx(rest)]


async def test_shares_grow_up_to_a_twentieth_of_the_budget(monkeypatch: MonkeyPatch) -> None:
    asked: list[int] = []

    async def count(counters: Counters, budget: Budget, key: Any, wanted: int) -> tuple[int, int, float]:
        asked.append(wanted)
        return wanted, 0, 60.0

    monkeypatch.setattr(Counters, "_count_remaining", count)
    counters = Counters()
    for _ in range(45):
        assert await counters.take(Budget("shares", 200), "a") == 0
    assert asked == [1, 2, 4, 8, 10, 10, 10]


async def test_who_asks_at_the_same_time_shares_a_draw(monkeypatch: MonkeyPatch) -> None:
    asked: list[int] = []

    async def count(counters: Counters, budget: Budget, key: Any, wanted: int) -> tuple[int, int, float]:
        asked.append(wanted)
        await asyncio.sleep(0)
        return wanted, 0, 60.0

    monkeypatch.setattr(Counters, "_count_remaining", count)
    counters = Counters()
    await asyncio.gather(*(counters.take(Budget("shares", 200), "a") for _ in range(15)))
    assert asked == [1, 2, 4, 8]


async def test_a_redis_that_is_away_is_not_asked_for_a_while(monkeypatch: MonkeyPatch) -> None:
    asked: list[None] = []

    def away(counters: Counters) -> Any:
        asked.append(None)
        raise OSError

    monkeypatch.setattr(Counters, "_in_redis", away)
    counters = Counters()
    for n in range(5):
        assert await counters.take(Budget("away", 10), f"visitor {n}") == 0
    assert len(asked) == 1
    monkeypatch.setattr(budgets, "AWAY_FOR", -1.0)
    counters = Counters()
    for n in range(5):
        await counters.take(Budget("away", 10), f"visitor {n}")
    assert len(asked) == 6


async def test_a_redis_that_says_nothing_is_waited_for_a_little(monkeypatch: MonkeyPatch) -> None:
    async def say_nothing(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 0.01)
    counters = Counters()
    monkeypatch.setattr(counters, "_in_redis", lambda: SimpleNamespace(get_window_stats=say_nothing))
    async with asyncio.timeout(20):
        assert [await counters.take(Budget("silent", 2), "a") > 0 for _ in range(3)] == [False, False, True]


async def test_who_leaves_takes_no_draw_from_the_others(monkeypatch: MonkeyPatch) -> None:
    go_on = asyncio.Event()

    async def count(*_: object) -> tuple[int, int, float]:
        await go_on.wait()
        return 1, 0, 60.0

    monkeypatch.setattr(Counters, "_count_remaining", count)
    counters = Counters()
    leaving = asyncio.create_task(counters.take(Budget("left", 40), "a"))
    await asyncio.sleep(0)
    staying = asyncio.create_task(counters.take(Budget("left", 40), "a"))
    await asyncio.sleep(0)
    leaving.cancel()
    go_on.set()
    assert await staying == 0


async def test_what_still_holds_is_kept_when_the_rest_is_forgotten(monkeypatch: MonkeyPatch) -> None:
    now, drawn = 0.0, []

    async def count(counters: Counters, budget: Budget, key: Any, wanted: int) -> tuple[int, int, float]:
        drawn.append(key[1])
        return (0, 0, 60.0) if key[1] == "refused" else (1, 0, 1.0)

    monkeypatch.setattr(Counters, "_count_remaining", count)
    monkeypatch.setattr(budgets, "_REMEMBERED", 5)
    monkeypatch.setattr(budgets, "time", SimpleNamespace(monotonic=lambda: now))
    counters, budget = Counters(), Budget("kept", 40)
    assert await counters.take(budget, "refused") == 60
    for n in range(5):
        await counters.take(budget, f"visitor {n}")
    now = 2.0
    await counters.take(budget, "another")
    assert await counters.take(budget, "refused") == 58
    assert drawn.count("refused") == 1
