"""Waiting for messages, and following them, in the API."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Literal

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Query, Router
from pydantic import Field

from inbox.api import authentication
from inbox.api.operations import ApiRequest, as_answer, needs
from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem, invalid, not_found
from inbox.api.schemas import OurNumber, Output
from inbox.api.scopes import Scope
from inbox.live import sse, waits
from inbox.live.access import Find, Grant
from inbox.live.event_streams import EventStream
from inbox.live.pool_streams import MOST_INBOXES, PoolStream, TooManyInboxes
from inbox.live.session import NoInbox, NoSlot
from inbox.live.waits import Outcome
from inbox.messages import listing, readable
from inbox.messages.api_schemas import AnyMessage, Fields, Sender, describe
from inbox.messages.inboxes import Inbox
from inbox.messages.listing import BadCursor
from inbox.messages.matching import BadFilter, MessageFilter
from inbox.text.patterns import LONGEST
from tempsms.lib import visitor
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

router = Router(tags=["Messages"])

After = Annotated[
    str | None,
    Query(
        description="Only messages after this id, or a list's `newer`. Without it: of a rental any, of a number those"
        " that are yet to come",
        max_length=2100,
    ),
]
Since = Annotated[
    str | None,
    Query(
        description="Begin after this id, or a list's `newer`; `Last-Event-ID` comes first. Without either, begin now",
        max_length=2100,
    ),
]
Match = Annotated[
    str,
    Query(
        description="An RE2 pattern that is searched in the text; `(?i)` ignores case",
        max_length=LONGEST,
        examples=["code is ([0-9]{6})"],
    ),
]
Require = Annotated[Literal["code"] | None, Query(description="`code`: only messages with a one-time code")]
Timeout = Annotated[float, Query(alias="timeout", description="Seconds to wait", ge=0, le=waits.LONGEST)]

EVENTS: dict[str, Any] = {
    "responses": {
        200: {
            "description": "Server-sent events",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 7\nevent: message\ndata: {"id": 7, "number": "+15005550006", "body": "Hello"}\n\n'
                    'event: withheld\ndata: {"id": 7, "number": "+15005550006"}\n\n',
                }
            },
        }
    }
}
"""What a stream answers with, for the document."""


class WaitOut(Output):
    """The message, or null and what came meanwhile and did not match."""

    message: AnyMessage | None
    seen: list[AnyMessage] = Field(
        description="What came and did not match: the newest 50, oldest first; empty if `message` is set"
    )


@router.get(
    "/numbers/{e164}/messages/wait",
    response=WaitOut,
    by_alias=True,
    operation_id="waitForNumberMessage",
    summary="Wait for a message to a number",
)
@needs(Scope.MESSAGES_READ, visitors=True, problems=[Code.NOT_FOUND])
async def wait_for_number_message(
    request: ApiRequest,
    e164: OurNumber,
    after: After = None,
    sender: Sender = "",
    match: Match = "",
    require: Require = None,
    seconds: Timeout = waits.LONGEST,
    fields: Fields = None,
) -> HttpResponse:
    """Answers as soon as a message matches, at once if it is there already, and with null when the time is over.

    Where several programs wait at one number, a claim makes sure that each gets a message of its own.
    """
    wanted = read_filter(sender, match, require)
    find = find_for(request.principal, readable.find_of_number_async)
    return await _wait_for_message(request, find, e164, wanted, after, seconds, fields)


@router.get(
    "/rentals/{rental_id}/messages/wait",
    response=WaitOut,
    by_alias=True,
    operation_id="waitForRentalMessage",
    summary="Wait for a message of a rental",
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
async def wait_for_rental_message(
    request: ApiRequest,
    rental_id: int,
    after: After = None,
    sender: Sender = "",
    match: Match = "",
    require: Require = None,
    seconds: Timeout = waits.LONGEST,
    fields: Fields = None,
) -> HttpResponse:
    """Answers as soon as a message of your rental matches, at once if it is there already."""
    wanted = read_filter(sender, match, require)
    find = find_for(request.principal, readable.find_of_rental_async)
    return await _wait_for_message(request, find, str(rental_id), wanted, after, seconds, fields)


@router.get(
    "/numbers/{e164}/stream",
    operation_id="streamNumberMessages",
    summary="Follow the messages of a number",
    openapi_extra=EVENTS,
)
@needs(Scope.MESSAGES_READ, visitors=True, problems=[Code.NOT_FOUND])
async def stream_number(
    request: ApiRequest, e164: OurNumber, after: Since = None, fields: Fields = None
) -> StreamingHttpResponse:
    """Server-sent events: `message` has a message as data, and its id as the event's.

    A message may be sent more than once. Others have an id and the number: of a message that was `redacted`, `withheld`
    or `restored`; `retired` when the number has ended; and `ask` when something may have been missed: list them.
    """
    find = find_for(request.principal, readable.find_of_number_async)
    return await _follow_inbox(request, find, e164, after, fields)


@router.get(
    "/stream",
    operation_id="streamMessages",
    summary="Follow all messages that you can read",
    openapi_extra=EVENTS,
)
@needs(Scope.MESSAGES_READ, problems=[Code.TOO_MANY_NUMBERS])
async def stream_all(
    request: ApiRequest, after: Since = None, fields: Fields = None
) -> StreamingHttpResponse:
    """Server-sent events of public numbers and of your rentals: of all numbers that the key may read, also new ones.

    With `after` or `Last-Event-ID` it begins with what was missed. After a thousand missed messages it ends: connect
    again, with the last id.
    """
    last = request.headers.get("Last-Event-ID") or after
    headers, principal = request.headers, request.principal

    async def list_inboxes() -> list[Inbox] | None:
        return await readable.list_all(principal) if await authentication.holds(headers, principal) else None

    events = PoolStream(partial(describe, fields=fields), list_inboxes)
    with refusals():
        await events.open(name_of(request), _read_after(last))
    return _make_response(events)


@router.get(
    "/rentals/{rental_id}/stream",
    operation_id="streamRentalMessages",
    summary="Follow the messages of a rental",
    openapi_extra=EVENTS,
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
async def stream_rental(
    request: ApiRequest, rental_id: int, after: Since = None, fields: Fields = None
) -> StreamingHttpResponse:
    """Server-sent events of your rental, until it ends."""
    find = find_for(request.principal, readable.find_of_rental_async)
    return await _follow_inbox(request, find, str(rental_id), after, fields)


def read_filter(sender: str, match: str, require: str | None, place: str = "query") -> MessageFilter:
    """The filter of a request; raises `Problem` for one that cannot be used."""
    wanted = MessageFilter(sender.strip(), match, require == "code")
    try:
        wanted.check()
    except BadFilter as error:
        raise invalid(error.field, str(error), place) from None
    return wanted


def describe_outcome(outcome: Outcome, fields: str | None) -> HttpResponse:
    """A wait's outcome as the API gives it."""
    seen = [] if outcome.message else outcome.seen
    return as_answer(
        {
            "message": outcome.message and describe(outcome.inbox, outcome.message, fields),
            "seen": [describe(outcome.inbox, message, fields) for message in seen],
        }
    )


