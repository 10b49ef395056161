"""The little that endpoints in front of Django need: read a bounded body, send an answer."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class TooLarge(Exception):
    """The body is larger than allowed."""


class Disconnected(Exception):
    """The client left before its body was complete."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Header names in lower case, as ASGI has them; of a repeated header the last value."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


async def read_body(receive: Receive, headers: dict[str, str], limit: int) -> bytes:
    """The whole body; raises `TooLarge` as soon as it must be, or `Disconnected`."""
    if headers.get("content-length", "0").isdigit() and int(headers.get("content-length", "0")) > limit:
        raise TooLarge
    event = await receive()
    body: bytes = event.get("body", b"")
    while event.get("more_body"):
        if len(body) > limit:
            raise TooLarge
        event = await receive()
        body += event.get("body", b"")
    if event["type"] == "http.disconnect":
        raise Disconnected
    if len(body) > limit:
        raise TooLarge
    return body


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
