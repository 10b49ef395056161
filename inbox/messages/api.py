"""Lists of messages in the API."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from inbox.api.operations import ApiRequest, as_answer, needs
from inbox.api.problems import Code, invalid, not_found
from inbox.api.schemas import OurNumber, Output
from inbox.api.scopes import Scope
from inbox.messages import listing, queries, readable
from inbox.messages.api_schemas import AnyMessage, Fields, Sender, describe
from inbox.messages.inboxes import Inbox
from inbox.messages.listing import BadCursor, Cursor

router = Router(tags=["Messages"])

After = Annotated[
    str | None,
    Query(description="List what came after this id, or this `newer`: oldest first", max_length=2100),
]
Before = Annotated[
    int | None, Query(description="List what came before this id, newest first", ge=1, lt=10**18)
]
Limit = Annotated[int, Query(description="Messages of one answer at most", ge=1, le=listing.MOST)]
Text = Annotated[
    str,
    Query(description="A text in the message or its sender, as the pages' search finds it", max_length=100),
]


class MessageList(Output):
    """Messages, and where to go on."""

    messages: list[AnyMessage]
    newer: str = Field(
        description="`after` for what comes after all of these: each message once, however late it is stored"
    )
    older: int | None = Field(
        description="`before` for older ones; null if there are none, or `after` was given"
    )
    more: bool = Field(description="With `after`: whether more is there right now")


@router.get(
    "/numbers/{e164}/messages",
    response=MessageList,
    by_alias=True,
    operation_id="listNumberMessages",
    summary="List the messages of a number",
)
@needs(Scope.MESSAGES_READ, visitors=True, problems=[Code.NOT_FOUND])
def list_number_messages(
    request: ApiRequest,
    e164: OurNumber,
    after: After = None,
    before: Before = None,
    limit: Limit = queries.PAGE,
    sender: Sender = "",
    q: Text = "",
    fields: Fields = None,
) -> HttpResponse:
    """The messages on a number's public page, or those of your own rental of it.

    The newest come first, unless `after` is given. Keep `newer` and give it as `after` to get what has come since.
    """
    inbox = readable.find_of_number(request.principal, e164)
    return _list_messages(inbox, after, before, limit, sender, q, fields)


@router.get(
    "/rentals/{rental_id}/messages",
    response=MessageList,
    by_alias=True,
    operation_id="listRentalMessages",
    summary="List the messages of a rental",
)
@needs(Scope.MESSAGES_READ, problems=[Code.NOT_FOUND])
def list_rental_messages(
    request: ApiRequest,
    rental_id: int,
    after: After = None,
    before: Before = None,
    limit: Limit = queries.PAGE,
    sender: Sender = "",
    q: Text = "",
    fields: Fields = None,
) -> HttpResponse:
    """The messages of one of your rentals while it runs, whole: the newest first, unless `after` is given."""
    inbox = readable.find_of_rental(request.principal, rental_id)
    return _list_messages(inbox, after, before, limit, sender, q, fields)


def _list_messages(
    inbox: Inbox | None,
    after: str | None,
    before: int | None,
    limit: int,
    sender: str,
    text: str,
    fields: str | None,
) -> HttpResponse:
    if inbox is None:
        raise not_found()
    if after is not None and before is not None:
        raise invalid("before", "cannot be combined with after", "query")
    if after is not None:
        return _list_newer(inbox, after, limit, sender, text, fields)
    snapshot, text = listing.current_snapshot(), text.strip()
    found, older = queries.narrowed(inbox, before=before or 0, sender=sender, text=text, limit=limit)
    is_newest = bool(found) and not (before or sender or text)
    newest = found[0]["id"] if is_newest else queries.newest_id(inbox)
    return as_answer(
        {
            "messages": [describe(inbox, message, fields) for message in found],
            "newer": str(Cursor(newest, snapshot)),
            "older": older or None,
            "more": False,
        }
    )


def _list_newer(
    inbox: Inbox, after: str, limit: int, sender: str, text: str, fields: str | None
) -> HttpResponse:
    try:
        page = listing.after(inbox, listing.read_cursor(after), sender=sender, text=text.strip(), limit=limit)
    except BadCursor:
        raise invalid("after", "neither the id of a message nor a `newer` of an answer", "query") from None
    return as_answer(
        {
            "messages": [describe(inbox, message, fields) for message in page.messages],
            "newer": str(page.cursor),
            "older": None,
            "more": page.more,
        }
    )
