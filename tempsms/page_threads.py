"""Django behind ASGI: a page is made whole in one of a few lasting threads, and sent as finished bytes.

Django's own handler returns connections by a signal at the good end of an answer; one that is cut, cancelled or never
read does not come to it. Here the thread that ran the view gives its connection back in `finally`, before anything is
sent, and who reads slowly holds bytes only.
"""

import asyncio
import time
from typing import Any, NamedTuple

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse
from django.urls import set_script_prefix

from tempsms.lib import orm_lanes
from tempsms.lib.asgi import Scope, respond, wait_until_gone
from tempsms.lib.lanes import Crowded, TooLate
from tempsms.middleware.outage import RETRY_AFTER

STUCK_AFTER = 60.0  # seconds; PostgreSQL's absence holds no view for longer than its lane's time and 15 s


class Place(NamedTuple):
    """A lane's threads and its seconds."""

    threads: int
    seconds: float


# strangers never keep operators out, nor assets waiting; operators' pages may wait for carriers
PLACES = {"admin": Place(4, 120.0), "static": Place(2, 10.0), "": Place(8, 10.0)}


class PageHandler(ASGIHandler):
    """Django's handler with synchronous middleware, in our threads."""

    def __init__(self) -> None:
        """Load the middleware; threads come with the requests."""
        self.load_middleware(is_async=False)
        self._lanes = {
            first: orm_lanes.make_lane(first or "pages", *place) for first, place in PLACES.items()
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request; 503 when it cannot be done in time."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        lane = self._lanes.get(scope["path"].split("/", 2)[1], self._lanes[""])
        leaving = asyncio.ensure_future(wait_until_gone(receive))
        try:
            response = await lane.run(lambda: self._make_answer(scope, body), leaving)
        except (Crowded, TooLate):
            await respond(send, 503, b"try again\n", "text/plain", (("retry-after", RETRY_AFTER),))
        else:
            if response is not None:
                await self.send_response(response, send)
        finally:
            leaving.cancel()

    @property
    def stuck(self) -> bool:
        """Whether no thread for public pages has come to an end for a minute, and none is free."""
        since = self._lanes[""].busy_since()
        return since is not None and time.monotonic() - since > STUCK_AFTER

    def _make_answer(self, scope: Scope, body: Any) -> HttpResponse:
        """The whole answer, in a thread."""
        response: Any = None
        try:
            set_script_prefix(get_script_prefix(scope))
            signals.request_started.send(sender=self.__class__, scope=scope)
            request, response = self.create_request(scope, body)
            if request is not None:
                response = self.get_response(request)
            response._handler_class = self.__class__
            return _finish_response(response)
        finally:
            if response is not None:
                response.close()
            body.close()


def _finish_response(response: Any) -> HttpResponse:
    """An answer that needs nothing any more: a streaming one, read to its end."""
    if not response.streaming:
        return response  # type: ignore[no-any-return]
    whole = HttpResponse(b"".join(response), status=response.status_code, reason=response.reason_phrase)
    whole.headers = response.headers
    whole.cookies = response.cookies
    return whole
