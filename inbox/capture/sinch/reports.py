"""Delivery reports: /docs/sms/api-reference/sms/tag/Delivery-reports; words and codes as in the SDK's tests."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from inbox.sandbox.messages import State
from inbox.sandbox.models import CapturedMessage
from numbers.carriers.toolkit.payloads import digits

_WORDS = {
    State.SCHEDULED: ("Queued", 400),
    State.ACCEPTED: ("Queued", 400),
    State.QUEUED: ("Queued", 400),
    State.SENT: ("Dispatched", 401),
    State.DELIVERED: ("Delivered", 0),
    State.CANCELED: ("Cancelled", 407),
    State.FAILED: ("Aborted", 403),
    State.UNDELIVERED: ("Failed", 404),
}
STATUSES = frozenset(word.upper() for word, _ in _WORDS.values())


def word_of(state: str, error: str) -> tuple[str, int]:
    """Sinch's word and code for a state, with its error's code if there is one."""
    word, code = _WORDS[State(state)]
    return word, int(error) if error.isdigit() else code


def write_time(at: datetime | None) -> str | None:
    """A time as Sinch writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if at else None


def describe_recipient(message: CapturedMessage) -> dict[str, Any]:
    """The report of one recipient."""
    batch = message.details
    return _describe_recipient(batch, message.recipient, message.state, message.error, message.updated_at) | {
        "number_of_message_parts": message.segments,
        "encoding": "UNICODE" if message.encoding == "UCS-2" else "GSM",
    }


def describe_batch(
    batch: Mapping[str, Any], told: Sequence[tuple[str, str, str]], full: bool
) -> dict[str, Any]:
    """The report of a batch; `told` are recipients, states and errors."""
    by_status: dict[tuple[str, int], list[str]] = {}
    for recipient, state, error in told:
        by_status.setdefault(word_of(state, error), []).append(digits(recipient))
    statuses = [
        {"code": code, "count": len(numbers), "status": word} | ({"recipients": numbers} if full else {})
        for (word, code), numbers in by_status.items()
    ]
    report = {
        "type": f"delivery_report_{_kind_of(batch)}",
        "batch_id": batch["batch_id"],
        "statuses": statuses,
        "total_message_count": len(told),
    }
    return _with_reference(report, batch)


def write_recipient_report(batch: Mapping[str, Any], recipient: str, state: State, error: str = "") -> str:
    """The body of a callback about one recipient."""
    return orjson.dumps(_describe_recipient(batch, recipient, state, error, datetime.now(UTC))).decode()


def write_batch_report(
    batch: Mapping[str, Any], recipients: Sequence[str], full: bool, state: State, error: str = ""
) -> str:
    """The body of a callback about a batch: the last of its recipients is in a state, the others got theirs."""
    *others, last = recipients
    told = [(one, str(State.DELIVERED), "") for one in others]
    return orjson.dumps(describe_batch(batch, [*told, (last, str(state), error)], full)).decode()


def _describe_recipient(
    batch: Mapping[str, Any], recipient: str, state: str, error: str, at: datetime
) -> dict[str, Any]:
    word, code = word_of(state, error)
    report = {
        "type": f"recipient_delivery_report_{_kind_of(batch)}",
        "batch_id": batch["batch_id"],
        "recipient": digits(recipient),
        "code": code,
        "status": word,
        "at": write_time(at),
    }
    return _with_reference(report, batch)


def _kind_of(batch: Mapping[str, Any]) -> str:
    return "mms" if batch["type"] == "mt_media" else "sms"


def _with_reference(report: dict[str, Any], batch: Mapping[str, Any]) -> dict[str, Any]:
    reference = batch.get("client_reference")
    return report | ({"client_reference": reference} if reference else {})
