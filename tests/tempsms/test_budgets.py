"""Budgets per visitor: what each kind of request is taken from, in Redis and without it, and how many at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from numbers.models import Lease
from tempsms.lib import budgets
from tempsms.lib.asgi import Message, Receive, Scope, Send, respond
from tempsms.lib.budgets import Budget
from tempsms.lib.turns import NoTurn, Turns
from tempsms.middleware import budgets as middleware
from tests.factories import make_lease

PAGE = "/numbers/15005550006/"


def few(monkeypatch: pytest.MonkeyPatch, name: str, a_minute: int) -> Budget:
    """Make a budget small, and its own, so that tests don't share it."""
    old: Budget = getattr(middleware, name)
    small = Budget(f"{old.name} of a test {id(monkeypatch)}", a_minute)
    monkeypatch.setattr(middleware, name, small)
    lanes = {small if budget == old else budget: taken for budget, taken in middleware._LANES.items()}
    monkeypatch.setattr(middleware, "_LANES", lanes)
    rooms = {room: small if budget == old else budget for room, budget in middleware._BY_ROOM.items()}
    monkeypatch.setattr(middleware, "_BY_ROOM", rooms)
    monkeypatch.setattr(middleware, "PAUSE", 0.01)
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 60.0)
    return small


@pytest.fixture
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Wait for Redis however slow it is, so that nothing is counted twice; close the counters' connections."""
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 60.0)
    yield
    await budgets.close()


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
    async def count(*_: object) -> tuple[int, float]:
        return 1, 60.0

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


async def test_turns_are_few_and_in_order() -> None:
    turns = Turns(at_once=2, waiting=2, seconds=60)
    order: list[int] = []

    async def work(n: int) -> None:
        await turns.take("a")
        order.append(n)

    await asyncio.gather(work(0), work(1))
    waiting = [asyncio.create_task(work(n)) for n in (2, 3)]
    await asyncio.sleep(0)
    with pytest.raises(NoTurn):
        await turns.take("a")
    await turns.take("b")  # others are not concerned
    turns.give_back("b")
    for _ in range(2):
        turns.give_back("a")
    await asyncio.gather(*waiting)
    assert order == [0, 1, 2, 3]
    for _ in range(2):
        turns.give_back("a")
    assert turns._lines == {}


async def test_a_turn_that_nobody_waits_for_any_more_goes_to_the_next() -> None:
    turns = Turns(at_once=1, waiting=1, seconds=0.05)
    await turns.take("a")
    with pytest.raises(NoTurn):
        await turns.take("a")
    turns.seconds = 60
    left = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    left.cancel()
    following = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    turns.give_back("a")
    await following
    turns.give_back("a")
    assert turns._lines == {}


async def test_a_turn_that_comes_at_the_very_moment_of_leaving_goes_to_the_next() -> None:
    turns = Turns(at_once=1, waiting=5, seconds=60)
    await turns.take("a")
    left, following = (asyncio.create_task(turns.take("a")) for _ in range(2))
    await asyncio.sleep(0)
    turns.give_back("a")
    left.cancel()  # it has the turn, and never hears of it
    async with asyncio.timeout(60):
        await following
    turns.give_back("a")
    assert turns._lines == {}


async def test_a_turn_is_not_given_to_one_who_is_just_leaving() -> None:
    turns = Turns(at_once=1, waiting=5, seconds=60)
    await turns.take("a")
    left, following = (asyncio.create_task(turns.take("a")) for _ in range(2))
    await asyncio.sleep(0)
    left.cancel()  # still in the line
    turns.give_back("a")
    async with asyncio.timeout(60):
        await following
    turns.give_back("a")
    await asyncio.gather(left, return_exceptions=True)
    assert turns._lines == {}


@pytest.mark.parametrize("query", ["", "q=code"])
async def test_who_reads_slowly_keeps_no_turn(
    counting: None, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(middleware, "WAITS", 600.0)
    begun: asyncio.Queue[None] = asyncio.Queue()
    read = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, b"page", "text/plain")

    async def answer(slowly: bool) -> int:
        statuses: list[int] = []

        async def send(message: Message) -> None:
            statuses.append(message.get("status", 0))
            if slowly:
                begun.put_nowait(None)
                await read.wait()

        scope = {
            "type": "http",
            "method": "GET",
            "path": PAGE,
            "query_string": query.encode(),
            "headers": [],
            "client": ("198.51.100.30", 1),
        }
        await middleware.within_budgets(app)(scope, never, send)
        return statuses[0]

    slow = [asyncio.create_task(answer(slowly=True)) for _ in range(4)]
    async with asyncio.timeout(60):
        for _ in slow:
            await begun.get()
    assert await answer(slowly=False) == 200
    assert not any(task.done() for task in slow)
    read.set()
    assert await asyncio.gather(*slow) == [200] * 4


