"""Requests that are refused before any application has them: one line of text, or a problem of the API."""

from collections.abc import Iterable

from inbox.api.problems import MEDIA_TYPE, of_status
from tempsms.lib import asgi
from tempsms.lib.asgi import Scope, Send

_API = "/api/"


async def refuse(
    scope: Scope, send: Send, status: int, text: str, extra: Iterable[tuple[str, str]] = ()
) -> None:
    """Answer a request, or a WebSocket's opening, with a status and a reason; the API's clients get problem details."""
    if scope["type"] == "http" and scope["path"].startswith(_API):
        problem = of_status(status, text)
        await asgi.respond(send, status, problem.as_bytes(), MEDIA_TYPE, extra)
    else:
        await asgi.refuse(scope, send, status, text, extra)
