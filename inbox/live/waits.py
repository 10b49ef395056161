"""Waiting for one message: a subscriber that ends with the first message that matches.

It subscribes first and reads what is there second, so that nothing falls between, and then costs the process a few
kilobytes and nothing else: no thread, no connection, no query until its time is over.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from inbox.live.access import Find
from inbox.live.comparisons import Comparison, comparisons
from inbox.live.endings import ended_with_server
from inbox.live.frames import Frame
from inbox.live.session import Session
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from inbox.messages.queries import Message
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.postgres import Unavailable
from tempsms.lib.shared_calls import SharedCalls

LONGEST = 55.0  # seconds: many clients and proxies give up after 60
MOST_SEEN = 50
# of what came before, so many are looked through, in steps that let others have their turn
LOOKED_THROUGH, STEP = 500, 50
_DRAW = "SELECT nextval('inbox_message_id_seq')"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a wait ended with: the message, or None and what came and did not match (the newest), oldest first."""

    inbox: Inbox
    message: Message | None
    seen: list[Message]


class Waiter:
    """Takes the frames of an inbox, and keeps the first message after an id that matches."""

    def __init__(self, wanted: MessageFilter) -> None:
        self.message: Message | None = None
        self.over = asyncio.Event()
        self._wanted = wanted
        self._after: int | None = None
        self._early: list[Message] = []  # pushed before what was there already has been looked at
        self._seen: dict[int, Message] = {}
        self._uncompared = 0
        self._compared = asyncio.Event()
        self._compared.set()

    @property
    def seen(self) -> list[Message]:
        """What came and did not match, in order of arrival."""
        return sorted(self._seen.values(), key=itemgetter("id"))

    def begin(self, after: int) -> None:
        """Say after which id messages count; what is there already has to be offered next."""
        self._after = after

    def go_on(self) -> None:
        """Look at what was pushed meanwhile, and from now on at once."""
        early, self._early = self._early, []
        for message in early:
            self.offer(message)

    def push(self, frame: Frame) -> None:
        """Look at a frame."""
        message = frame.message
        if message is None or self.over.is_set():
            return
        if self._after is None:
            self._early.append(message)
        else:
            self.offer(message)

    def offer(self, message: Message) -> None:
        """Look at a message; one that comes again may have been incomplete before."""
        assert self._after is not None
        if self.over.is_set() or message["id"] <= self._after:
            return
        if not self._wanted.match:
            self._note_match(message, self._wanted.matches(message))
            return
        self._uncompared += 1
        self._compared.clear()
        comparison = Comparison(self._wanted, message, partial(self._settle_compared, message))
        comparisons.get().add(comparison)

    async def compared(self) -> None:
        """Wait until all that was offered has been compared, or nothing more is wanted."""
        await self._compared.wait()

    def end(self) -> None:
        """The inbox has ended, or the server stops: nothing more comes."""
        self.over.set()
        self._compared.set()

    def _settle_compared(self, message: Message, matches: bool) -> None:
        self._uncompared -= 1
        if not self.over.is_set():
            self._note_match(message, matches)
        if not self._uncompared or self.over.is_set():
            self._compared.set()

    def _note_match(self, message: Message, matches: bool) -> None:
        if matches:
            self.message = message
            self.over.set()
            return
        self._seen[message["id"]] = message
        if len(self._seen) > MOST_SEEN:
            del self._seen[min(self._seen)]


async def wait(
    visitor: str, find: Find, name: str, wanted: MessageFilter, after: int | None, seconds: float
) -> Outcome:
    """Wait for a message after an id; without one, of a rental for any, of a number for one that is yet to come.

    On a shared number that keeps codes of earlier tests out. Raises what `Session.open` raises.
    """
    until = asyncio.get_running_loop().time() + seconds
    drawn = await draw_id() if after is None else after
    waiter = Waiter(wanted)
    session = Session(waiter)
    try:
        inbox = await session.open(visitor, find, name)
        begun = 0 if after is None and inbox.private else drawn
        with ended_with_server(waiter):
            await _look_back(session, inbox, waiter, begun)
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await waiter.over.wait()
            if not waiter.over.is_set():
                # Redis may have been away all the time, and then nobody said either that the inbox has ended
                with suppress(Unavailable):
                    if await find(name) is None:
                        return Outcome(inbox, None, [])
                    await _look_back(session, inbox, waiter, begun)
            seen = waiter.seen if waiter.message else await _read_again(session, waiter.seen)
        return Outcome(inbox, waiter.message, seen)
    finally:
        await session.close()


async def draw_id() -> int:
    """Return an id below that of every message that arrives from now on, and above all before it."""
    return await _draws.get().join(None)


async def _draw_now(_: None) -> int:
    async with postgres.connection() as connection:
        row = await (await connection.execute(_DRAW)).fetchone()
    assert row
    return int(row[0])


_draws = PerLoop(lambda: SharedCalls(_draw_now))


async def _look_back(session: Session, inbox: Inbox, waiter: Waiter, after: int) -> None:
    """Offer what is there already, oldest first; raises `Unavailable`."""
    waiter.begin(after)
    for message in await messages_since(session, inbox, after):
        waiter.offer(message)
    waiter.go_on()
    await waiter.compared()


async def _read_again(session: Session, seen: list[Message]) -> list[Message]:
    """Return messages as they are now: meanwhile codes may have expired, and texts been withheld."""
    if not seen:
        return []
    with suppress(Unavailable):
        newest = {message["id"]: message for message in await session.newest()}
        return [newest[message["id"]] for message in seen if message["id"] in newest]
    return []


async def messages_since(session: Session, inbox: Inbox, after: int) -> list[Message]:
    """Return the messages after an id, oldest first, and for late commits those shortly before it.

    Of very many, the oldest `LOOKED_THROUGH` and the newest. Raises `Unavailable`.
    """
    newest = await session.newest()
    since = queries.since(newest, after)
    if len(newest) < queries.PAGE or newest[-1]["id"] <= after:
        return since
    older = [message async for message in _walk_from(inbox, after)]
    known = {message["id"] for message in older}
    return [*older, *(message for message in since if message["id"] not in known)]


async def _walk_from(inbox: Inbox, after: int) -> AsyncIterator[Message]:
    """The messages after an id, oldest first: the oldest `LOOKED_THROUGH` of them."""
    for _ in range(LOOKED_THROUGH // STEP):
        async with postgres.connection() as connection:
            messages = await queries.read_after(connection, inbox, after, STEP)
        for message in messages:
            yield message
        if len(messages) < STEP:
            return
        after = messages[-1]["id"]