def name_of(request: ApiRequest) -> str:
    """The name under which slots of a request are counted."""
    return request.principal.owner or visitor.of_request(request)


@contextmanager
def refusals() -> Iterator[None]:
    """Answer what a session refuses."""
    try:
        yield
    except NoSlot:
        retry = {"Retry-After": "30"}
        raise Problem(Code.TOO_MANY_REQUESTS, "too many waits and streams are open", headers=retry) from None
    except NoInbox:
        raise not_found() from None
    except TooManyInboxes:
        raise Problem(Code.TOO_MANY_NUMBERS, f"more than {MOST_INBOXES}") from None


FindReadable = Callable[[Principal, Any], Coroutine[Any, Any, Inbox | None]]


def find_for(principal: Principal, find: FindReadable) -> Find:
    """Find inboxes that a principal may read; who asks for the same at the same time shares the query."""

    async def found(name: str) -> Grant | None:
        inbox = await _lookups.get().join((find, principal, name))
        return Grant(inbox) if inbox else None

    return found


async def _look_up(wanted: tuple[FindReadable, Principal, str]) -> Inbox | None:
    find, principal, name = wanted
    return await find(principal, name)


_lookups = PerLoop(lambda: SharedCalls(_look_up))


def _read_after(after: str | None) -> int | None:
    try:
        return None if after is None else listing.read_cursor(after).after
    except BadCursor:
        raise invalid("after", "neither the id of a message nor a list's `newer`", "query") from None


async def _wait_for_message(
    request: ApiRequest,
    find: Find,
    name: str,
    wanted: MessageFilter,
    after: str | None,
    seconds: float,
    fields: str | None,
) -> HttpResponse:
    with refusals():
        outcome = await waits.wait(name_of(request), find, name, wanted, _read_after(after), seconds)
    return describe_outcome(outcome, fields)


async def _follow_inbox(
    request: ApiRequest, find: Find, name: str, after: str | None, fields: str | None
) -> StreamingHttpResponse:
    last = request.headers.get("Last-Event-ID") or after
    headers, principal = request.headers, request.principal

    async def is_allowed() -> bool:
        return await authentication.holds(headers, principal) and await find(name) is not None

    events = EventStream(partial(describe, fields=fields), is_allowed)
    with refusals():
        await events.open(name_of(request), find, name, _read_after(last))
    return _make_response(events)


def _make_response(events: EventStream | PoolStream) -> StreamingHttpResponse:
    response = StreamingHttpResponse(events)
    response._resource_closers.append(events.close)  # type: ignore[attr-defined]
    for header, value in sse.HEADERS.items():
        response.headers[header] = value
    return response
