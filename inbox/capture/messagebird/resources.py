"""Messages as MessageBird describes them: one for all its recipients."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from numbers.carriers.toolkit.payloads import digits

STATUSES = {
    "scheduled": (State.SCHEDULED,),
    "buffered": (State.ACCEPTED, State.QUEUED),
    "sent": (State.SENT,),
    "delivered": (State.DELIVERED,),
    "expired": (),
    "delivery_failed": (State.UNDELIVERED, State.FAILED, State.CANCELED),
}
"""Our states by MessageBird's words."""
_WORDS = {state: word for word, states in STATUSES.items() for state in states}


def word_of(state: str) -> str:
    """MessageBird's word for a state."""
    return _WORDS[State(state)]


def write_time(at: datetime | None) -> str | None:
    """A time as MessageBird writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00") if at else None


def describe(members: Sequence[CapturedMessage]) -> dict[str, Any]:
    """A message, by its parts for each recipient, the first of which says what is the same for all."""
    first = members[0]
    asked = first.details["asked"]
    words = [word_of(one.state) for one in members]
    items = [
        {
            # a number in MessageBird's JSON, not a text
            "recipient": int(digits(one.recipient)),
            "status": word,
            "statusDatetime": write_time(one.updated_at),
            "messagePartCount": one.segments,
        }
        | ({"statusErrorCode": int(one.error)} if one.error.isdigit() else {})
        for one, word in zip(members, words, strict=True)
    ]
    return {
        "id": first.ref,
        "href": f"https://rest.messagebird.com/messages/{first.ref}",
        "direction": "mt",
        "type": asked["type"],
        "originator": digits(first.sender),
        "body": first.body,
        "reference": asked["reference"],
        "validity": asked["validity"],
        "gateway": 10,
        "typeDetails": {},
        "datacoding": "unicode" if first.encoding == "UCS-2" else "plain",
        "mclass": 0 if asked["type"] == "flash" else 1,
        "scheduledDatetime": asked["scheduledDatetime"],
        "createdDatetime": write_time(first.created_at),
        "recipients": {
            "totalCount": len(items),
            "totalSentCount": sum(word in ("sent", "delivered") for word in words),
            "totalDeliveredCount": words.count("delivered"),
            "totalDeliveryFailedCount": words.count("delivery_failed"),
            "items": items,
        },
    }
