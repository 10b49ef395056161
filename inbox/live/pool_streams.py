"""One event stream for all inboxes that a key may read: those of its rentals, and those of public numbers.

A branch for each inbox hands its frames to one stream. Which inboxes there are is looked at again every few seconds: a
rental that has begun meanwhile joins with all of its messages, and what may no longer be read leaves.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack

from inbox.live import slots
from inbox.live.access import Grant
from inbox.live.checks import AT_ONCE, read_shown
from inbox.live.endings import ended_with_server
from inbox.live.event_streams import BEAT, BEGINNING, Branch, Describe
from inbox.live.frames import Frame
from inbox.live.hub import BEAT_EVERY, hub
from inbox.live.session import NoSlot
from inbox.live.sse import Stream
from inbox.live.waits import draw_id
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib import postgres
from tempsms.lib.postgres import Unavailable

MOST_INBOXES = 10_000
MOST_MISSED = 1000
LISTED_EVERY = 3.0  # seconds
_SHARE_OF_LISTING = 20  # of so many seconds, one may be spent on listing many thousands again
_STEP = 50  # messages that are read at once: making their texts holds up the event loop

ListInboxes = Callable[[], Awaitable[list[Inbox] | None]]
"""Lists the inboxes that may be read now; None where the reader may no longer read anything."""


class TooManyInboxes(Exception):
    """There are more than `MOST_INBOXES`."""


class PoolBranch(Branch):
    """A subscriber at one inbox of several: the stream outlives it, and has a beat of its own."""

    def __init__(self, stream: Stream, describe: Describe, inbox: Inbox) -> None:
        super().__init__(stream, describe)
        self.inbox: Inbox = inbox
        self.over = False

    def push(self, frame: Frame) -> None:
        """Hand a frame on, unless it only says that the connection lives."""
        event = self.encode_frame(frame)
        if event != BEAT:
            self._stream.add(event)

    def end(self) -> None:
        """Note that nothing more comes from here."""
        self.over = True


class PoolStream:
    """An async iterator over events: open it, read it, and close it, whatever came of it."""

    def __init__(self, describe: Describe, list_inboxes: ListInboxes) -> None:
        self._describe = describe
        self._list_inboxes = list_inboxes
        self._stream = Stream()
        self._branches: dict[Inbox, PoolBranch] = {}
        self._listed_at_id = 0  # below every message that came after the inboxes were listed
        self._begun = False
        self._visitor: str | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._endings = ExitStack()
        self._closing: asyncio.Task[None] | None = None

    async def open(self, visitor: str, after: int | None) -> None:
        """Subscribe, and read what came after an id; without one, begin now.

        Raises `NoSlot`, `TooManyInboxes` or `postgres.Unavailable`.
        """
        if not slots.take(visitor):
            raise NoSlot
        self._visitor = visitor
        try:
            self._listed_at_id = await draw_id()
            await self._join_inboxes(await self._list_inboxes() or [])
            if after is not None:
                await self._replay(list(self._branches), after)
            self._endings.enter_context(ended_with_server(self._stream))
            self._refreshing = asyncio.create_task(self._keep_current())
        except BaseException:
            await self.aclose()
            raise

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the events that wait, or come next."""
        if not self._begun:
            self._begun = True
            return BEGINNING + BEAT
        if self._stream.finished:
            raise StopAsyncIteration
        return await self._stream.next()

    async def aclose(self) -> None:
        """Unsubscribe; a second time changes nothing."""
        self._endings.close()
        if self._refreshing is not None:
            self._refreshing.cancel()
        visitor, self._visitor = self._visitor, None
        if visitor is not None:
            slots.give_back(visitor)
        await self._leave_inboxes(list(self._branches))

    def close(self) -> None:
        """Close it in the background: Django does not wait for a stream to close."""
        self._closing = asyncio.ensure_future(self.aclose())

    async def _keep_current(self) -> None:
        beaten_at, rest = time.monotonic(), 0.0
        while True:
            await asyncio.sleep(max(LISTED_EVERY, min(rest, BEAT_EVERY)))
            begun = time.monotonic()
            if begun >= beaten_at + BEAT_EVERY:
                beaten_at = begun
                self._stream.add(BEAT)
            try:
                await self._refresh()
                rest = _SHARE_OF_LISTING * (time.monotonic() - begun)
            except Unavailable:
                continue  # meanwhile nothing comes either
            except TooManyInboxes:
                self._stream.end()  # and is refused when it is opened again

    async def _refresh(self) -> None:
        """Leave the inboxes that may no longer be read, and join new ones with what came since the last look."""
        since, self._listed_at_id = self._listed_at_id, await draw_id()
        try:
            inboxes = await self._list_inboxes()
            if inboxes is None:
                await self._leave_inboxes(list(self._branches))
                self._stream.end()
                return
            readable = set(inboxes)
            gone = [inbox for inbox, branch in self._branches.items() if branch.over or inbox not in readable]
            await self._leave_inboxes(gone)
            fresh = [inbox for inbox in inboxes if inbox not in self._branches]
            await self._join_inboxes(fresh)
            if fresh:
                await self._replay(fresh, since)
        except BaseException:
            self._listed_at_id = since  # what is new has not been read yet
            raise

    async def _join_inboxes(self, inboxes: list[Inbox]) -> None:
        if len(self._branches) + len(inboxes) > MOST_INBOXES:
            raise TooManyInboxes
        for start in range(0, len(inboxes), AT_ONCE):
            some = inboxes[start : start + AT_ONCE]
            fresh = {inbox: PoolBranch(self._stream, self._describe, inbox) for inbox in some}
            self._branches |= fresh
            await hub().watch_all({branch: Grant(inbox) for inbox, branch in fresh.items()})
            # what comes from here on is pushed, or else found by comparing
            shown = await read_shown(some)
            for inbox in some:
                hub().note_shown(inbox, shown.get(inbox.topic, []))

    async def _leave_inboxes(self, inboxes: list[Inbox]) -> None:
        await hub().leave_all({self._branches.pop(inbox): inbox for inbox in inboxes})

    async def _replay(self, inboxes: list[Inbox], after: int) -> None:
        """Add what came to inboxes after an id, the oldest first; what was pushed meanwhile follows, perhaps again.

        If there is more, the stream ends there: its reader connects again, with the last id.
        """
        async with postgres.connection() as connection:
            found = await queries.find_after(connection, inboxes, after, MOST_MISSED)
        events: dict[int, bytes] = {}
        for inbox, ids in found.items():
            for start in range(0, len(ids), _STEP):
                async with postgres.connection() as connection:
                    messages = await queries.read_these(connection, inbox, ids[start : start + _STEP])
                events.update((message["id"], self._branches[inbox].encode(message)) for message in messages)
        joined = b"".join(event for _, event in sorted(events.items()))
        if sum(map(len, found.values())) < MOST_MISSED:
            self._stream.add_first(joined)
        else:
            self._stream.end_with(joined)