@pytest.mark.parametrize(
    ("changed", "another", "status"),
    [("AT_ONCE", "198.51.100.30", 429), ("FILES", "203.0.113.30", 503)],
    ids=["of a visitor", "of all"],
)
async def test_who_reads_a_file_slowly_keeps_his_place(
    counting: None, monkeypatch: pytest.MonkeyPatch, changed: str, another: str, status: int
) -> None:
    """The opposite of pages: a file is held in memory until it has been read."""
    few = {"AT_ONCE": {**middleware.AT_ONCE, "media": 1}, "FILES": 1}
    monkeypatch.setattr(middleware, changed, few[changed])
    for name in ("PAUSE", "WAITS", "FILES_WAIT"):
        monkeypatch.setattr(middleware, name, 0.05)
    begun, read = asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await respond(send, 200, b"file", "image/png")

    async def answer(visitor: str, *, slowly: bool = False) -> int:
        statuses: list[int] = []

        async def send(message: Message) -> None:
            statuses.append(message.get("status", 0))
            if slowly:
                begun.set()
                await read.wait()

        scope = {"type": "http", "method": "GET", "path": "/r/token/messages/7/media/0/", "query_string": b""}
        await middleware.within_budgets(app)({**scope, "headers": [], "client": (visitor, 1)}, never, send)
        return statuses[0]

    slow = asyncio.create_task(answer("198.51.100.30", slowly=True))
    async with asyncio.timeout(60):
        await begun.wait()
    assert await answer(another) == status
    read.set()
    assert await slow == 200
    assert await answer(another) == 200


async def never() -> Message:
    """A client that says nothing more."""
    await asyncio.Event().wait()
    return {}


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A public number."""
    return make_lease()


@pytest.mark.parametrize(
    ("name", "method", "path"),
    [
        ("PAGE", "GET", PAGE),
        ("SEARCH", "GET", f"{PAGE}?q=code"),
        ("POLL", "GET", f"{PAGE}poll/"),
        ("REPORT", "POST", f"{PAGE}report/"),
        ("LIVE", "GET", "/sse/numbers/999/"),
        ("LOGIN", "POST", "/admin/login/"),
        ("ADMIN", "GET", "/admin/login/"),
        ("CAPTURE", "POST", "/capture/twilio/2010-04-01/Accounts/AC1/Messages.json"),
        ("STATIC", "GET", "/static/nothing.css"),
    ],
)
async def test_who_asks_too_much_is_told_when_to_come_again(
    lease: Lease, site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, name: str, method: str, path: str
) -> None:
    few(monkeypatch, name, 2)
    answers = [await site.request(method, path) for _ in range(4)]
    assert [answer.status_code == 429 for answer in answers] == [False, False, True, True]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert (
        answers[-1].text == f"too many requests: try again in {answers[-1].headers['retry-after']} seconds\n"
    )


async def test_others_and_webhooks_are_not_concerned(
    lease: Lease, site: httpx.AsyncClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    few(monkeypatch, "PAGE", 1)
    mine, other = {"X-Forwarded-For": "192.0.2.7"}, {"X-Forwarded-For": "198.51.100.9:443"}
    assert (await site.get(PAGE, headers=mine)).status_code == 200
    assert (await site.get(PAGE, headers={"X-Forwarded-For": "192.0.2.8:50000"})).status_code == 429
    assert (await site.get(PAGE, headers=other)).status_code == 200
    for _ in range(3):
        assert (await site.post("/webhooks/twilio/nobody/", headers=mine)).status_code == 404


async def test_limits_can_be_lifted_for_load_tests(
    lease: Lease, site: httpx.AsyncClient, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VISITOR_LIMITS = False
    settings.SOCKETS_PER_VISITOR = 1
    few(monkeypatch, "PAGE", 1)
    assert [(await site.get(PAGE)).status_code for _ in range(3)] == [200] * 3


async def test_a_refused_socket_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    few(monkeypatch, "LIVE", 1)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {"type": "websocket", "path": "/ws/x", "query_string": b"", "headers": []}
    scope["client"] = ("192.0.2.1", 1)
    told = {**scope, "extensions": {"websocket.http.response": {}}}
    for asked in (scope, told, scope):
        await middleware.within_budgets(app)(asked, _receive, send)
    await budgets.close()
    kinds = [(message["type"], message.get("status")) for message in sent]
    assert kinds[:2] == [("websocket.accept", None), ("websocket.http.response.start", 429)]
    assert kinds[-1] == ("websocket.close", None)


async def _receive() -> Any:
    return {"type": "websocket.connect"}


async def test_a_storm_of_searches_is_worked_on_one_by_one_and_leaves_room(
    counting: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(middleware, "PAUSE", 0.01)
    monkeypatch.setattr(middleware, "WAITS", 60.0)
    monkeypatch.setattr(middleware, "SEARCHES_WAIT", 60.0)
    monkeypatch.setattr(middleware, "LONGEST_REST", 0.02)
    running = most = 0

    async def search(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        await respond(send, 200)

    statuses: Counter[int] = Counter()

    async def send(message: Any) -> None:
        if "status" in message:
            statuses[message["status"]] += 1

    def asked(client: str) -> Scope:
        where = {"path": PAGE, "query_string": b"q=x", "headers": [], "client": (client, 1)}
        return {"type": "http", "method": "GET", **where}

    app = middleware.within_budgets(search)
    await asyncio.gather(*(app(asked("192.0.2.1"), _receive, send) for _ in range(16)))
    assert (most, statuses) == (1, {200: 16})
    await asyncio.gather(*(app(asked(f"192.0.{n}.1"), _receive, send) for n in range(16)))
    assert (most, statuses) == (middleware.SEARCHES, {200: 32})
