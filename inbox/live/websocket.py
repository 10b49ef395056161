"""The live socket of an inbox's page: `/ws/numbers/<digits>/?after=<id>`, and `/ws/r/<token>/` of a rental's.

Clients only receive: one that sends anything, or reads too slowly, is disconnected and reconnects with its cursor.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

from inbox.live import access, slots
from inbox.live.access import Find
from inbox.live.session import BACKLOG, NoInbox, NoSlot, Session
from tempsms.lib import visitor
from tempsms.lib.asgi import Receive, Scope, Send
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

# all from the private range (RFC 6455 section 7.4.2): daphne raises on 1008 and 1013
TOO_SLOW, NUMBER_ENDED, NOT_ALLOWED, TRY_LATER = 4408, 4410, 4403, 4503

_ENDED = object()


class NumberConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One subscriber to one number."""

    find: Find = staticmethod(access.find_number)
    _draining: asyncio.Task[None] | None = None
    _ending = False  # being closed
    _ended = False  # to be closed once everything is out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._session = Session(self)
        self._backlog: deque[str] | None = deque()  # frames wait here until the replay is out

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the socket. The slot is returned even if the peer disconnects in the middle of a response."""
        try:
            await super().__call__(scope, receive, send)
        except (OSError, RuntimeError) as error:  # the servers' words for a peer that is gone
            logger.info("a socket failed: %s", error)
        finally:
            await self._close_session()

    async def connect(self) -> None:
        """Refuse with 403, or subscribe, accept and replay."""
        after = slots.cursor(self.scope["query_string"])
        if after is None or not await self._open_session():
            await self._close_session()
            await self.close()
            return
        await self.accept()
        await self._replay_history(after)

    async def disconnect(self, code: int) -> None:
        """Unsubscribe and give the slot back."""
        await self._close_session()

    async def _open_session(self) -> bool:
        """Subscribe to the inbox that the address names, if there is one, and a slot for the visitor."""
        name = self.scope["url_route"]["kwargs"]["name"]
        try:
            await self._session.open(visitor.of_scope(self.scope), self.find, name)
        except (NoSlot, NoInbox):
            return False
        except Unavailable:
            logger.warning("a socket was refused: the database is unavailable")
            return False
        return True

    async def _close_session(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
        await self._session.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Close the socket: clients have nothing to send here."""
        await self.close(NOT_ALLOWED)

    def push(self, frame: str) -> None:
        """Write a frame now, or queue it behind a slow reader; one that is too far behind is disconnected.

        A peer that never reads keeps its connection, but nothing else, until the server gives up on it.
        """
        if self._ending:
            return
        if self._backlog is not None:
            self._backlog.append(frame)
            if len(self._backlog) > BACKLOG:
                self._backlog.clear()
                self._close_soon(TOO_SLOW)
            return
        sending = self.base_send({"type": "websocket.send", "text": frame})
        try:
            waiting = sending.send(None)
        except StopIteration:
            return
        except (OSError, RuntimeError):  # the peer is gone; disconnect() follows
            return
        self._backlog = deque()
        self._draining = asyncio.ensure_future(self._drain_backlog(_Resumption(sending, waiting)))

    def end(self) -> None:
        """Close behind the frames that wait: the inbox has ended."""
        self._ended = True
        if self._backlog is None:
            self._close_soon(NUMBER_ENDED)

    async def _replay_history(self, after: int) -> None:
        try:
            history = await self._session.history(after)
        except Unavailable:
            await self.close(TRY_LATER)
            return
        for frame in history:
            await self._send_frame(frame)
        await self._drain_backlog(None)

    async def _drain_backlog(self, rest: "_Resumption | None") -> None:
        """Send the frames that wait, then let `push` write directly again."""
        if rest is not None:
            await rest
        while self._backlog:
            await self._send_frame(self._backlog.popleft())
        self._backlog = None
        if self._ended:
            await self.close(NUMBER_ENDED)

    async def _send_frame(self, frame: str) -> None:
        with suppress(OSError, RuntimeError):
            await self.base_send({"type": "websocket.send", "text": frame})

    def _close_soon(self, code: int) -> None:
        self._ending = True
        task = asyncio.ensure_future(self.close(code))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


class RentalConsumer(NumberConsumer):
    """One subscriber to one rental, by a link to it."""

    find = staticmethod(access.find_rental)


class _Resumption:
    """A coroutine that was started by hand and is suspended at `waiting`: awaiting this runs it to its end."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any], waiting: Any) -> None:
        self._coroutine = coroutine
        self._waiting = waiting

    def __await__(self) -> Generator[Any, None, None]:
        waiting = self._waiting
        while True:
            try:
                yield waiting
            except GeneratorExit:
                self._coroutine.close()
                raise
            except (Exception, asyncio.CancelledError) as error:  # the coroutine's to handle
                waiting = self._resume_with(self._coroutine.throw, error)
            else:
                waiting = self._resume_with(self._coroutine.send, None)
            if waiting is _ENDED:
                return

    def _resume_with(self, resume: Callable[[Any], Any], argument: Any) -> Any:
        try:
            return resume(argument)
        except StopIteration:
            return _ENDED
