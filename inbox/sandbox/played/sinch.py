"""Webhooks as Sinch writes them: https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks."""

import json
import secrets
from datetime import UTC, datetime

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.toolkit import payloads


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """A message of the type mo_text, or mo_media with files."""
    ref, media = "01" + secrets.token_hex(12).upper(), message.media
    files = [{"url": one.url, "content_type": one.content_type, "status": "Uploaded"} for one in media]
    fields = {
        "type": "mo_media" if media else "mo_text",
        "id": ref,
        "from": payloads.digits(message.sender),
        "to": payloads.digits(message.recipient),
        "body": {"message": message.body, "media": files} if media else message.body,
        "operator_id": "",
        "received_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
    }
    return WrittenInbound(ref, "application/json", json.dumps(fields, ensure_ascii=False))
