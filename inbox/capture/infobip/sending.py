"""What `POST /sms/3/messages` asks, checked as Infobip checks it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from inbox import segments
from inbox.capture.checks import is_address, is_name, is_short_code, read_phone
from inbox.capture.infobip.errors import refuse
from inbox.capture.infobip.statuses import describe_receipt, write_time
from inbox.capture.requests import CarrierRequest
from inbox.sandbox import projects
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project

SENDER = "InfoSMS"
"""Who sends where neither the program nor its project says."""
LONGEST, LONGEST_ID, LONGEST_DATA = 2000, 200, 4000
MOST = 1000
_JSON = ("", "application/json")


@dataclass(frozen=True, slots=True)
class Bulk:
    """What a request sends: each of its destinations by message id and address, with a draft if it is a number."""

    id: str
    destinations: tuple[tuple[str, str, Draft | None], ...]
    counted: bool
    """Whether the answer says into how many parts each was split."""


def read_bulk(request: CarrierRequest, project: Project) -> Bulk:
    """The messages of a request; what is missing or wrong raises `InfobipError`."""
    asked = request.json
    options = _read_object(asked, "options")
    schedule = _read_object(options, "schedule")
    bulk_id = _read_text(schedule, "bulkId")[:100] or str(uuid.uuid4())
    due = _read_time(schedule, "sendAt")
    messages = asked.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(one, dict) for one in messages):
        raise refuse("messages", "must be a list of messages")
    found: list[tuple[str, str, Draft | None]] = []
    for place, message in enumerate(messages):
        found += _read_message(request, project, message, f"messages[{place}]", bulk_id, due)
    if len(found) > MOST:
        raise refuse("messages", f"more than {MOST} destinations")
    return Bulk(bulk_id, tuple(found), options.get("includeSmsCountInResponse") is True)


def _read_message(
    request: CarrierRequest,
    project: Project,
    asked: Mapping[str, Any],
    name: str,
    bulk_id: str,
    due: datetime | None,
) -> list[tuple[str, str, Draft | None]]:
    """The destinations of one message."""
    sender, text = _read_sender(asked, name, project), _read_content(asked, name)
    callback, data, tells_all = _read_webhooks(asked, name, project)
    found: list[tuple[str, str, Draft | None]] = []
    for given, address in _read_destinations(asked, name):
        # Our own id besides the program's, which other projects may use as well
        ref, recipient = str(uuid.uuid4()), read_phone(address)
        if not recipient:
            found.append((given or ref, address, None))
            continue
        details = {"bulk_id": bulk_id, "message_id": given or ref, "callback_data": data}
        write = partial(_write_receipt, details, sender, recipient, segments.count(text).segments)
        draft = Draft(
            carrier="infobip",
            ref=ref,
            sender=sender,
            recipient=recipient,
            body=text,
            state=State.SCHEDULED if due else State.QUEUED,
            details=details,
            request=request.describe(),
            after=_plan_states(write, tells_all),
            callback=callback,
            content_type="application/json",
            due=due,
            write_receipt=write,
        )
        found.append((given or ref, address, draft))
    return found


def _read_webhooks(asked: Mapping[str, Any], name: str, project: Project) -> tuple[str, str, bool]:
    """Where receipts go, what they say again, and whether also those before the last are wanted."""
    webhooks = _read_object(asked, "webhooks")
    delivery = _read_object(webhooks, "delivery")
    callback = _read_text(delivery, "url") or projects.callback_of(project, "infobip")
    if callback and not is_address(callback):
        raise refuse(f"{name}.webhooks.delivery.url", "must be a valid URL")
    if _read_text(webhooks, "contentType") not in _JSON:
        raise refuse(f"{name}.webhooks.contentType", "must be application/json in this sandbox")
    data = _read_text(webhooks, "callbackData")
    if len(data) > LONGEST_DATA:
        raise refuse(f"{name}.webhooks.callbackData", f"longer than {LONGEST_DATA} characters")
    return callback, data, delivery.get("intermediateReport") is True


def _plan_states(write: "partial[str]", tells_all: bool) -> tuple[NextState, ...]:
    """The states ahead; of the one in between the program is told only if it wants to."""
    sent = NextState(State.SENT, write(State.SENT)) if tells_all else NextState(State.SENT, call=None)
    return sent, NextState(State.DELIVERED, write(State.DELIVERED))


def _write_receipt(
    details: Mapping[str, Any], sender: str, recipient: str, count: int, state: State, error: str = ""
) -> str:
    """The body of a callback."""
    now = write_time(datetime.now(UTC))
    report = describe_receipt(details, sender, recipient, count, str(state), error)
    return orjson.dumps({"results": [report | {"sentAt": now, "doneAt": now}]}).decode()


def _read_destinations(asked: Mapping[str, Any], name: str) -> list[tuple[str, str]]:
    """Message ids, as far as the program gives them, and addresses."""
    listed = asked.get("destinations")
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise refuse(f"{name}.destinations", "must be a list of destinations")
    found = [(_read_text(one, "messageId"), _read_text(one, "to").strip()) for one in listed]
    if any(len(ref) > LONGEST_ID or not to or len(to) > 64 for ref, to in found):
        raise refuse(
            f"{name}.destinations", "must have a to of at most 64 characters, and no longer ids than 200"
        )
    return found


def _read_sender(asked: Mapping[str, Any], name: str, project: Project) -> str:
    written = _read_text(asked, "sender")
    if not written:
        return next(iter(project.numbers), SENDER)
    number = written if is_short_code(written) else read_phone(written)
    if not number and not is_name(written):
        raise refuse(f"{name}.sender", "must be a phone number, a short code or alphanumeric")
    if number and project.numbers and number not in project.numbers:
        raise refuse(f"{name}.sender", "is not a number of this account")
    return number or written


def _read_content(asked: Mapping[str, Any], name: str) -> str:
    text = _read_text(_read_object(asked, "content"), "text")
    if not text:
        raise refuse(f"{name}.content.text", "must not be empty")
    if len(text) > LONGEST:
        raise refuse(f"{name}.content.text", f"longer than {LONGEST} characters")
    return text


def _read_time(asked: Mapping[str, Any], name: str) -> datetime | None:
    text = _read_text(asked, name)
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise refuse(name, "must be a time in ISO 8601") from None
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if at > datetime.now(UTC) else None


def _read_object(asked: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = asked.get(name)
    if value is not None and not isinstance(value, dict):
        raise refuse(name, "must be an object")
    return value or {}


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(name, "must be a string")
    return value or ""
