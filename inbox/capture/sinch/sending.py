"""What `POST .../batches` asks, checked as Sinch checks it."""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from inbox.capture.checks import is_address, is_name, is_short_code, read_phone
from inbox.capture.requests import CarrierRequest
from inbox.capture.sinch.errors import refuse
from inbox.capture.sinch.reports import write_batch_report, write_recipient_report
from inbox.sandbox import projects
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from numbers.carriers.toolkit.payloads import digits

LONGEST, LONGEST_REFERENCE = 2000, 255
MOST_RECIPIENTS = 1000
REPORTS = ("none", "summary", "full", "per_recipient", "per_recipient_final")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a ULID, which batches have for an id
_PARAMETER = re.compile(r"\$\{([^}]{1,16})\}")
_ON_ITS_WAY = (State.SENT, State.DELIVERED)


def read_drafts(request: CarrierRequest, project: Project) -> list[Draft]:
    """The messages of a batch, one for each recipient; the first has the batch itself among its details.

    What is missing or wrong raises `SinchError`.
    """
    asked = request.json
    kind = _read_text(asked, "type") or "mt_text"
    if kind not in ("mt_text", "mt_media"):
        raise refuse("type must be mt_text or mt_media in this sandbox")
    recipients = _read_recipients(asked)
    sender = _read_sender(asked, recipients, project)
    body, media = _read_media(asked) if kind == "mt_media" else (_read_body(asked), ())
    report = _read_text(asked, "delivery_report") or "none"
    if report not in REPORTS:
        raise refuse(f"delivery_report must be one of {', '.join(REPORTS)}")
    callback = _read_text(asked, "callback_url") or projects.callback_of(project, "sinch")
    due = _read_time(asked, "send_at")
    if callback and not is_address(callback):
        raise refuse("callback_url is not a valid URL")
    due = due if due and due > datetime.now(UTC) else None
    ref = "01" + "".join(secrets.choice(_ALPHABET) for _ in range(24))
    shared = {"batch_id": ref, "type": kind, "client_reference": _read_reference(asked)}
    told = _OPTIONS & asked.keys()
    batch = {name: asked[name] for name in told} | {"to": [digits(one) for one in recipients]}
    drafts = []
    for place, recipient in enumerate(recipients):
        is_last = place == len(recipients) - 1
        draft = Draft(
            carrier="sinch",
            # the first message has the batch's own id, by which the batch is found
            ref=f"{ref}.{place}" if place else ref,
            sender=sender,
            recipient=recipient,
            body=_fill_in(body, asked.get("parameters"), recipient),
            media=media,
            state=State.SCHEDULED if due else State.QUEUED,
            details=shared if place else {**shared, "batch": batch},
            request=request.describe(),
            callback=callback,
            content_type="application/json",
            due=due,
            **_plan_reports(report, shared, recipients, recipient, is_last),
        )
        drafts.append(draft)
    return drafts


_OPTIONS = frozenset(
    {"body", "parameters", "delivery_report", "send_at", "expire_at", "callback_url", "feedback_enabled"}
    | {"flash_message", "max_number_of_message_parts", "truncate_concat"}
)
"""What is told again of a batch as it was asked."""


def _plan_reports(
    report: str, batch: Mapping[str, Any], recipients: list[str], recipient: str, is_last: bool
) -> dict[str, Any]:
    """The states ahead of a message, and which of them are told."""
    if report in ("summary", "full"):
        write = partial(write_batch_report, batch, recipients, report == "full")
    else:
        write = partial(write_recipient_report, batch, recipient)
    told = {
        "per_recipient": _ON_ITS_WAY,
        "per_recipient_final": _ON_ITS_WAY[-1:],
        # one report for the whole batch, which the last of its messages brings
        "summary": _ON_ITS_WAY[-1:] if is_last else (),
        "full": _ON_ITS_WAY[-1:] if is_last else (),
    }.get(report, ())
    after = [
        NextState(state, write(state)) if state in told else NextState(state, call=None)
        for state in _ON_ITS_WAY
    ]
    return {"after": tuple(after), "write_receipt": write if told else None}


def _read_recipients(asked: Mapping[str, Any]) -> list[str]:
    written = asked.get("to")
    if not isinstance(written, list) or not written or not all(isinstance(one, str) for one in written):
        raise refuse("to must be a list of phone numbers")
    if len(written) > MOST_RECIPIENTS:
        raise refuse(f"to has more than {MOST_RECIPIENTS} phone numbers")
    recipients = list(dict.fromkeys(map(read_phone, written)))
    if "" in recipients:
        raise refuse("to has something that is not a phone number; groups are not supported by this sandbox")
    return recipients


def _read_sender(asked: Mapping[str, Any], recipients: list[str], project: Project) -> str:
    written = _read_text(asked, "from")
    if not written:
        if not project.numbers:
            raise refuse(
                "from is missing, and no default originator is configured", "missing_default_originator"
            )
        return str(project.numbers[0])
    number = written if is_short_code(written) else read_phone(written)
    if not number and not is_name(written):
        raise refuse("from is neither a phone number, nor a short code, nor alphanumeric")
    if number and project.numbers and number not in project.numbers:
        raise refuse(f"from is not a number of this service plan: {written}")
    if number in recipients:
        raise refuse("from and to cannot be the same")
    return number or written


def _read_body(asked: Mapping[str, Any]) -> str:
    body = _read_text(asked, "body")
    if not body:
        raise refuse("body is missing")
    if len(body) > LONGEST:
        raise refuse(f"body is longer than {LONGEST} characters")
    return body


def _read_media(asked: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Text and file of an MMS."""
    body = asked.get("body")
    if not isinstance(body, dict):
        raise refuse("body must be an object with a url")
    if not is_address(_read_text(body, "url")):
        raise refuse("body.url is not a valid URL")
    text = "\n".join(filter(None, (_read_text(body, "subject"), _read_text(body, "message"))))
    if len(text) > LONGEST:
        raise refuse(f"body.message is longer than {LONGEST} characters")
    return text, (body["url"],)


def _fill_in(body: str, parameters: object, recipient: str) -> str:
    """The text for one recipient: `${name}` stands for its own value, or the default one."""
    if not isinstance(parameters, dict) or not parameters:
        return body

    def value_of(found: re.Match[str]) -> str:
        values = parameters.get(found[1])
        if not isinstance(values, dict):
            return found[0]
        # Programs name recipients with a plus or without one
        value = values.get(recipient, values.get(digits(recipient), values.get("default")))
        return value if isinstance(value, str) else found[0]

    filled = _PARAMETER.sub(value_of, body)
    if len(filled) > LONGEST:
        raise refuse(f"body with its parameters is longer than {LONGEST} characters")
    return filled


def _read_reference(asked: Mapping[str, Any]) -> str:
    reference = _read_text(asked, "client_reference")
    if len(reference) > LONGEST_REFERENCE:
        raise refuse(f"client_reference is longer than {LONGEST_REFERENCE} characters")
    return reference


def _read_time(asked: Mapping[str, Any], name: str) -> datetime | None:
    text = _read_text(asked, name)
    try:
        at = datetime.fromisoformat(text) if text else None
        return at.replace(tzinfo=UTC) if at and not at.tzinfo else at and at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise refuse(f"{name} is not a time in ISO 8601") from None


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(f"{name} must be a string", "syntax_invalid_parameter_format")
    return value or ""
