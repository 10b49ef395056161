"""The little that endpoints in front of Django need: read a bounded body, send an answer."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


HEADERS, HEADER_BYTES, ONE_HEADER_BYTES = 100, 32 * 1024, 8 * 1000
PATH_BYTES, QUERY_BYTES = 2048, 4096
"""Bounds of a request's head, close to those of common proxies: nginx takes 8 kB a line, 32 kB in all."""

BODY_WITHIN = 30.0
"""Seconds for a whole body; the slowest carrier gives up after 15, and 30 are enough for 2 MB over a bad line."""


class TooLarge(Exception):
    """The body is larger than allowed."""


class TooSlow(Exception):
    """The body was not complete in time."""


class Disconnected(Exception):
    """The client left before its body was complete."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Header names in lower case, as ASGI has them; of a repeated header the last value."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """The whole body; raises `TooLarge` as soon as it must be, `TooSlow` after `BODY_WITHIN`, or `Disconnected`."""
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > limit):
        raise TooLarge
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await _collect_body(receive, limit)
    except TimeoutError:
        raise TooSlow from None


async def _collect_body(receive: Receive, limit: int) -> bytes:
    """The parts of a body together; raises `TooLarge` or `Disconnected`."""
    body = bytearray()
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Disconnected
        body += event.get("body", b"")
        if len(body) > limit:
            raise TooLarge
        more = event.get("more_body", False)
    return bytes(body)


async def wait_until_gone(receive: Receive) -> None:
    """Return when the client has gone; whatever it still sends is passed over."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def respond(
    send: Send, status: int, body: bytes = b"", content_type: str = "", extra: Iterable[tuple[str, str]] = ()
) -> None:
    """Send a complete answer."""
    headers = [(b"content-length", str(len(body)).encode())]
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    headers += [(name.encode(), value.encode()) for name, value in extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def refuse(
    scope: Scope, send: Send, status: int, text: str, extra: Iterable[tuple[str, str]] = ()
) -> None:
    """Answer a request, or a WebSocket's opening, with a status and one line of plain text."""
    if scope["type"] == "http":
        await respond(send, status, f"{text}\n".encode(), "text/plain", extra)
    elif "websocket.http.response" in (scope.get("extensions") or {}):
        headers = [(b"content-type", b"text/plain"), *((k.encode(), v.encode()) for k, v in extra)]
        await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
        await send({"type": "websocket.http.response.body", "body": f"{text}\n".encode()})
    else:
        # without that extension servers answer 403 to a socket that is closed before it was accepted
        await send({"type": "websocket.close"})
