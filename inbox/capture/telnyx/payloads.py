"""Messages as Telnyx describes them, in answers and in the events of its webhooks."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox import segments
from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.played.telnyx import ORGANIZATION, describe_inbound, write_event, write_time
from inbox.sandbox.problems.telnyx import FAILURES
from numbers.carriers.messages import Media

# the statuses of `to` in the types of telnyx-python
STATUSES = {
    State.SCHEDULED: "scheduled",
    State.ACCEPTED: "queued",
    State.QUEUED: "queued",
    State.SENT: "sent",
    State.CANCELED: "cancelled",
    State.FAILED: "sending_failed",
    State.UNDELIVERED: "delivery_failed",
    State.DELIVERED: "delivered",
}
_FINAL = (State.CANCELED, State.FAILED, State.UNDELIVERED, State.DELIVERED)


@dataclass(frozen=True, slots=True)
class Outbound:
    """What an outbound message is described by, kept or not yet; `details` are those of a draft."""

    ref: str
    sender: str
    recipient: str
    text: str
    media: tuple[str, ...]
    details: dict[str, Any]
    state: State
    received_at: datetime
    sent_at: datetime | None = None
    completed_at: datetime | None = None
    error: str = ""


def describe(message: CapturedMessage) -> dict[str, Any]:
    """A message of a project."""
    if message.direction == CapturedMessage.Direction.IN:
        files = [Media(url) for url in message.media]
        payload = describe_inbound(
            message.ref, message.sender, message.recipient, message.body, message.segments, files
        )
        return payload | {"received_at": write_time(message.created_at)}
    state = State(message.state)
    return describe_outbound(
        Outbound(
            message.ref,
            message.sender,
            message.recipient,
            message.body,
            tuple(message.media),
            message.details,
            state,
            message.created_at,
            message.sent_at,
            message.updated_at if state in _FINAL else None,
            message.error,
        )
    )


def describe_outbound(message: Outbound) -> dict[str, Any]:
    """An outbound message."""
    count, details = segments.count(message.text), message.details
    status = STATUSES[message.state]
    to = {"phone_number": message.recipient, "status": status, "carrier": "", "line_type": ""}
    files = [{"url": url, "content_type": None, "sha256": None, "size": None} for url in message.media]
    return {
        "cc": [],
        "completed_at": message.completed_at and write_time(message.completed_at),
        "cost": None,
        "cost_breakdown": None,
        "direction": "outbound",
        "encoding": count.encoding,
        "errors": [_describe_error(message.error)] if message.error else [],
        "from": {"phone_number": message.sender, "carrier": "", "line_type": ""},
        "id": message.ref,
        "media": files,
        "messaging_profile_id": details.get("messaging_profile_id"),
        "organization_id": ORGANIZATION,
        "parts": 1 if message.media else count.segments,
        "received_at": write_time(message.received_at),
        "record_type": "message",
        "sent_at": message.sent_at and write_time(message.sent_at),
        "subject": details.get("subject"),
        "tags": [],
        "text": message.text,
        "to": [to],
        "type": "MMS" if message.media else "SMS",
        "valid_until": None,
        "webhook_failover_url": details.get("webhook_failover_url"),
        "webhook_url": details.get("webhook_url"),
    }


def write_receipt(message: Outbound) -> str:
    """The body of the webhook that tells of a message's state."""
    kind = "message.sent" if message.state == State.SENT else "message.finalized"
    return write_event(kind, describe_outbound(message))


def _describe_error(code: str) -> dict[str, str]:
    title = FAILURES.get(code, FAILURES["40008"])
    return {"code": code, "title": title, "detail": f"The message was not delivered: {title}."}
