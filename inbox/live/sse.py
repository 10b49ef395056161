"""The same frames as server-sent events, for networks that block WebSockets.

`GET /sse/numbers/<digits>/?after=<id>`, or `/sse/r/<token>/`; `Last-Event-ID` counts when it is higher. Each event is a
frame of `inbox.live.frames`, with the message's id as its own:
https://html.spec.whatwg.org/multipage/server-sent-events.html.
The stream ends with its number or rental, with the server, and when a reader is too far behind; the browser then
reconnects with its last id, or is refused.
"""

import asyncio
import re
from collections import deque
from contextlib import suppress

from inbox.live import access, slots
from inbox.live.access import Find
from inbox.live.endings import ended_with_server
from inbox.live.frames import BEAT, Frame
from inbox.live.session import BACKLOG, NoInbox, NoSlot, Session
from tempsms.lib import visitor
from tempsms.lib.asgi import Receive, Scope, Send, headers_of, respond
from tempsms.lib.postgres import Unavailable

_PATHS = (
    (re.compile(r"/sse/numbers/\+?(\d{3,15})/"), access.find_number),
    (re.compile(r"/sse/r/([^/]+)/"), access.find_rental),
)
HEADERS = {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}
_RAW_HEADERS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Stream:
    """One subscriber: what the hub hands it waits here until it is written."""

    def __init__(self) -> None:
        self._backlog: deque[bytes] = deque()
        self._news = asyncio.Event()
        self.over = False

    @property
    def finished(self) -> bool:
        """Whether everything has been written, and nothing more will come."""
        return self.over and not self._backlog

    def push(self, frame: Frame) -> None:
        """Take a frame; a reader that is too far behind gets no more."""
        self.add(frame.as_event)

    def add(self, event: bytes) -> None:
        """Take an event that is made already; none after the end, or a reader would not miss what was dropped."""
        if self.over:
            return
        self._backlog.append(event)
        if len(self._backlog) > BACKLOG:
            self._backlog.clear()
            self.over = True
        self._news.set()

    def add_first(self, event: bytes) -> None:
        """Take an event that comes before all that wait."""
        self._backlog.appendleft(event)
        self._news.set()

    def end_with(self, event: bytes) -> None:
        """End the stream with an event instead of all that wait."""
        self._backlog.clear()
        self.add(event)
        self.end()

    def end(self) -> None:
        """End the stream after the frames that wait."""
        self.over = True
        self._news.set()

    async def next(self) -> bytes:
        """Return the frames that wait, or come next, as events; nothing at the end. The hub's beat ends any silence."""
        if not self._backlog and not self.over:
            await self._news.wait()
        self._news.clear()
        events = b"".join(self._backlog)
        self._backlog.clear()
        return events


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the endpoint as an ASGI application in front of Django."""
    found = next(
        ((found[1], find) for path, find in _PATHS if (found := path.fullmatch(scope["path"]))), None
    )
    if scope["method"] != "GET":
        await respond(send, 405, b"method not allowed\n", "text/plain")
        return
    after = _read_cursor(scope)
    if found is None or after is None:
        await respond(send, 404, b"no such stream\n", "text/plain")
        return
    await _serve_stream(*found, after, scope, receive, send)


async def _serve_stream(
    name: str, find: Find, after: int, scope: Scope, receive: Receive, send: Send
) -> None:
    stream = Stream()
    session = Session(stream)
    try:
        await session.open(visitor.of_scope(scope), find, name)
        missed = list(await session.history(after))
    except NoSlot:
        await respond(send, 429, b"too many streams\n", "text/plain", [("retry-after", "30")])
    except NoInbox:
        await respond(send, 404, b"no such inbox\n", "text/plain")
    except Unavailable:
        await respond(send, 503, b"try again\n", "text/plain", [("retry-after", "10")])
    else:
        await _follow_inbox(stream, missed, receive, send)
    finally:
        await session.close()


async def _follow_inbox(stream: Stream, missed: list[Frame], receive: Receive, send: Send) -> None:
    """Write what was missed and what comes, until the stream is over, its reader goes, or the server stops."""
    leaving = asyncio.ensure_future(_end_on_disconnect(receive, stream))
    try:
        with ended_with_server(stream):
            await _write_events(stream, missed, send)
    finally:
        leaving.cancel()


async def _write_events(stream: Stream, missed: list[Frame], send: Send) -> None:
    """Write the response until the stream is over or the reader has gone."""
    with suppress(OSError, RuntimeError):  # the servers' words for a peer that is gone
        await send({"type": "http.response.start", "status": 200, "headers": _RAW_HEADERS})
        # the beat shows the page that events get through: a buffering proxy would pass on only the head
        body = b"retry: 2000\n\n" + b"".join(frame.as_event for frame in (BEAT, *missed))
        while True:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if stream.finished:
                break
            body = await stream.next()
        await send({"type": "http.response.body", "body": b""})


async def _end_on_disconnect(receive: Receive, stream: Stream) -> None:
    """End the stream when its reader goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _read_cursor(scope: Scope) -> int | None:
    """Return the higher of the query's and the browser's cursor; None if either is not an id."""
    last = slots.message_id(headers_of(scope).get("last-event-id", "0") or "0")
    asked = slots.cursor(scope["query_string"])
    return None if last is None or asked is None else max(last, asked)
