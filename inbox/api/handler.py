"""`/api/v1/...`: an ASGI application in front of Django's pages.

Pages run in threads and are finished there; an operation that waits for a message would hold one for a minute. So the
API has a handler of its own: it reads the body, finds out who asks, and runs an `async def` operation on the event
loop, where thousands may wait, and a `def` operation in one of its own threads (`inbox.api.threads`). Sessions, CSRF,
languages and the other middleware of pages have no business here. A waiting operation is cancelled when its client
leaves.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from functools import lru_cache, partial
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import ResolverMatch, URLResolver, path
from django.urls.resolvers import RegexPattern
from ninja.responses import Response

from inbox.api import authentication, limits
from inbox.api.mount import Api, make_api
from inbox.api.operations import ApiRequest
from inbox.api.principals import NEIGHBOUR, Principal
from inbox.api.problems import MEDIA_TYPE, ROOT, Code, Problem, not_found, of_status
from inbox.api.threads import in_turn, unavailable
from tempsms.lib import this_machine, visitor
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
    wait_until_gone,
)
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)
LIMIT = 64 * 1024
"""Bytes of a body."""
SANDBOX = f"{ROOT}sandbox/"
READ_WITHIN = 120.0
"""Seconds for a reader to take a file."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
Gone = asyncio.Future[Any]


class ApiHandler:
    """Answers requests below `/api/`."""

    def __init__(self, api: Api) -> None:
        """Build the table of addresses."""
        # made once: it takes as long as a page
        make_document = lru_cache(maxsize=1)(lambda: Response(api.get_openapi_schema()).content)
        document = path(
            f"{ROOT[1:]}openapi.json", lambda _: HttpResponse(make_document(), "application/json")
        )
        self._resolver = URLResolver(RegexPattern(r"^/"), [document, path(ROOT[1:], api.urls)])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; nothing is sent to a client that has left."""
        try:
            body = await _read_whole_body(scope, receive)
        except Disconnected:
            return
        except Problem as problem:
            await _send_response(scope, send, problem.as_response())
            return
        leaving = asyncio.ensure_future(wait_until_gone(receive))
        try:
            allowance: dict[str, str] = {}
            response = await self._answer(scope, body, leaving, allowance)
            if response is not None:
                for header, value in allowance.items():
                    response.headers[header] = value
                await _send_response(scope, send, response, leaving)
        finally:
            leaving.cancel()

    async def _answer(
        self, scope: Scope, body: bytes, leaving: Gone, allowance: dict[str, str]
    ) -> HttpResponse | None:
        """The answer to a request, or None if its client leaves first; notes what is left of the client's budget."""
        name = "request"
        try:
            # HEAD is GET without the body, which is left out when the answer is sent (RFC 9110 section 9.3.2)
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            request = cast(ApiRequest, ASGIRequest({**scope, "method": method}, BytesIO(body)))
            request.get_host()
            request.visitor = visitor.of_scope(scope)
            request.principal = await _find_principal(scope, request.visitor)
            allowance.update(await limits.count(request))
            match = self._resolver.resolve(scope["path"])
            name = match.view_name
            response = await _run_operation(request, match, leaving)
            return None if response is None else _with_problem(response)
        except Problem as problem:
            return problem.as_response()
        except Http404:  # from the table of addresses, too
            return not_found().as_response()
        except DisallowedHost:
            return of_status(400, "not a host of ours").as_response()
        except (BadRequest, SuspiciousOperation, UnicodeDecodeError):  # too many parameters, for one
            return of_status(400).as_response()
        except (Unavailable, OperationalError, InterfaceError) as error:
            logger.warning("API operation %s answered 503: %s", name, type(error).__name__)
            return unavailable().as_response()
        except Exception:
            logger.exception("API operation %s failed", name)
            return Problem(Code.INTERNAL_ERROR).as_response()


async def _find_principal(scope: Scope, visitor_name: str) -> Principal:
    principal = await authentication.identify(headers_of(scope), visitor_name)
    if principal.is_visitor and scope["path"].startswith(SANDBOX) and this_machine.asks_directly(scope):
        return NEIGHBOUR
    return principal


async def _read_whole_body(scope: Scope, receive: Receive) -> bytes:
    try:
        return await read_body(receive, headers_of(scope), LIMIT)
    except TooLarge:
        raise Problem(Code.BODY_TOO_LARGE) from None
    except TooSlow:
        raise Problem(Code.BODY_TOO_SLOW, headers={"Connection": "close"}) from None


async def _run_operation(request: ApiRequest, match: ResolverMatch, leaving: Gone) -> HttpResponse | None:
    """The operation's answer: from the event loop, or from a thread; None if the client leaves first."""
    view: Callable[..., Any] = match.func
    if not asyncio.iscoroutinefunction(view):
        name = request.principal.owner or request.visitor
        work = partial(view, request, *match.args, **match.kwargs)
        return await in_turn(name, work, leaving, search=limits.is_search(request))
    answering: asyncio.Future[Any] = asyncio.ensure_future(view(request, *match.args, **match.kwargs))
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return answering.result() if answering.done() else None
    finally:
        await _end(answering)


async def _end(answering: asyncio.Future[Any]) -> None:
    """Cancel what is unfinished and wait until it has given back what it holds."""
    if not answering.done():
        answering.cancel()
        await asyncio.gather(answering, return_exceptions=True)


def _with_problem(response: HttpResponse) -> HttpResponse:
    """An answer whose errors, ninja's own among them, are problem details."""
    if response.status_code < 400 or response.get("Content-Type", "").startswith(MEDIA_TYPE):
        return response
    kept = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    return of_status(response.status_code, headers=kept).as_response()


async def _send_response(
    scope: Scope, send: Send, response: HttpResponse, leaving: Gone | None = None
) -> None:
    """Send an answer; a stream ends when its client leaves, and is closed even if it never began."""
    try:
        await _send_parts(scope, send, response, leaving)
    finally:
        if response.streaming:
            response.close()


async def _send_parts(scope: Scope, send: Send, response: HttpResponse, leaving: Gone | None) -> None:
    streamed = response.streaming
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.SECURE_HSTS_SECONDS:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}")
    if response.status_code == HTTPStatus.NO_CONTENT:
        # neither belongs to an answer without a body (RFC 9110 section 8.6)
        response.headers.pop("Content-Type", None)
    elif not streamed:
        response.headers["Content-Length"] = str(len(response.content))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    if streamed and scope["method"] != "HEAD":
        await _send_stream(send, cast(StreamingHttpResponse, response), leaving or asyncio.Future())
    else:
        content = b"" if scope["method"] == "HEAD" else response.content
        await send({"type": "http.response.body", "body": content})


async def _send_stream(send: Send, response: StreamingHttpResponse, leaving: Gone) -> None:
    """Send each part as it comes; when the client leaves, what makes the parts is cancelled."""
    parts = cast(AsyncIterator[bytes], response.streaming_content)

    async def pass_on() -> None:
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})

    passing = asyncio.ensure_future(pass_on())
    # what has an end must be read in time: it is held in memory for its reader
    within = READ_WITHIN if "Content-Length" in response else None
    try:
        await asyncio.wait({passing, leaving}, timeout=within, return_when=asyncio.FIRST_COMPLETED)
        if passing.done():
            passing.result()
            await send({"type": "http.response.body", "body": b""})
    finally:
        await _end(passing)


def make_app() -> App:
    """The application with every feature's operations."""
    return ApiHandler(make_api())
