"""One ASGI application for every captured carrier: each gives its routes, and words its errors.

What a carrier's handler decides is done in a thread, in turn with its visitor's other requests. A handler that sends
returns what is to be sent; here it is stored in our pool's inboxes, kept in its project, and answered.
"""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, cast

from django.db import InterfaceError, OperationalError, transaction

from inbox.api import threads
from inbox.api.problems import Code, Problem
from inbox.capture import meddling, pool
from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.capture.requests import BODY_LIMIT, CarrierRequest, Unauthorized, Unreadable, read_request
from inbox.ingest.batcher import Overloaded, Poisoned
from inbox.ingest.storable import Unstorable
from inbox.sandbox import messages, mischief
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.messages import Draft
from inbox.sandbox.models import CapturedMessage, Project
from inbox.sandbox.problems.refusal import Refusal
from tempsms.lib import visitor
from tempsms.lib.asgi import App, Disconnected, Receive, Scope, Send, TooLarge, TooSlow, respond
from tempsms.lib.postgres import Unavailable

RETRY_AFTER = "5"
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Sending:
    """Messages that a handler accepts, and what it answers once they are kept."""

    project: Project
    drafts: Sequence[Draft]
    answer: Callable[[list[CapturedMessage]], Reply]
    late: float = 0.0
    """How many seconds later it is answered."""
    refused_with: str = ""
    """Why nothing is sent, if that is wanted: a carrier's code, or a refusal that every carrier has."""


Handler = Callable[[CarrierRequest], Reply | Sending]


class Endpoint:
    """A captured carrier's API: its routes by path (an expression that matches all of it) and method."""

    def __init__(
        self,
        routes: Mapping[str, Mapping[str, Handler]],
        refuse: Callable[[Fault, str], CarrierRefusal],
        *,
        refuse_with: Callable[[str, Refusal], CarrierRefusal] | None = None,
        body_limit: int = BODY_LIMIT,
        hidden: Sequence[str] = (),
    ) -> None:
        self._routes = [(re.compile(path), handlers) for path, handlers in routes.items()]
        self._body_limit, self._hidden = body_limit, hidden
        self.refuse = refuse
        """The carrier's error for a fault; the text is the path, or says what is wrong."""
        self._refuse_with = refuse_with

    def find_route(self, path: str, method: str) -> tuple[dict[str, str], Handler]:
        """The named parts of a path, and what handles it; raises `CarrierRefusal`."""
        # Two may match, as those of /messages/schedule and /messages/{id} do: the one with this method answers
        matches = [
            (found.groupdict(default=""), handlers)
            for pattern, handlers in self._routes
            if (found := pattern.fullmatch(path))
        ]
        for parts, handlers in matches:
            if method in handlers:
                return parts, handlers[method]
        raise self.refuse(Fault.METHOD if matches else Fault.NOT_FOUND, path)

    async def answer(self, scope: Scope, receive: Receive) -> Reply:
        """Do what a request asks; raises `CarrierRefusal`, and what the database's absence raises."""
        try:
            parts, handler = self.find_route(scope["path"], scope["method"])
            request = await read_request(scope, receive, parts, self._body_limit, self._hidden)
            name = f"capture {visitor.of_scope(scope)}"
            found, accounts = await self._run_in_turn(name, lambda: _handle(handler, request))
            if isinstance(found, Reply):
                return found
            if found.refused_with:
                await meddling.pause(found.late)
                raise self._refuse_sending(found)
            for draft in found.drafts:
                # A scheduled message may still be cancelled, so it is put into nobody's inbox
                if draft.recipient in accounts and draft.due is None:
                    await pool.store(accounts[draft.recipient], draft)
            reply = await self._run_in_turn(name, lambda: _keep(found))
            await meddling.pause(found.late)
            return reply
        except TooLarge:
            raise self.refuse(Fault.TOO_LARGE, "") from None
        except TooSlow:
            raise self.refuse(Fault.TOO_SLOW, "") from None
        except Unreadable as error:
            raise self.refuse(Fault.UNREADABLE, str(error)) from None
        except Unauthorized:
            raise self.refuse(Fault.UNAUTHORIZED, "") from None
        except (Unstorable, Poisoned) as error:
            raise self.refuse(Fault.UNSTORABLE, str(error)) from None

    def _refuse_sending(self, sending: Sending) -> CarrierRefusal:
        """The carrier's error for messages that are refused on purpose."""
        code, first = sending.refused_with, sending.drafts[0]
        if code in (mischief.RATE_LIMIT, mischief.UNAVAILABLE):
            return self.refuse(Fault.TOO_MANY if code == mischief.RATE_LIMIT else Fault.UNAVAILABLE, "")
        found = CARRIERS[first.carrier].refusals.get(code)
        # The rule was checked when it was made; the carrier's codes may have changed since
        if found is None or self._refuse_with is None:
            return self.refuse(Fault.UNAVAILABLE, "")
        text = found.text.replace("{to}", first.recipient).replace("{from}", first.sender)
        return self._refuse_with(code, Refusal(found.status, text))

    async def _run_in_turn(self, name: str, work: Callable[[], _Result]) -> _Result:
        """What work with the ORM returns, in turn with its visitor's other requests; raises `CarrierRefusal`."""
        try:
            result = await threads.in_turn(name, work, asyncio.Future())
        except Problem as problem:
            many = problem.code is Code.TOO_MANY_REQUESTS
            raise self.refuse(Fault.TOO_MANY if many else Fault.UNAVAILABLE, "") from None
        # None is for a client that has gone, which nobody waits for here
        return cast(_Result, result)


def serve(endpoint: Endpoint) -> App:
    """An ASGI application that answers for a carrier."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await endpoint.answer(scope, receive)
        except CarrierRefusal as error:
            reply = error.reply
        except (Overloaded, Unavailable, OperationalError, InterfaceError):
            reply = endpoint.refuse(Fault.UNAVAILABLE, "").reply
        except Disconnected:
            return
        body = reply.encode()
        extra = [("retry-after", RETRY_AFTER)] if reply.status in (429, 503) else []
        extra += reply.headers.items()
        await respond(send, reply.status, body, reply.content_type if body else "", extra)

    return app


def _handle(handler: Handler, request: CarrierRequest) -> tuple[Reply | Sending, dict[str, int]]:
    """What a handler decides, and the accounts of the recipients whose inboxes are public."""
    found = handler(request)
    if isinstance(found, Reply):
        return found, {}
    try:
        meddled = meddling.meddle(found.project, found.drafts, request.headers.get(mischief.HEADER))
    except ValueError as error:
        raise Unreadable(str(error)) from None
    found = replace(found, drafts=meddled.drafts, late=meddled.late, refused_with=meddled.refused_with)
    return found, pool.find_accounts([draft.recipient for draft in found.drafts])


@transaction.atomic
def _keep(sending: Sending) -> Reply:
    """Keep messages, all or none; return their answer."""
    return sending.answer([messages.keep(sending.project, draft) for draft in sending.drafts])
