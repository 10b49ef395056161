"""What `POST .../messages` asks, checked as Bandwidth checks it."""

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson

from inbox import segments
from inbox.capture.bandwidth.errors import refuse
from inbox.capture.checks import is_address, is_name, is_short_code, parse_e164
from inbox.capture.requests import CarrierRequest
from inbox.sandbox import projects
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project

LONGEST, LONGEST_TAG, LONGEST_ID = 2048, 1024, 64
MOST_RECIPIENTS, MOST_FILES = 50, 10
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_EVENTS = {
    State.SENT: ("message-sending", "Message is sending to carrier."),
    State.DELIVERED: ("message-delivered", "Message delivered to carrier."),
}
_FAILED = "message-failed"


def read_drafts(request: CarrierRequest, project: Project) -> list[Draft]:
    """The messages that a request sends, one for each recipient; the first has the message itself in its details.

    What is missing or wrong raises `BandwidthError`.
    """
    asked = request.json
    application = _read_application(asked)
    recipients = _read_recipients(asked)
    sender = _read_sender(asked, project)
    media = _read_media(asked)
    text = _read_body(asked, media)
    message = _describe_message(asked, application, sender, recipients, text, media)
    callback = projects.callback_of(project, "bandwidth")
    drafts = []
    for place, recipient in enumerate(recipients):
        write = partial(_write_receipt, message, recipient)
        drafts.append(
            Draft(
                carrier="bandwidth",
                ref=f"{message['id']}.{place}" if place else message["id"],
                sender=sender,
                recipient=recipient,
                body=text,
                media=media,
                details={} if place else {"message": message},
                request=request.describe(),
                after=_plan_states(write, bool(media)),
                callback=callback,
                content_type="application/json; charset=utf-8",
                write_receipt=write,
            )
        )
    return drafts


def _describe_message(
    asked: Mapping[str, Any],
    application: str,
    sender: str,
    recipients: list[str],
    text: str,
    media: tuple[str, ...],
) -> dict[str, Any]:
    """What answer and callbacks say of a message; its text is left out of callbacks."""
    tag = _read_text(asked, "tag")
    if len(tag) > LONGEST_TAG:
        raise refuse("tag", f"'tag' is longer than {LONGEST_TAG} characters")
    return {
        # Bandwidth's ids begin with the time in milliseconds
        "id": f"{int(time.time() * 1000)}{''.join(secrets.choice(_ALPHABET) for _ in range(16))}",
        "owner": sender,
        "applicationId": application,
        "time": write_time(datetime.now(UTC)),
        "segmentCount": 1 if media else segments.count(text).segments,
        "direction": "out",
        "to": recipients,
        "from": sender,
        "text": "",
        **({"media": list(media)} if media else {}),
        **({"tag": tag} if tag else {}),
        **({"priority": asked["priority"]} if asked.get("priority") in ("default", "high") else {}),
    }


def _read_application(asked: Mapping[str, Any]) -> str:
    application = _read_text(asked, "applicationId")
    if not application or len(application) > LONGEST_ID:
        raise refuse("applicationId", "'applicationId' is required")
    return application


def _read_body(asked: Mapping[str, Any], media: tuple[str, ...]) -> str:
    text = _read_text(asked, "text")
    if not text and not media:
        raise refuse("text", "'text' and 'media' cannot both be empty")
    if len(text) > LONGEST:
        raise refuse("text", f"'text' is longer than {LONGEST} characters")
    return text


def _plan_states(write: "partial[str]", has_media: bool) -> tuple[NextState, ...]:
    """The states ahead: of an MMS the program is told that it is sent, too."""
    sent = NextState(State.SENT, write(State.SENT)) if has_media else NextState(State.SENT, call=None)
    return sent, NextState(State.DELIVERED, write(State.DELIVERED))


def write_time(at: datetime) -> str:
    """A time as Bandwidth writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _write_receipt(message: Mapping[str, Any], recipient: str, state: State, error: str = "") -> str:
    """The body of a callback: https://dev.bandwidth.com/docs/messaging/webhooks. The text is left out of it."""
    kind, text = _EVENTS.get(state, (_FAILED, "Message delivery failed."))
    event: dict[str, Any] = {
        "time": write_time(datetime.now(UTC)),
        "type": kind,
        "to": recipient,
        "description": text,
        "message": message,
    }
    if kind == _FAILED:
        event["errorCode"] = int(error) if error.isdigit() else 4750
    # Always a list, also of one event
    return orjson.dumps([event]).decode()


def _read_recipients(asked: Mapping[str, Any]) -> list[str]:
    written = asked.get("to")
    if not isinstance(written, list) or not written or not all(isinstance(one, str) for one in written):
        raise refuse("to", "'to' must be a list of telephone numbers")
    if len(written) > MOST_RECIPIENTS:
        raise refuse("to", f"'to' has more than {MOST_RECIPIENTS} telephone numbers")
    for one in written:
        if parse_e164(one) is None:
            text = f"'{one[:40]}' must be replaced with a valid E164 formatted telephone number"
            raise refuse("to", text)
    return list(dict.fromkeys(written))


def _read_sender(asked: Mapping[str, Any], project: Project) -> str:
    sender = _read_text(asked, "from")
    if not sender:
        raise refuse("from", "'from' is required")
    is_number = is_short_code(sender) or parse_e164(sender) is not None
    if not is_number and not is_name(sender):
        text = f"'{sender[:40]}' must be replaced with a valid E164 formatted telephone number"
        raise refuse("from", text)
    if is_number and project.numbers and sender not in project.numbers:
        raise refuse("from", f"'{sender}' is not owned by the account")
    if sender in (asked.get("to") or ()):
        raise refuse("to", "'to' and 'from' cannot be the same")
    return sender


def _read_media(asked: Mapping[str, Any]) -> tuple[str, ...]:
    media = asked.get("media") or []
    if not isinstance(media, list) or not all(isinstance(one, str) and is_address(one) for one in media):
        raise refuse("media", "'media' must be a list of URLs")
    if len(media) > MOST_FILES:
        raise refuse("media", f"'media' has more than {MOST_FILES} URLs")
    return tuple(media)


def _read_text(asked: Mapping[str, Any], name: str) -> str:
    value = asked.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse(name, f"'{name}' must be a string")
    return value or ""
