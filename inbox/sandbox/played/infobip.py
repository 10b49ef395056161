"""Webhooks as Infobip writes them: the forms MO_JSON_2 and MO_MMS_2 of its API reference."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.toolkit import payloads


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """A batch of one message; with files in the form of an MMS."""
    ref, body = str(uuid.uuid4()), message.body
    result: dict[str, Any] = {
        "messageId": ref,
        "from": payloads.digits(message.sender),
        "to": payloads.digits(message.recipient),
        "receivedAt": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
        "price": {"pricePerMessage": 0, "currency": "EUR"},
    }
    if message.media:
        parts: list[dict[str, str]] = [
            {"contentType": one.content_type, "url": one.url} for one in message.media
        ]
        parts += [{"contentType": "text/plain", "value": body}] if body else []
        result |= {"message": parts}
    else:
        keyword = body.partition(" ")[0].upper()
        result |= {"text": body, "cleanText": body, "keyword": keyword, "smsCount": message.segments}
    batch = {"results": [result], "messageCount": 1, "pendingMessageCount": 0}
    return WrittenInbound(ref, "application/json", json.dumps(batch, ensure_ascii=False))
