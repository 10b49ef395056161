"""Webhooks as Plivo writes them: https://www.plivo.com/docs/messaging/xml/request."""

import uuid
from urllib.parse import urlencode

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.toolkit import payloads


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """The form of a received message; files as the support pages have them."""
    ref = str(uuid.uuid4())
    files = {f"Media{n}": one.url for n, one in enumerate(message.media)}
    fields = {
        "From": payloads.digits(message.sender),
        "To": payloads.digits(message.recipient),
        "Type": "mms" if message.media else "sms",
        "Text": message.body,
        **files,
        "MessageUUID": ref,
        "Units": str(message.segments),
        "TotalRate": "0.00000",
        "TotalAmount": "0.00000",
    }
    return WrittenInbound(ref, "application/x-www-form-urlencoded", urlencode(fields))
