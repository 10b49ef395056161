"""The newest messages of inboxes, and what this process remembers of the public ones.

A public inbox is read once for all who ask for it: sockets and streams that open, and polls. What was read is trusted
for half a second at most, as pages are (`tempsms.lib.page_memory`), and less where a code on it expires or the process
hears of a change; while the inbox is watched without a subscription to Redis, not at all. So nothing is shown for
longer than that, whether or not a notice came. A message whose row is the same as last time is not made again.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from inbox.live.frames import Frame, message_frame
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.messages.queries import Message
from tempsms.lib import page_memory, postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

MOST = 256  # inboxes; each has some 150 kB at most
FORGOTTEN_AFTER = 60.0  # seconds without a question
Made = TypeVar("Made")
_MADE = 64  # of one reading: answers differ by cursor and compression
_AT_ONCE = 3  # readings: of the process' six connections, the others are for whoever else asks
_NUMBER = """
SELECT number_id, e164, now() FROM numbers_receiving WHERE e164 = %s AND has_public_page
"""


@dataclass(eq=False, slots=True)
class Newest:
    """The newest messages of an inbox as they were at a time, newest first, and their frames, made when needed.

    Times are of `time.monotonic`: when it began to be read, and when the first code on it expires.
    """

    inbox: Inbox
    messages: list[Message]
    views: queries.Views
    read_at: float = 0.0
    until: float = float("inf")
    asked_at: float = 0.0
    _frames: dict[int, tuple[Message, Frame]] = field(default_factory=dict)
    _made: dict[tuple[object, ...], Any] = field(default_factory=dict)

    def frames_after(self, after: int) -> Iterator[Frame]:
        """Yield the frames of what came after a message, oldest first, each made when its turn comes."""
        for message in queries.since(self.messages, after):
            yield self._frame_of(message)

    def list_frames_after(self, after: int) -> list[Frame]:
        """Return the same, made once for all who ask with the same cursor."""
        return self.once(("frames", after), lambda: list(self.frames_after(after)))

    def list_ids(self) -> list[int]:
        """Return the ids of the messages, newest first."""
        return [message["id"] for message in self.messages]

    def floor(self, after: int) -> int:
        """Return the id of the newest message up to a cursor, 0 if there is none: both have the same answer."""
        return next((one["id"] for one in self.messages if one["id"] <= after), 0)

    def once(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """Return what is made of it, once for all who ask with the same key."""
        if key not in self._made:
            if len(self._made) >= _MADE:
                self._made.clear()
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def forget_made(self) -> None:
        """Keep no answer that is too old to be given again."""
        self._made.clear()

    def keep_frames_of(self, earlier: "Newest") -> None:
        """Take over the frames of the messages that are still the same."""
        for message in self.messages:
            made = earlier._frames.get(message["id"])
            if made is not None and made[0] is message:
                self._frames[message["id"]] = made

    def _frame_of(self, message: Message) -> Frame:
        made = self._frames.get(message["id"])
        if made is None:
            made = message, message_frame(message, private=self.inbox.private)
            self._frames[message["id"]] = made
        return made[1]


class Memory:
    """The public inboxes that one event loop remembers."""

    def __init__(self) -> None:
        self._newest: dict[str, Newest] = {}  # by digits; the one read last is the last
        self._unheard: set[str] = set()  # watched, but not subscribed
        self._reads = SharedCalls(self._read_in_turn)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def find(self, digits: str) -> Newest | None:
        """Return the inbox of the number with these E.164 digits if it has a public page now.

        Raises `postgres.Unavailable`.
        """
        now = time.monotonic()
        found = self._newest.get(digits)
        if found is None or not self._may_trust(digits, found, now):
            found = await self._reads.join(digits)
        if found is not None:
            found.asked_at = now
        return found

    async def reread(self, digits: str) -> Newest | None:
        """Return the same as `find`, as it is in the database now."""
        return await self._reads.join(digits)

    def distrust(self, digits: str) -> None:
        """Remember nothing of an inbox whose changes are not heard."""
        self._unheard.add(digits)

    def trust(self, digits: str) -> None:
        """Remember what is read from now on: its changes are heard, or nobody watches it."""
        self._unheard.discard(digits)
        page_memory.note_change(digits)

    def _may_trust(self, digits: str, found: Newest, now: float) -> bool:
        return (
            now < min(found.read_at + page_memory.HOLD, found.until)
            and not page_memory.has_changed(digits, found.read_at)
            and digits not in self._unheard
        )

    async def _read_in_turn(self, digits: str) -> Newest | None:
        async with self._turns:
            return await self._read_inbox(digits)

    async def _read_inbox(self, digits: str) -> Newest | None:
        earlier = self._newest.get(digits)
        views = earlier.views if earlier else queries.Views()
        read_at = time.monotonic()
        async with postgres.connection() as connection:
            row = await (await connection.execute(_NUMBER, [f"+{digits}"])).fetchone()
            if row is None:
                self._newest.pop(digits, None)
                self._forget_old()
                return None
            number_id, e164, now = row
            inbox = Inbox(number_id, e164)
            messages = await queries.newest_on(connection, inbox, views=views)
        newest = Newest(inbox, messages, views, read_at, _find_end(messages, now, read_at), read_at)
        if earlier is not None:
            newest.keep_frames_of(earlier)
        self._newest.pop(digits, None)
        self._newest[digits] = newest
        self._forget_old()
        return newest

    def _forget_old(self) -> None:
        """Let no text outlive its use: drop what nobody has asked for in a while, and the oldest while too many."""
        now = time.monotonic()
        for digits, newest in list(self._newest.items()):
            if newest.asked_at < now - FORGOTTEN_AFTER or len(self._newest) > MOST:
                del self._newest[digits]
            elif newest.read_at < now - page_memory.HOLD:
                newest.forget_made()


def _find_end(messages: list[Message], now: datetime, read_at: float) -> float:
    """When the first code expires, by the database's clock, as `time.monotonic`."""
    ends = [datetime.fromisoformat(one["sealed"]["expires_at"]) for one in messages if one["sealed"]]
    return read_at + (min(ends) - now).total_seconds() if ends else float("inf")


_memories = PerLoop(Memory)


def forget() -> None:
    """Remember nothing any more."""
    _memories.pop()


def memory() -> Memory:
    """The running loop's memory."""
    return _memories.get()
