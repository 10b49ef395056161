"""Statuses and errors: /docs/essentials/api-essentials/response-status-and-error-codes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.problems.infobip import FAILURES
from numbers.carriers.toolkit.payloads import digits

_ACCEPTED = (1, "PENDING", 26, "PENDING_ACCEPTED", "Message sent to next instance")
_STATUSES = {
    State.SCHEDULED: (1, "PENDING", 26, "PENDING_ACCEPTED", "Message accepted, pending for delivery."),
    State.ACCEPTED: _ACCEPTED,
    State.QUEUED: _ACCEPTED,
    State.SENT: (1, "PENDING", 7, "PENDING_ENROUTE", "Message sent to next instance"),
    State.DELIVERED: (3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", "Message delivered to handset"),
    State.UNDELIVERED: (
        *(2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED"),
        "Message sent not delivered",
    ),
    State.FAILED: (5, "REJECTED", 6, "REJECTED_NETWORK", "Network is forbidden"),
    State.CANCELED: (5, "REJECTED", 16, "REJECTED_SENDER", "Message has been canceled"),
}
REJECTED_DESTINATION = {
    "groupId": 5,
    "groupName": "REJECTED",
    "id": 52,
    "name": "REJECTED_DESTINATION",
    "description": "Invalid destination address.",
}
_NO_ERROR = {
    "groupId": 0,
    "groupName": "OK",
    "id": 0,
    "name": "NO_ERROR",
    "description": "No Error",
    "permanent": False,
}


def describe_status(state: str) -> dict[str, Any]:
    """A message's status."""
    group, group_name, number, name, text = _STATUSES[State(state)]
    return {"groupId": group, "groupName": group_name, "id": number, "name": name, "description": text}


def describe_error(error: str) -> dict[str, Any]:
    """Why a message did not arrive."""
    if not error.isdigit():
        return dict(_NO_ERROR)
    name = FAILURES.get(error, "EC_UNKNOWN_ERROR")
    return {
        "groupId": 1,
        "groupName": "HANDSET_ERRORS",
        "id": int(error),
        "name": name,
        "description": name,
        "permanent": False,
    }


def write_time(at: datetime | None) -> str | None:
    """A time as Infobip writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000" if at else None


def describe_receipt(
    details: Mapping[str, Any], sender: str, recipient: str, segments: int, state: str, error: str
) -> dict[str, Any]:
    """A delivery report's fields, but for its times."""
    report = {
        "bulkId": details["bulk_id"],
        "messageId": details["message_id"],
        "to": digits(recipient),
        "sender": digits(sender),
        "messageCount": segments,
        "mccMnc": "null",
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "status": describe_status(state),
        "error": describe_error(error),
        "platform": {},
    }
    return report | ({"callbackData": details["callback_data"]} if details["callback_data"] else {})


def describe_report(message: CapturedMessage) -> dict[str, Any]:
    """A message's delivery report."""
    values = (message.sender, message.recipient, message.segments, message.state, message.error)
    return describe_receipt(message.details, *values) | {
        "sentAt": write_time(message.sent_at or message.created_at),
        "doneAt": write_time(message.updated_at),
    }
