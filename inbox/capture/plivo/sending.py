"""What `POST .../Message/` asks, checked as Plivo checks it."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from inbox import segments
from inbox.capture.checks import is_address, is_name, is_short_code, read_phone, takes_names
from inbox.capture.plivo.errors import refuse
from inbox.capture.requests import CarrierRequest
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from numbers.carriers.toolkit.payloads import digits

FORM = "application/x-www-form-urlencoded"
MOST_RECIPIENTS, MOST_FILES = 1000, 10
LONGEST = {"GSM-7": 1600, "UCS-2": 737}
"""Characters of a text, by its encoding."""
_NOT_CAPTURED = ("media_ids", "template", "interactive", "location")
_ON_ITS_WAY = (State.QUEUED, State.SENT, State.DELIVERED)


def read_drafts(request: CarrierRequest, project: Project) -> tuple[list[Draft], list[str]]:
    """The messages that a request sends, one for each recipient, and the recipients that no message can be sent to.

    What is missing or wrong raises `PlivoError`.
    """
    asked = request.json
    _check_known(asked)
    # Several recipients are one text, with < between them
    written = list(dict.fromkeys(filter(None, map(str.strip, _read_text(asked, "dst").split("<")))))
    if not written:
        raise refuse("dst parameter not present")
    wrong = [one[:40] for one in written if not read_phone(one)]
    recipients = list(dict.fromkeys(filter(None, map(read_phone, written))))
    if len(written) > MOST_RECIPIENTS:
        raise refuse(f"dst has more than {MOST_RECIPIENTS} numbers")
    if not recipients:
        raise refuse("dst is not a valid phone number")
    sender = _read_sender(asked, recipients, project)
    media = _read_media(asked)
    text = _read_body(asked, media)
    callback = _read_text(asked, "url")
    if callback and not is_address(callback):
        raise refuse("url is not a valid URL")
    drafts = []
    for recipient in recipients:
        ref = str(uuid.uuid4())
        write = partial(_write_receipt, _start_receipt(ref, sender, recipient, text, media))
        drafts.append(
            Draft(
                carrier="plivo",
                ref=ref,
                sender=sender,
                recipient=recipient,
                body=text,
                media=media,
                details={"powerpack_uuid": _read_text(asked, "powerpack_uuid") or None},
                request=request.describe(),
                after=tuple(NextState(state, write(state)) for state in _ON_ITS_WAY),
                callback=callback,
                content_type="" if _read_text(asked, "method").upper() == "GET" else FORM,
                write_receipt=write,
            )
        )
    return drafts, wrong


def _check_known(asked: Mapping[str, Any]) -> None:
    for name in _NOT_CAPTURED:
        if asked.get(name):
            raise refuse(f"{name} is not supported by this sandbox")
    if _read_text(asked, "type") not in ("", "sms", "mms"):
        raise refuse("type must be sms or mms in this sandbox")
    if _read_text(asked, "method").upper() not in ("", "GET", "POST"):
        raise refuse("method must be GET or POST")


def _read_sender(asked: Mapping[str, Any], recipients: list[str], project: Project) -> str:
    """The number or name that sends: of a Powerpack one of the project's, whichever that is."""
    written, powerpack = _read_text(asked, "src"), _read_text(asked, "powerpack_uuid")
    if not written and not powerpack:
        raise refuse("Specify either powerpack_uuid or src in request params to send a message.")
    if written and powerpack:
        raise refuse("Both powerpack_uuid and src cannot be specified.")
    if powerpack:
        # Powerpacks are not captured: where the project has no numbers, its id stands for one
        return next(iter(project.numbers), powerpack[:36])
    # a short code would be a possible number with a plus, in some countries
    number = written if is_short_code(written) else read_phone(written)
    if not number and not is_name(written):
        raise refuse("src is not a valid phone number or sender ID")
    if number and project.numbers and number not in project.numbers:
        raise refuse(f"src {written} is not a number of this account")
    if number in recipients:
        raise refuse("src and dst cannot be the same")
    if not number and not all(map(takes_names, recipients)):
        raise refuse("an alphanumeric src cannot send to the US and Canada")
    return number or written


def _read_media(asked: Mapping[str, Any]) -> tuple[str, ...]:
    media = asked.get("media_urls") or []
    if not isinstance(media, list) or not all(isinstance(one, str) and is_address(one) for one in media):
        raise refuse("media_urls is not a list of valid URLs")
    if len(media) > MOST_FILES:
        raise refuse(f"media_urls has more than {MOST_FILES} URLs")
    if media and _read_text(asked, "type") != "mms":
        raise refuse("media_urls needs the type mms")
    return tuple(media)


def _read_body(asked: Mapping[str, Any], media: tuple[str, ...]) -> str:
    text = _read_text(asked, "text")
    if not text and not media:
        raise refuse("text parameter not present")
    if len(text) > LONGEST[segments.count(text).encoding]:
        raise refuse("text is too long")
    return text


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(f"{name} must be a string")
    return value or ""


def _start_receipt(
    ref: str, sender: str, recipient: str, text: str, media: tuple[str, ...]
) -> dict[str, str]:
    """What all callbacks of a message have: /docs/messaging/api/message/message-status-callbacks."""
    # UTC without a zone, as in /docs/messaging/api/message/message-status-callbacks
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return {
        "MessageUUID": ref,
        "ParentMessageUUID": ref,
        "From": digits(sender),
        "To": digits(recipient),
        "Type": "mms" if media else "sms",
        "Units": str(segments.count(text).segments),
        "TotalRate": "0.00000",
        "TotalAmount": "0.00000",
        "PartInfo": "1 of 1",
        "MessageTime": now,
        "QueuedTime": now,
    }


def _write_receipt(receipt: Mapping[str, str], state: State, error: str = "") -> str:
    """The body of a callback."""
    order = {State.QUEUED: "1", State.SENT: "2"}
    fields = {**receipt, "Status": str(state), "Sequence": order.get(state, "3")}
    if state not in order:
        # Only the last state has a code, 000 if all went well
        fields["ErrorCode"] = error or "000"
    return urlencode(fields)
