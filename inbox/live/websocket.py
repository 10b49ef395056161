"""The live socket of an inbox's page: `/ws/numbers/<digits>/?after=<id>`, and `/ws/r/<token>/` of a rental's.

Clients only receive: one that sends anything, or reads too slowly, is disconnected and reconnects with its cursor.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import suppress
from typing import Any

from channels.consumer import AsyncConsumer

from inbox.live import access, slots
from inbox.live.access import Find
from inbox.live.frames import Frame
from inbox.live.session import BACKLOG, NoInbox, NoSlot, Session
from tempsms.lib import visitor
from tempsms.lib.asgi import Receive, Scope, Send
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

# all from the private range (RFC 6455 section 7.4.2): daphne raises on 1008 and 1013
TOO_SLOW, NUMBER_ENDED, NOT_ALLOWED, TRY_LATER = 4408, 4410, 4403, 4503

_ENDED = object()


class Viewer:
    """One subscriber at the end of a socket."""

    __slots__ = ("_backlog", "_draining", "_ended", "_ending", "_send")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._backlog: deque[Frame] | None = deque()  # frames wait here until the replay is out
        self._draining: asyncio.Task[None] | None = None
        self._ending = False  # being closed
        self._ended = False  # to be closed once everything is out

    def push(self, frame: Frame) -> None:
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
        sending: Any = self._send({"type": "websocket.send", "text": frame.text})
        try:
            waiting = sending.send(None)
        except StopIteration:
            return
        except (OSError, RuntimeError):  # the peer is gone; its disconnect follows
            return
        self._backlog = deque()
        self._draining = asyncio.ensure_future(self._drain_backlog(_Resumption(sending, waiting)))

    def end(self) -> None:
        """Close behind the frames that wait: the inbox has ended."""
        self._ended = True
        if self._backlog is None:
            self._close_soon(NUMBER_ENDED)

    def stop(self) -> None:
        """Write nothing more: the connection is over."""
        self._ending = True
        if self._draining is not None:
            self._draining.cancel()

    async def replay(self, frames: Iterable[Frame]) -> None:
        """Send frames, those that were pushed meanwhile, and from then on each as it is pushed."""
        for frame in frames:
            await self._send_frame(frame)
        await self._drain_backlog(None)

    async def close(self, code: int) -> None:
        """Close the socket, unless it is over already."""
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.close", "code": code})

    async def _drain_backlog(self, rest: "_Resumption | None") -> None:
        """Send the frames that wait, then let `push` write directly again."""
        if rest is not None:
            with suppress(OSError, RuntimeError):
                await rest
        while self._backlog:
            await self._send_frame(self._backlog.popleft())
        self._backlog = None
        if self._ended:
            await self.close(NUMBER_ENDED)

    async def _send_frame(self, frame: Frame) -> None:
        with suppress(OSError, RuntimeError):
            await self._send({"type": "websocket.send", "text": frame.text})

    def _close_soon(self, code: int) -> None:
        self._ending = True
        task = asyncio.ensure_future(self.close(code))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())


class NumberConsumer(AsyncConsumer):  # type: ignore[misc]
    """The sockets of numbers.

    Channels' own loop hands each event to a handler and looks after Django's connections in a thread before each: that
    took half the time of an opening, for three events of which none asks the ORM. This one reads them itself.
    """

    find: Find = staticmethod(access.find_number)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with 403, or subscribe, accept, replay and stay until the peer, the inbox or the server ends.

        The slot is returned even if the peer disconnects in the middle of an answer.
        """
        viewer = Viewer(send)
        session = Session(viewer)
        try:
            await receive()  # that it connects
            after = slots.cursor(scope["query_string"])
            if after is None or not await self._open_session(session, scope):
                await send({"type": "websocket.close"})
                return
            scope[
                "headers"
            ].clear()  # nobody reads them any more, and servers hold them as long as the socket
            await send({"type": "websocket.accept"})
            try:
                await viewer.replay(await session.history(after))
            except Unavailable:
                await viewer.close(TRY_LATER)
            while (await receive())["type"] != "websocket.disconnect":
                await viewer.close(NOT_ALLOWED)  # clients have nothing to send here
        except (OSError, RuntimeError) as error:  # the servers' words for a peer that is gone
            logger.info("a socket failed: %s", type(error).__name__)
        finally:
            viewer.stop()
            await session.close()

    async def _open_session(self, session: Session, scope: Scope) -> bool:
        """Subscribe to the inbox that the address names, if there is one, and a slot for the visitor."""
        name = scope["url_route"]["kwargs"]["name"]
        try:
            await session.open(visitor.of_scope(scope), self.find, name)
        except (NoSlot, NoInbox):
            return False
        except Unavailable:
            logger.warning("a socket was refused: the database is unavailable")
            return False
        return True


class RentalConsumer(NumberConsumer):
    """The sockets of rentals, each by a link to one."""

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
