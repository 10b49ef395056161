"""What `POST /v2/messages` asks, checked as Telnyx checks it."""

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox import segments
from inbox.capture.requests import CarrierRequest
from inbox.capture.telnyx import profiles
from inbox.capture.telnyx.addresses import check_recipient, check_sender
from inbox.capture.telnyx.errors import refuse, refuse_missing, refuse_value
from inbox.capture.telnyx.fields import Fields, check_url
from inbox.capture.telnyx.payloads import Outbound, write_receipt
from inbox.sandbox import carrier_numbers
from inbox.sandbox.messages import Draft, NextState, State
from inbox.sandbox.models import Project
from inbox.sandbox.played.telnyx import JSON
from tempsms.lib import gsm7

MOST_PARTS = 10
LONGEST = 5000
MOST_FILES = 10
SOONEST, LATEST = timedelta(minutes=5), timedelta(days=5)
"""How far ahead a message may be scheduled."""
POOL_SENDER = "+13125550100"
"""Who sends for a messaging profile of a project that names no numbers."""
_PROFILE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TYPES, _ENCODINGS = ("", "SMS", "MMS"), ("", "auto", "gsm7", "ucs2")


def read_draft(request: CarrierRequest, project: Project, *needed: str) -> Draft:
    """The message that a request sends; what is missing or wrong raises Telnyx's own code for it.

    `needed` are the parameters without which the request's address has no meaning.
    """
    fields = Fields(request.json)
    for name in needed:
        if not fields.text(name):
            raise refuse_missing(name)
    recipient = _read_recipient(fields)
    sender = _read_sender(fields, recipient, project)
    media = _read_content(fields)
    details = _read_details(fields)
    callback = details["webhook_url"] or ""
    if fields.flag("use_profile_webhooks", usual=True) and not callback:
        callback = profiles.find_webhook(project, details["messaging_profile_id"] or "")
    due, now = _read_schedule(fields), datetime.now(UTC)
    state = State.SCHEDULED if due else State.QUEUED
    ref = str(uuid.uuid4())
    message = Outbound(ref, sender, recipient, fields.text("text"), media, details, state, now)

    # Written when the message is accepted, so it tells the times as they are planned
    def write(state: State, error: str = "") -> str:
        """The body of the webhook that tells of a state."""
        completed = None if state == State.SENT else due or now
        return write_receipt(
            replace(message, state=state, error=error, sent_at=due or now, completed_at=completed)
        )

    return Draft(
        carrier="telnyx",
        ref=ref,
        sender=sender,
        recipient=recipient,
        body=message.text,
        media=media,
        state=state,
        details=details,
        request=request.describe(),
        after=tuple(NextState(one, write(one)) for one in (State.SENT, State.DELIVERED)),
        callback=callback,
        content_type=JSON,
        due=due,
        write_receipt=write,
    )


def _read_recipient(fields: Fields) -> str:
    """The one recipient, which may come in a list."""
    given = fields.values.get("to")
    if isinstance(given, list) and len(given) == 1:
        (given,) = given
    recipient = given if isinstance(given, str) else ""
    check_recipient(recipient)
    return recipient


def _read_sender(fields: Fields, recipient: str, project: Project) -> str:
    sender, profile = fields.text("from"), fields.text("messaging_profile_id")
    if not sender and profile:
        return next(iter(carrier_numbers.list_senders(project, "telnyx")), POOL_SENDER)
    check_sender(sender, recipient, carrier_numbers.list_senders(project, "telnyx"), profile)
    return sender


def _read_content(fields: Fields) -> tuple[str, ...]:
    """Check what is sent; return the addresses of its files."""
    text, media = fields.text("text"), fields.texts("media_urls")
    if fields.text("type") not in _TYPES:
        raise refuse_value("/type", "The 'type' must be 'SMS' or 'MMS'.")
    if fields.text("encoding") not in _ENCODINGS:
        raise refuse_value("/encoding", "The 'encoding' must be 'auto', 'gsm7' or 'ucs2'.")
    if not text and not media:
        raise refuse("40316", "No content provided", "A message needs a text or media_urls.")
    is_long = not media and segments.count(text).segments > MOST_PARTS
    if is_long or len(text) > LONGEST or len(media) > MOST_FILES:
        raise refuse("40302", "Message too large", "The message is too large to be sent.")
    if fields.text("encoding") == "gsm7" and not gsm7.fits(text):
        raise refuse("40009", "Invalid message body", "GSM-7 cannot write the text.", "/text")
    return tuple(check_url(url, "/media_urls") if url else _refuse_empty() for url in media)


def _refuse_empty() -> str:
    raise refuse_value("/media_urls", "A media URL cannot be empty.")


def _read_details(fields: Fields) -> dict[str, Any]:
    """What only Telnyx has of a message."""
    profile = fields.text("messaging_profile_id")
    if profile and not _PROFILE.fullmatch(profile):
        raise refuse_value("/messaging_profile_id", "The messaging profile's id is not valid.")
    urls = {name: fields.url(name) or None for name in ("webhook_url", "webhook_failover_url")}
    return {"messaging_profile_id": profile or None, "subject": fields.text("subject") or None, **urls}


def _read_schedule(fields: Fields) -> datetime | None:
    """When a message is to be sent, or None for now."""
    text = fields.text("send_at")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise refuse_value("/send_at", "'send_at' is not a time in ISO 8601.") from None
    if not SOONEST <= at - datetime.now(UTC) <= LATEST:
        raise refuse_value("/send_at", "'send_at' must be from 5 minutes to 5 days ahead.")
    return at
