"""Webhooks as Vonage writes them.

https://developer.vonage.com/en/messaging/sms/guides/delivery-receipts, /inbound-sms, and the OpenAPI document of the
Messages API, version 1.
"""

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson

from inbox.sandbox.played.inbound import PhoneMessage, WrittenInbound
from numbers.carriers.errors import Unsupported
from numbers.carriers.messages import Media
from numbers.carriers.toolkit import payloads
from tempsms.lib import gsm7

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CURRENCY, PRICE = "EUR", "0.0333"
NETWORK = "00000"


def write_inbound(message: PhoneMessage) -> WrittenInbound:
    """By the Messages API if the program sent by it, and files, which it alone has; else by the SMS API."""
    if message.media or message.details.get("api") == "messages":
        return _write_by_messages_api(message)
    parts = split_text(message.body)
    group = str(secrets.randbelow(255) + 1)
    written = []
    for number, part in enumerate(parts, 1):
        ref = f"0B{secrets.token_hex(7)}".upper()
        fields = write_sms(ref, message.sender, message.recipient, part, message.login)
        if len(parts) > 1:
            fields |= {"concat": "true", "concat-ref": group}
            fields |= {"concat-total": str(len(parts)), "concat-part": str(number)}
        written.append((ref, urlencode(fields)))
    (ref, first), *more = written
    return WrittenInbound(ref, FORM, first, tuple(form for _, form in more))


def _write_by_messages_api(message: PhoneMessage) -> WrittenInbound:
    """A message of the Messages API, which has at most one file here."""
    if len(message.media) > 1:
        raise Unsupported("vonage", "several files in a message")
    ref, file = str(uuid.uuid4()), next(iter(message.media), None)
    written = write_message(ref, message.sender, message.recipient, message.body, message.segments, file)
    return WrittenInbound(ref, JSON, written)


def write_sms(ref: str, sender: str, recipient: str, text: str, login: str) -> dict[str, str]:
    """The parameters of a message that the SMS API passes on."""
    return {
        "api-key": login,
        "msisdn": payloads.digits(sender),
        "to": payloads.digits(recipient),
        "messageId": ref,
        "text": text,
        "type": "text" if text.isascii() else "unicode",
        "keyword": next(iter(text.split()), "").upper(),
        "message-timestamp": write_time(datetime.now(UTC)),
    }


def split_text(text: str) -> list[str]:
    """The parts of a text as phones send them: 160 letters of the alphabet or 70 others, or somewhat less each.

    A letter in two units is not cut in two; of letters that need two septets of the alphabet, such as the euro sign,
    a part may have more than fits.
    """
    whole, part = (160, 153) if gsm7.fits(text) else (70, 67)
    if len(text.encode("utf-16-le")) // 2 <= whole:
        return [text]
    parts, room = [""], part
    for char in text:
        units = 2 if ord(char) > 0xFFFF else 1
        if units > room:
            parts, room = [*parts, ""], part
        parts[-1] += char
        room -= units
    return parts


def write_receipt(
    ref: str, sender: str, recipient: str, status: str, code: str, login: str, client_ref: str
) -> dict[str, str]:
    """The parameters of the SMS API's delivery receipt; `to` is who sent the message."""
    now = datetime.now(UTC)
    fields = {
        "api-key": login,
        "msisdn": payloads.digits(recipient),
        "to": payloads.digits(sender),
        "network-code": NETWORK,
        "messageId": ref,
        "price": f"{PRICE}0000",
        "status": status,
        "scts": now.strftime("%y%m%d%H%M"),
        "err-code": code,
        "message-timestamp": write_time(now),
    }
    return {**fields, "client-ref": client_ref} if client_ref else fields


def write_message(
    ref: str, sender: str, recipient: str, text: str, segments: int, file: Media | None = None
) -> str:
    """The body of a message that the Messages API passes on, by MMS if it has a file."""
    found: dict[str, Any] = {
        "message_uuid": ref,
        "to": payloads.digits(recipient),
        "from": payloads.digits(sender),
        "timestamp": write_iso_time(datetime.now(UTC)),
        "usage": {"currency": CURRENCY, "price": PRICE},
    }
    if file:
        kind = file.content_type.partition("/")[0]
        kind = kind if kind in ("image", "video", "audio") else "file"
        caption = {"caption": text} if text else {}
        found |= {"channel": "mms", "message_type": kind, kind: {"url": file.url, **caption}}
    else:
        keyword = next(iter(text.split()), "").upper()
        sms = {"num_messages": str(segments), "keyword": keyword}
        found |= {"channel": "sms", "message_type": "text", "text": text, "sms": sms}
    return orjson.dumps(found).decode()


def write_status(
    ref: str, sender: str, recipient: str, status: str, error: Mapping[str, Any], more: Mapping[str, Any]
) -> str:
    """The body of the Messages API's status; `more` is what the message itself has, such as its `channel`."""
    found = {
        "message_uuid": ref,
        "to": payloads.digits(recipient),
        "from": payloads.digits(sender),
        "timestamp": write_iso_time(datetime.now(UTC)),
        "status": status,
        **({"error": {**error, "instance": uuid.uuid4().hex}} if error else {}),
        "usage": {"currency": CURRENCY, "price": PRICE},
        "destination": {"network_code": NETWORK},
        **more,
    }
    return orjson.dumps(found).decode()


def write_time(at: datetime) -> str:
    """A time as the SMS API writes it: UTC, without a zone."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def write_iso_time(at: datetime) -> str:
    """A time as the Messages API writes it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
