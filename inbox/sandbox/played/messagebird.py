"""Webhooks as MessageBird writes them."""

import uuid
from datetime import UTC, datetime
from urllib.parse import urlencode

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.toolkit import payloads


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """The form that long numbers were recorded with."""
    ref, now = uuid.uuid4().hex, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    fields = [
        ("id", ref),
        ("recipient", payloads.digits(message.recipient)),
        ("originator", payloads.digits(message.sender)),
        ("body", message.body),
        ("createdDatetime", now),
        *(("mediaURLs", one.url) for one in message.media),
    ]
    return WrittenInbound(ref, "application/x-www-form-urlencoded", urlencode(fields))
