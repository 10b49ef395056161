"""What `POST /messages` asks, checked as MessageBird checks it."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from inbox import segments
from inbox.capture.checks import is_address, is_name, is_short_code, read_phone
from inbox.capture.messagebird.errors import refuse
from inbox.capture.messagebird.resources import word_of, write_time
from inbox.capture.requests import CarrierRequest
from inbox.sandbox import projects
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from numbers.carriers.toolkit.payloads import digits

MOST_RECIPIENTS, MOST_PARTS, LONGEST_REFERENCE = 50, 9, 255
_NO_RECIPIENTS, _BAD_ORIGINATOR = 9, 10
_TYPES = ("sms", "flash")
_ON_ITS_WAY = (State.SENT, State.DELIVERED)


def read_drafts(request: CarrierRequest, project: Project) -> list[Draft]:
    """The messages that a request sends, one for each recipient; what is missing or wrong raises `MessageBirdError`."""
    asked = request.json
    recipients = _read_recipients(asked)
    sender = _read_originator(asked, project)
    body = _read_text(asked, "body")
    if not body:
        raise refuse("body", "body is required")
    count = segments.count(body).segments
    if count > MOST_PARTS:
        raise refuse("body", f"body has more than {MOST_PARTS} parts")
    reference = _read_text(asked, "reference")
    callback = _read_text(asked, "reportUrl") or projects.callback_of(project, "messagebird")
    if callback and not is_address(callback):
        raise refuse("reportUrl", "reportUrl is not a valid URL")
    due = _read_time(asked, "scheduledDatetime")
    shared = _describe_options(asked, reference, due)
    ref = secrets.token_hex(16)
    drafts = []
    for place, recipient in enumerate(recipients):
        write = partial(_write_receipt, ref, reference, recipient, count)
        drafts.append(
            Draft(
                carrier="messagebird",
                # one id for all recipients, as at MessageBird, and a row for each
                ref=f"{ref}.{place}" if place else ref,
                sender=sender,
                recipient=recipient,
                body=body,
                state=State.SCHEDULED if due else State.QUEUED,
                details={} if place else {"asked": shared},
                request=request.describe(),
                after=tuple(NextState(state, write(state)) for state in _ON_ITS_WAY),
                callback=callback,
                due=due,
                write_receipt=write,
            )
        )
    return drafts


def _describe_options(asked: Mapping[str, Any], reference: str, due: datetime | None) -> dict[str, Any]:
    """What is told again of a message as it was asked."""
    kind = _read_text(asked, "type") or "sms"
    if kind not in _TYPES:
        raise refuse("type", f"type must be one of {', '.join(_TYPES)} in this sandbox")
    if len(reference) > LONGEST_REFERENCE:
        raise refuse("reference", f"reference is longer than {LONGEST_REFERENCE} characters")
    return {
        "type": kind,
        "reference": reference or None,
        "validity": asked["validity"] if isinstance(asked.get("validity"), int) else None,
        "scheduledDatetime": write_time(due),
    }


def _write_receipt(
    ref: str, reference: str, recipient: str, count: int, state: State, error: str = ""
) -> str:
    """The query of a status report, which is a GET."""
    fields = {
        "id": ref,
        "recipient": digits(recipient),
        "status": word_of(state),
        "statusDatetime": write_time(datetime.now(UTC)) or "",
        "messagePartCount": str(count),
        **({"reference": reference} if reference else {}),
        **({"statusErrorCode": error} if error else {}),
    }
    return urlencode(fields)


def _read_recipients(asked: Mapping[str, Any]) -> list[str]:
    """Numbers, in a list or separated by commas; those that are none are left out, as at MessageBird."""
    written = asked.get("recipients")
    listed = written.split(",") if isinstance(written, str) else written
    if isinstance(listed, int) and not isinstance(listed, bool):
        listed = [listed]
    if not isinstance(listed, list) or len(listed) > MOST_RECIPIENTS:
        raise refuse("recipients", f"recipients must be at most {MOST_RECIPIENTS} numbers", _NO_RECIPIENTS)
    found = [read_phone(str(one).strip()) for one in listed if isinstance(one, str | int)]
    recipients = list(dict.fromkeys(filter(None, found)))
    if not recipients:
        raise refuse("recipients", "no (correct) recipients found", _NO_RECIPIENTS)
    return recipients


def _read_originator(asked: Mapping[str, Any], project: Project) -> str:
    value = asked.get("originator")
    written = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(written, str) or not written:
        raise refuse("originator", "originator is required", _BAD_ORIGINATOR)
    number = written if is_short_code(written) else read_phone(written)
    if not number and not is_name(written):
        raise refuse("originator", "originator is invalid", _BAD_ORIGINATOR)
    if number and project.numbers and number not in project.numbers:
        raise refuse("originator", "originator is not a number of this account", _BAD_ORIGINATOR)
    return number or written


def _read_time(asked: Mapping[str, Any], name: str) -> datetime | None:
    text = _read_text(asked, name)
    try:
        at = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise refuse(name, f"{name} is not a time in RFC 3339") from None
    if at is None:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    # A time that has passed means now
    return at if at > datetime.now(UTC) else None


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(name, f"{name} must be a string")
    return value or ""
