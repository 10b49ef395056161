"""Events as Telnyx writes them.

https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks, and the types of telnyx-python 4.189
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.messages import Media
from tempsms.lib import gsm7

JSON = "application/json"
ORGANIZATION = "00000000-0000-4000-8000-000000000000"


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """The event `message.received`, without what Telnyx looks up of the two numbers."""
    ref = str(uuid.uuid4())
    payload = describe_inbound(
        ref, message.sender, message.recipient, message.body, message.segments, message.media
    )
    return WrittenInbound(ref, JSON, write_event("message.received", payload))


def write_event(kind: str, payload: Mapping[str, Any]) -> str:
    """The body of a webhook about a message."""
    data = {
        "event_type": kind,
        "id": str(uuid.uuid4()),
        "occurred_at": write_time(datetime.now(UTC)),
        "payload": payload,
        "record_type": "event",
    }
    return orjson.dumps({"data": data, "meta": {"attempt": 1}}).decode()


def describe_inbound(
    ref: str, sender: str, recipient: str, text: str, parts: int, media: Sequence[Media] = ()
) -> dict[str, Any]:
    """A received message, as the payload of its event."""
    # A file's hash has another name here than in sent messages, as in Telnyx's specification
    files = [
        {"url": file.url, "content_type": file.content_type or None, "hash_sha256": None, "size": None}
        for file in media
    ]
    to = {"phone_number": recipient, "status": "webhook_delivered", "carrier": "", "line_type": ""}
    return {
        "cc": [],
        "completed_at": None,
        "cost": None,
        "direction": "inbound",
        "encoding": "GSM-7" if gsm7.fits(text) else "UCS-2",
        "errors": [],
        "from": {"phone_number": sender, "status": "received", "carrier": "", "line_type": ""},
        "id": ref,
        "media": files,
        "messaging_profile_id": None,
        "organization_id": ORGANIZATION,
        "parts": parts,
        "received_at": write_time(datetime.now(UTC)),
        "record_type": "message",
        "sent_at": None,
        "subject": None,
        "tags": [],
        "text": text,
        "to": [to],
        "type": "MMS" if files else "SMS",
        "valid_until": None,
        "webhook_failover_url": None,
        "webhook_url": None,
    }


def write_time(at: datetime) -> str:
    """A time as Telnyx writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
