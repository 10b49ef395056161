"""With PostgreSQL away, pages say so and when to come again, instead of failing or hanging."""

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from psycopg_pool import PoolTimeout

from tempsms.lib.asgi import App, Receive, Scope, Send, respond

RETRY_AFTER = "10"
ANSWERED_WITHIN = 10.0  # seconds until a page begins; operators' pages may wait for carriers


class Outage:
    """Middleware: 503 with Retry-After for what a view could not ask the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass through."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """An answer when the error is the database's absence."""
        if not isinstance(error, OperationalError | InterfaceError | PoolTimeout):
            return None
        headers = {"Retry-After": RETRY_AFTER, "Cache-Control": "no-store"}
        if request.path.endswith("/poll/"):
            return JsonResponse({"error": "try again"}, status=503, headers=headers)
        answer = render(request, "503.html", status=503)
        for name, value in headers.items():
            answer[name] = value
        return answer


def bounded(app: App) -> App:
    """An application whose pages begin in time or are answered 503: a server that is frozen never says no."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/admin/"):
            await app(scope, receive, send)
            return
        begun = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        task = asyncio.ensure_future(app(scope, receive, sending))
        try:
            await asyncio.wait([task], timeout=ANSWERED_WITHIN)
            if task.done() or begun:
                await task
                return
        finally:
            task.cancel()
        await respond(send, 503, b"try again\n", "text/plain", (("retry-after", RETRY_AFTER),))

    return answering
