"""Bodies of requests to Django: whole, bounded and in time, or never there.

Django itself reads a body of any size into a temporary file before a view sees it, and waits as long as it takes.
"""

from collections.abc import MutableMapping
from typing import Any

from tempsms.lib.asgi import (
    App,
    Disconnected,
    Receive,
    Scope,
    Send,
    TooLarge,
    TooSlow,
    headers_of,
    read_body,
)
from tempsms.middleware.refusals import refuse

LIMIT = 64 * 1024
ADMIN_LIMIT = 2 * 1024 * 1024
"""Bytes for strangers' forms, and for operators', which may carry a file; Django writes none of it to disk."""


def whole_bodies(app: App) -> App:
    """An application that gets each request with its whole body at once; 413 for too much, 408 for too slowly."""

    async def reading(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        limit = ADMIN_LIMIT if scope["path"].startswith("/admin/") else LIMIT
        try:
            body = await read_body(receive, headers_of(scope), limit)
        except TooLarge:
            await refuse(scope, send, 413, "body too large")
        except TooSlow:
            await refuse(scope, send, 408, "body too slow", [("connection", "close")])
        except Disconnected:
            pass
        else:
            await app(scope, _receive_once(body, receive), send)

    return reading


def _receive_once(body: bytes, rest: Receive) -> Receive:
    """Hands out a body, and then what else comes: that the client has gone."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> MutableMapping[str, Any]:
        return pending.pop() if pending else await rest()

    return receive
