"""Event streams of the API: the messages of an inbox, as the API gives them (`inbox.live.pool_streams`: of many).

    id: 7
    event: message
    data: {"id": 7, "number": "+15005550006", ...}

Notices (`redacted`, `withheld`, `restored`, `retired`, `ask`) are events too, with the message's id and the number as
data; a comment every 15 seconds shows that the connection lives.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from typing import Any

import orjson

from inbox.live.access import Find, Grant
from inbox.live.endings import ended_with_server
from inbox.live.frames import Frame
from inbox.live.session import Session
from inbox.live.sse import Stream
from inbox.live.waits import messages_since
from inbox.messages.inboxes import Inbox
from inbox.messages.queries import Message
from tempsms.lib.postgres import Unavailable

Describe = Callable[[Inbox, Message], dict[str, Any]]
IsAllowed = Callable[[], Awaitable[bool]]
CHECKED_EVERY = 15.0  # seconds: as often as a beat comes
BEGINNING = b"retry: 2000\n\n"
BEAT = b": beat\n\n"


class Branch:
    """A stream's subscriber at one inbox."""

    def __init__(self, stream: Stream, describe: Describe) -> None:
        self.inbox: Inbox | None = None
        self._stream = stream
        self._describe = describe

    def push(self, frame: Frame) -> None:
        """Hand a frame on as an event."""
        self._stream.add(self.encode_frame(frame))

    def end(self) -> None:
        """End the stream with its inbox."""
        self._stream.end()

    def encode_frame(self, frame: Frame) -> bytes:
        """A frame as an event, or a comment."""
        return self.encode(frame.message) if frame.message else self._encode_notice(frame)

    def encode(self, message: Message) -> bytes:
        """A message as an event."""
        assert self.inbox is not None
        data = orjson.dumps(self._describe(self.inbox, message))
        return b"id: %d\nevent: message\ndata: %s\n\n" % (message["id"], data)

    def _encode_notice(self, frame: Frame) -> bytes:
        assert self.inbox is not None
        content = orjson.loads(frame.text)
        if content["type"] == "beat":
            return BEAT
        data = orjson.dumps({"id": content["id"], "number": self.inbox.e164})
        return b"event: %s\ndata: %s\n\n" % (content["type"].encode(), data)


class EventStream:
    """An async iterator over events: open it, read it, and close it, whatever came of it."""

    def __init__(self, describe: Describe, is_allowed: IsAllowed) -> None:
        """`is_allowed` is asked now and then whether its reader may still read it; if not, it ends."""
        self._is_allowed = is_allowed
        self._checked_at = time.monotonic()
        self._stream = Stream()
        self._branch = Branch(self._stream, describe)
        self._session = Session(self._branch)
        self._begun = False
        self._missed: list[bytes] = []
        self._endings = ExitStack()
        self._closing: asyncio.Task[None] | None = None

    async def open(self, visitor: str, find: Find, name: str, after: int | None) -> None:
        """Subscribe, and read what came after an id; without one, begin now. Raises what `Session.open` raises."""

        async def find_inbox(name: str) -> Grant | None:
            grant = await find(name)
            # before anything is pushed
            self._branch.inbox = grant.inbox if grant else self._branch.inbox
            return grant

        try:
            inbox = await self._session.open(visitor, find_inbox, name)
            if after is None:
                await self._session.newest()
            else:
                missed = await messages_since(self._session, inbox, after)
                self._missed = [self._branch.encode(message) for message in missed]
            self._endings.enter_context(ended_with_server(self._stream))
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
            return b"".join([BEGINNING, BEAT, *self._missed])
        if self._stream.finished:
            raise StopAsyncIteration
        events = await self._stream.next()
        if not await self._may_go_on():
            raise StopAsyncIteration
        return events

    async def aclose(self) -> None:
        """Unsubscribe; a second time changes nothing."""
        self._endings.close()
        await self._session.close()

    async def _may_go_on(self) -> bool:
        now = time.monotonic()
        if now < self._checked_at + CHECKED_EVERY:
            return True
        self._checked_at = now
        try:
            return await self._is_allowed()
        except Unavailable:
            return True  # it is asked again soon, and meanwhile nothing comes

    def close(self) -> None:
        """Close it in the background: Django does not wait for a stream to close."""
        self._closing = asyncio.ensure_future(self.aclose())
