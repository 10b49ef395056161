"""Turns are few and in order, and neither who leaves nor who reads slowly keeps one."""

import asyncio

import pytest

from tempsms.lib.asgi import Message, Receive, Scope, Send, respond
from tempsms.lib.turns import NoTurn, Turns
from tempsms.middleware import budgets as middleware
from tests.tempsms.budgets.small import PAGE


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
