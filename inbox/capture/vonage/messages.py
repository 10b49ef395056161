"""`POST /v1/messages`, checked as Vonage checks it: https://developer.vonage.com/en/api/messages."""

import uuid
from collections.abc import Mapping
from typing import Any

from inbox import segments
from inbox.capture.checks import is_address
from inbox.capture.replies import Reply
from inbox.capture.requests import CarrierRequest
from inbox.capture.serving import Sending
from inbox.capture.vonage.addresses import read_number, read_sender
from inbox.capture.vonage.logins import find_project
from inbox.capture.vonage.problems import ProblemError, refuse_parameter
from inbox.sandbox import carrier_numbers
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from inbox.sandbox.played.vonage import JSON, write_status
from inbox.sandbox.problems.vonage import FAILURES

LONGEST = 3200
LONGEST_REF = 100
FILES = {"mms": ("image", "video", "audio", "vcard", "file")}
"""The types of messages with a file, by channel."""
STATUSES = {
    State.QUEUED: "submitted",
    # Vonage has no word between this one and the last
    State.SENT: "submitted",
    State.DELIVERED: "delivered",
    State.UNDELIVERED: "undeliverable",
    State.FAILED: "rejected",
}


def send(request: CarrierRequest) -> Sending:
    """The message that a request sends; what is missing or wrong raises Vonage's own error for it."""
    project = find_project(request)
    draft = _read_draft(request, project)
    return Sending(project, [draft], lambda kept: Reply(202, {"message_uuid": kept[0].ref}))


def _read_draft(request: CarrierRequest, project: Project) -> Draft:
    fields = request.json
    channel, text, media = _read_content(fields)
    recipient, sender = _read_ends(fields, project)
    ref, client_ref = str(uuid.uuid4()), _read_text(fields, "client_ref")
    callback = _read_text(fields, "webhook_url")
    if len(client_ref) > LONGEST_REF:
        raise refuse_parameter("client_ref", "must be no longer than 100 characters")
    if callback and not is_address(callback):
        raise refuse_parameter("webhook_url", "must be a valid URL")
    more: dict[str, Any] = {"channel": channel, **({"client_ref": client_ref} if client_ref else {})}
    if channel == "sms":
        more["sms"] = {"count_total": str(segments.count(text).segments)}

    def write(state: State, error: str = "") -> str:
        """The body of the webhook that tells of a state."""
        return write_status(ref, sender, recipient, STATUSES[state], _describe_error(error), more)

    return Draft(
        carrier="vonage",
        ref=ref,
        sender=sender,
        recipient=recipient,
        body=text,
        media=media,
        state=State.QUEUED,
        details={"api": "messages", "client_ref": client_ref, "channel": channel},
        request=request.describe(),
        after=tuple(NextState(state, write(state)) for state in (State.SENT, State.DELIVERED)),
        callback=callback,
        content_type=JSON,
        write_receipt=write,
    )


def _read_content(fields: Mapping[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    """The channel, the text, and the addresses of the files."""
    channel, kind = _read_text(fields, "channel"), _read_text(fields, "message_type")
    if channel not in ("sms", "mms"):
        raise refuse_parameter("channel", "this sandbox takes sms and mms")
    if kind == "text":
        text = _read_text(fields, "text")
        if not text or len(text) > LONGEST:
            raise refuse_parameter("text", f"must be from 1 to {LONGEST} characters")
        return channel, text, ()
    if kind not in FILES.get(channel, ()):
        raise refuse_parameter("message_type", f"is not one that {channel} has here")
    file = fields.get(kind)
    if not isinstance(file, dict):
        raise refuse_parameter(kind, "is required")
    url, caption = _read_text(file, "url", f"{kind}."), _read_text(file, "caption", f"{kind}.")
    if not is_address(url):
        raise refuse_parameter(f"{kind}.url", "must be a valid URL")
    if len(caption) > LONGEST:
        raise refuse_parameter(f"{kind}.caption", "is too long")
    return channel, caption, (url,)


def _read_ends(fields: Mapping[str, Any], project: Project) -> tuple[str, str]:
    """The recipient and the sender."""
    recipient = read_number(_read_text(fields, "to"))
    if not recipient:
        raise refuse_parameter("to", "must be a valid phone number in E.164 format without a plus")
    given = _read_text(fields, "from")
    if not given:
        raise refuse_parameter("from", "is required")
    sender = read_sender(given, carrier_numbers.list_senders(project, "vonage"))
    if not sender:
        raise ProblemError(422, "/messages#1120", "Invalid sender", "The `from` parameter is invalid.")
    return recipient, sender


def _describe_error(code: str) -> dict[str, Any]:
    """Why a message did not arrive, by the code of the SMS API's receipts."""
    if not code:
        return {}
    detail = FAILURES.get(code, FAILURES["1"])
    return {"type": "https://developer.vonage.com/api-errors/sms", "title": code, "detail": detail}


def _read_text(fields: Mapping[str, Any], name: str, within: str = "") -> str:
    """A text; an empty one for what is missing or null."""
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise refuse_parameter(f"{within}{name}", "must be a string")
    return value or ""
