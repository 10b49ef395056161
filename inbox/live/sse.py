"""The same frames as server-sent events, for browsers whose way to us lets no WebSocket through.

`GET /sse/numbers/<digits>/?after=<id>`, or `/sse/r/<token>/`; `Last-Event-ID` counts when it is higher. Each event is a
frame of `inbox.live.frames`, with the message's id as its own:
https://html.spec.whatwg.org/multipage/server-sent-events.html.
Subscribes first and replays second, as the socket does. The stream ends with its number or rental, or with the server,
and when a reader is too far behind; the browser comes back with its last id, or is refused.
"""

import asyncio
import re
from collections import deque
from contextlib import suppress

import orjson

from inbox.live import slots
from inbox.live.access import Find, Shown, shown_number, shown_rental
from inbox.live.frames import BEAT, message_frame
from inbox.live.hub import hub
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib import visitor
from tempsms.lib.asgi import Receive, Scope, Send, headers_of, respond
from tempsms.lib.postgres import Unavailable

BACKLOG = 256  # frames a slow reader may be behind
_PATHS = (
    (re.compile(r"/sse/numbers/\+?(\d{3,15})/"), shown_number),
    (re.compile(r"/sse/r/([^/]+)/"), shown_rental),
)
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]
_open: set["Stream"] = set()


class Stream:
    """One viewer: what the hub hands it waits here until it is written."""

    def __init__(self) -> None:
        self._frames: deque[str] = deque()
        self._news = asyncio.Event()
        self.over = False

    @property
    def finished(self) -> bool:
        """Whether everything is out that will ever be."""
        return self.over and not self._frames

    def push(self, frame: str) -> None:
        """Take a frame; a reader too far behind gets no more."""
        self._frames.append(frame)
        if len(self._frames) > BACKLOG:
            self._frames.clear()
            self.over = True
        self._news.set()

    def end(self) -> None:
        """Nothing comes after what is here."""
        self.over = True
        self._news.set()

    async def next(self) -> bytes:
        """The frames that are here, or come next, as events; nothing at the end. The hub's beat breaks any silence."""
        if not self._frames and not self.over:
            await self._news.wait()
        self._news.clear()
        events = b"".join(map(event, self._frames))
        self._frames.clear()
        return events


def event(frame: str) -> bytes:
    """A frame as an event; only a message moves the cursor."""
    said = orjson.loads(frame)
    cursor = f"id: {said['id']}\n" if said["type"] == "message" else ""
    return f"{cursor}data: {frame}\n\n".encode()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The endpoint, as an ASGI application in front of Django."""
    found = next(
        ((found[1], find) for path, find in _PATHS if (found := path.fullmatch(scope["path"]))), None
    )
    if scope["method"] != "GET":
        await respond(send, 405, b"method not allowed\n", "text/plain")
        return
    after = _after(scope)
    if found is None or after is None:
        await respond(send, 404, b"no such stream\n", "text/plain")
        return
    name = visitor.of_scope(scope)
    if not slots.take(name):
        await respond(send, 429, b"too many streams\n", "text/plain", [("retry-after", "30")])
        return
    try:
        await _serve(*found, after, receive, send)
    finally:
        slots.give_back(name)


async def close() -> None:
    """End every stream, that a server which stops need not wait for them."""
    for stream in list(_open):
        stream.end()


async def _serve(name: str, find: Find, after: int, receive: Receive, send: Send) -> None:
    stream = Stream()
    shown: Shown | None = None
    watched: Inbox | None = None
    try:
        if shown := await find(name):
            watched = shown.inbox
            await hub().watch(shown, stream)
            shown = await find(name)  # its end cannot be missed now
        if shown is None:
            await respond(send, 404, b"no such inbox\n", "text/plain")
            return
        newest = await queries.newest_async(shown.inbox)
        missed = [
            message_frame(message, private=shown.inbox.private) for message in queries.since(newest, after)
        ]
    except Unavailable:
        await respond(send, 503, b"try again\n", "text/plain", [("retry-after", "10")])
        return
    else:
        _open.add(stream)
        leaving = asyncio.ensure_future(_left(receive, stream))
        try:
            await _write(stream, missed, send)
        finally:
            leaving.cancel()
            _open.discard(stream)
    finally:
        if watched is not None:
            await hub().leave(watched, stream)


async def _write(stream: Stream, missed: list[str], send: Send) -> None:
    """The answer, until the stream is over or the reader has gone."""
    with suppress(OSError, RuntimeError):  # the servers' words for a peer that is gone
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        # the beat shows the page that events get through: a proxy that collects answers lets only their head pass
        body = b"retry: 2000\n\n" + b"".join(map(event, [BEAT, *missed]))
        while True:
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if stream.finished:
                break
            body = await stream.next()
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive, stream: Stream) -> None:
    """End the stream when its reader goes."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def _after(scope: Scope) -> int | None:
    """The higher one of the query's cursor and the browser's; None when either is no id."""
    last = slots.message_id(headers_of(scope).get("last-event-id", "0") or "0")
    asked = slots.cursor(scope["query_string"])
    return None if last is None or asked is None else max(last, asked)
