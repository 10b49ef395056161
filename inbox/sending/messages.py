"""Sent messages: found, canceled, shown and forgotten."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from inbox.api.problems import Code, Problem
from inbox.sending import outcomes
from inbox.sending.accepting import unseal
from inbox.sending.models import OutgoingMessage
from inbox.sending.outcomes import Outcome, State
from tempsms.lib.money import write_amount


def find_for(owner: str) -> QuerySet[OutgoingMessage]:
    """The messages that an owner had us send."""
    return OutgoingMessage.objects.filter(owner=owner)


def cancel(message: OutgoingMessage) -> None:
    """Have a message not be sent, in a transaction; raises `Problem` if it is on its way already.

    Nobody else may hold the row: it is locked here.
    """
    locked = OutgoingMessage.objects.select_for_update(no_key=True).get(pk=message.pk)
    if locked.state == State.CANCELED:
        return
    if locked.state != State.QUEUED or not outcomes.settle([(locked, Outcome(State.CANCELED))]):
        raise Problem(Code.TOO_LATE, f"it is {locked.state}")


def describe(message: OutgoingMessage) -> dict[str, Any]:
    """A message as the API gives it."""
    # A code is its recipient's: also whoever had it sent does not see it
    body, media = ("", ()) if message.secret else unseal(message)
    # Scheduled is no state of its own: the same row is due later
    waits = message.state == State.QUEUED and message.send_at and message.send_at > timezone.now()
    return {
        "id": message.pk,
        "number": message.sender if message.number_id else None,
        "direction": "out",
        "from": message.sender,
        "to": message.recipient,
        "body": body,
        "received_at": message.created_at,
        "segments": message.segments,
        "encoding": message.encoding,
        "code": None,
        "flags": [],
        "media": [{"content_type": None, "url": url} for url in media],
        "state": "scheduled" if waits else message.state,
        "error": {"code": message.error_code or None, "detail": message.error} if message.error else None,
        "price": write_amount(message.price),
        "currency": message.currency,
        "price_is_final": message.price_is_final,
        "send_at": message.send_at,
        "valid_until": message.valid_until,
        "sent_at": message.sent_at,
    }


def forget(most: int = 10_000) -> int:
    """Delete the texts of messages that are kept no longer; return how many. The rows stay, for the books."""
    old = (
        OutgoingMessage.objects.filter(forget_at__lte=Now()).exclude(sealed=b"").order_by("forget_at")[:most]
    )
    return OutgoingMessage.objects.filter(pk__in=list(old.values_list("pk", flat=True))).update(sealed=b"")
