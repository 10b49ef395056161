"""Sending messages through the API."""

from datetime import timedelta
from typing import Annotated, Any

from django.db import transaction
from ninja import Path, Query, Router, Status

from inbox import segments
from inbox.api.operations import ApiRequest, needs
from inbox.api.pagination import PageFilter, page
from inbox.api.problems import Code, invalid, not_found
from inbox.api.scopes import Scope
from inbox.sending import accepting, messages, receipts, recipients, senders
from inbox.sending.accepting import Wanted
from inbox.sending.api_schemas import (
    OutgoingIn,
    OutgoingList,
    OutgoingOut,
    PreviewIn,
    PreviewOut,
    ReceiptList,
    describe_forcing,
)
from inbox.sending.models import OutgoingMessage
from tempsms.lib.money import write_amount

MessageId = Annotated[int, Path(description="The message's `id`")]
router = Router(tags=["Sending"])


@router.post(
    "/messages",
    response={202: OutgoingOut},
    by_alias=True,
    operation_id="sendMessage",
    summary="Send a message",
)
@needs(
    Scope.MESSAGES_SEND,
    once=True,
    problems=[Code.BUDGET_EXCEEDED, Code.NO_NUMBERS, Code.OPTED_OUT],
)
def send_message(request: ApiRequest, message: OutgoingIn) -> Status[Any]:
    """Accept a message; a worker sends it once. Without a number of yours in `from`, one is chosen.

    Use an `Idempotency-Key`: repeated with it, the request has the same answer, and the message is sent once.
    """
    if not message.body and not message.media:
        raise invalid("body", "a message needs a text or a file")
    wanted = Wanted(
        message.to,
        message.body,
        message.sender or "",
        tuple(message.media),
        message.send_at,
        timedelta(seconds=message.valid_for),
    )
    with transaction.atomic():
        accepted = accepting.accept(request.principal, wanted)
    return Status(202, messages.describe(accepted))


@router.get(
    "/messages",
    response=OutgoingList,
    by_alias=True,
    operation_id="listSentMessages",
    summary="List sent messages",
)
@needs(Scope.MESSAGES_SEND)
def list_sent(request: ApiRequest, wanted: Annotated[PageFilter, Query()]) -> dict[str, Any]:
    """The messages that your key had sent, the newest first."""
    rows = messages.find_for(request.principal.owner)
    found, cursor = page(rows, wanted.cursor, wanted.limit, newest_first=True)
    return {"messages": [messages.describe(one) for one in found], "next_cursor": cursor}


@router.post(
    "/messages/preview",
    response=PreviewOut,
    by_alias=True,
    operation_id="previewMessage",
    summary="Preview a message",
)
@needs(Scope.MESSAGES_SEND)
def preview_message(request: ApiRequest, message: PreviewIn) -> dict[str, Any]:
    """How large a message is, which characters make it larger, and what it would cost. Nothing is sent."""
    count = segments.count(message.body)
    country = recipients.find_country(message.to)
    able = (
        [senders.choose(request.principal, message.sender, message.to, country)]
        if message.sender
        else senders.list_prices(request.principal, country)
    )
    return {
        "encoding": count.encoding,
        "segments": count.segments,
        "units": count.units,
        "forcing": describe_forcing(segments.forcing(message.body)),
        "country": country or None,
        "prices": [
            {
                "from": sender.text,
                "carrier": sender.account.carrier,
                "price": write_amount(accepting.estimate(sender, count.segments)),
                "currency": sender.account.currency,
            }
            for sender in able
        ],
    }


@router.get(
    "/messages/{message_id}",
    response=OutgoingOut,
    by_alias=True,
    operation_id="getSentMessage",
    summary="Get a sent message",
)
@needs(Scope.MESSAGES_SEND, problems=[Code.NOT_FOUND])
def get_sent(request: ApiRequest, message_id: MessageId) -> dict[str, Any]:
    """A message and its state, which only moves forward."""
    return messages.describe(_find_message(request, message_id))


@router.delete(
    "/messages/{message_id}",
    response=OutgoingOut,
    by_alias=True,
    operation_id="cancelMessage",
    summary="Cancel a message",
)
@needs(Scope.MESSAGES_SEND, problems=[Code.NOT_FOUND, Code.TOO_LATE])
@transaction.atomic
def cancel_message(request: ApiRequest, message_id: MessageId) -> dict[str, Any]:
    """Have a message that is scheduled or queued not be sent; what was reserved for it is given back."""
    messages.cancel(_find_message(request, message_id))
    return messages.describe(_find_message(request, message_id))


@router.get(
    "/messages/{message_id}/receipts",
    response=ReceiptList,
    operation_id="listReceipts",
    summary="List the receipts of a message",
)
@needs(Scope.MESSAGES_SEND, problems=[Code.NOT_FOUND])
def list_receipts(request: ApiRequest, message_id: MessageId) -> dict[str, Any]:
    """What the carrier told of a message's delivery."""
    found = receipts.of_message(_find_message(request, message_id))
    return {
        "receipts": [
            {
                "status": receipt.status,
                "word": receipt.word or None,
                "error_code": receipt.error_code or None,
                "at": receipt.at,
                "received_at": receipt.received_at,
            }
            for receipt in found
        ]
    }


def _find_message(request: ApiRequest, message_id: int) -> OutgoingMessage:
    found = messages.find_for(request.principal.owner).filter(pk=message_id)
    # PostgreSQL's bigint ends there, and refuses the question
    message = found.first() if 0 < message_id < 2**63 else None
    if message is None:
        raise not_found()
    return message
