"""Event streams of captured messages, in the form of those of inboxes (`inbox.live.event_streams`)."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import orjson

from inbox.live.endings import ended_with_server
from inbox.sandbox.following import Watcher, watching
from tempsms.lib.postgres import Unavailable

BEAT_EVERY = 15.0  # seconds
_BEGINNING = b"retry: 2000\n\n: beat\n\n"
_BEAT = b": beat\n\n"


class EventStream:
    """An async iterator over events: read it, and close it, whatever came of it."""

    def __init__(
        self, project_id: int, is_allowed: Callable[[], Awaitable[bool]], on_close: Callable[[], None]
    ) -> None:
        """`is_allowed` is asked now and then whether its reader may still read it; if not, it ends."""
        self._project_id = project_id
        self._is_allowed = is_allowed
        self._on_close: Callable[[], None] | None = on_close
        self._stack = AsyncExitStack()
        self._watcher: Watcher | None = None
        self._checked_at = time.monotonic()
        self._closing: asyncio.Task[None] | None = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next event, or a beat."""
        if self._watcher is None:
            # The watcher first: whoever has read the first bytes misses nothing that comes afterwards
            self._watcher = await self._stack.enter_async_context(watching(self._project_id))
            self._stack.enter_context(ended_with_server(self._watcher))
            return _BEGINNING
        try:
            message = await asyncio.wait_for(self._watcher.next(), BEAT_EVERY)
        except TimeoutError:
            if not await self._may_go_on():
                raise StopAsyncIteration from None
            return _BEAT
        if message is None or not await self._may_go_on():
            raise StopAsyncIteration
        return b"id: %d\nevent: message\ndata: %s\n\n" % (message["id"], orjson.dumps(message))

    async def aclose(self) -> None:
        """Stop watching; a second time changes nothing."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()
        await self._stack.aclose()

    def close(self) -> None:
        """Close it in the background: Django does not wait for a stream to close."""
        self._closing = asyncio.ensure_future(self.aclose())

    async def _may_go_on(self) -> bool:
        now = time.monotonic()
        if now < self._checked_at + BEAT_EVERY:
            return True
        self._checked_at = now
        try:
            return await self._is_allowed()
        except Unavailable:
            return True  # it is asked again soon
