"""Webhooks as Bandwidth writes them: https://dev.bandwidth.com/docs/messaging/webhooks."""

import json
import uuid
from datetime import UTC, datetime

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """The event of a received message, alone in its list."""
    ref, at = str(uuid.uuid4()), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    written = {
        "id": ref,
        "owner": message.recipient,
        "applicationId": "sandbox",
        "time": at,
        "segmentCount": message.segments,
        "direction": "in",
        "to": [message.recipient],
        "from": message.sender,
        "text": message.body,
        "media": [one.url for one in message.media],
    }
    description = "Incoming message received"
    event = {"type": "message-received", "time": at, "description": description, "to": message.recipient}
    body = json.dumps([{**event, "message": written}], ensure_ascii=False)
    return WrittenInbound(ref, "application/json; charset=utf-8", body)
