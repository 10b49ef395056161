"""Telnyx: API v2.

Facts are from https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks, its OpenAPI document, and
telnyx-python 4.189 (`telnyx/lib/webhook_verification.py`). Telnyx has no list of received texts, so what a webhook
missed cannot be fetched: Telnyx retries three times, and then uses the profile's failover address.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from numbers.carriers.contract import Carrier, Feature, Request, Secrets, first_secret
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.settings import Setting, base64_key, optional, written
from numbers.carriers.toolkit import authentication, payloads

# Statuses of payload.to[], from the OpenAPI document
_STATUSES = {
    "queued": Status.QUEUED,
    "sending": Status.QUEUED,
    "sent": Status.SENT,
    "delivery_unconfirmed": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "delivery_failed": Status.UNDELIVERED,
    "expired": Status.UNDELIVERED,
    "sending_failed": Status.FAILED,
}


class Telnyx(Carrier):
    """Set-up of a Telnyx account

    1. In Mission Control, Account > Keys & Credentials, copy the public key into `public_key` (base64; one per
       account, two while it changes), create an API key and set it as `api_key`.
    2. Create a messaging profile and set its id as `messaging_profile_id`. Numbers that are bought here are added to
       it, and its webhook address is set to this account's, API version 2.
    3. Adopt numbers that you already own with `manage.py number adopt --account ID +15005550006`, then point them at
       the webhook address with "Repair the webhook address" under "Differences with carriers" in the admin.

    Purchases are orders that take a moment. A group MMS is stored for each of our numbers that it was sent to.
    """

    name = "telnyx"
    title = "Telnyx"
    media = True
    lacks = {Feature.MESSAGES: "it does not list received texts"}
    settings = (
        Setting(
            "public_key", "public key that verifies webhooks (base64); two while it changes", base64_key(32)
        ),
        optional(
            "api_key",
            "API key (KEY...), for searching, buying, releasing and sending",
            usual=written("KEY.+", "KEY..."),
        ),
        optional(
            "messaging_profile_id",
            "id of the profile that bought numbers are added to; its webhook address is set to ours",
        ),
    )

    notices = frozenset(
        {
            "10dlc.brand.update",
            "10dlc.campaign.update",
            "10dlc.phone_number.update",
            "number_order.complete",
            "number_order_document.status_update",
            "sub_number_order.update",
        }
    )
    proof_headers = frozenset({"authorization", "telnyx-signature-ed25519"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Ed25519 over time and body, at most 300 s off."""
        given, at = request.header("telnyx-signature-ed25519"), request.header("telnyx-timestamp")
        if not given or not at:
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "public_key")
        signed = at.encode(errors="replace") + b"|" + request.body
        signature = _decode_base64(given)
        if not any(_signed_by(key, signature, signed) for key in keys):
            raise BadSignature("signature")
        authentication.check_age(at, now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One event: a message, a receipt, or a notice about something else."""
        fields = payloads.nested(payloads.json_object(request.body), "data")
        kind, payload = payloads.needed(fields, "event_type"), payloads.nested(fields, "payload")
        if kind == "message.received":
            return payloads.each(
                _list_recipients(payload), lambda recipient: _make_inbound(payload, *recipient)
            )
        if kind in ("message.sent", "message.finalized", "message.read"):
            return [_parse_receipt(payload, payloads.time(fields.get("occurred_at")))]
        if kind not in self.notices:
            payloads.unknown_kind(self.name, kind, fields)
        return []

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The signature of now, with the private half (`signing_key`) of the key that `public_key` is."""
        at = str(int(time.time()))
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(first_secret(secrets, "signing_key")))
        signature = base64.b64encode(key.sign(at.encode() + b"|" + request.body)).decode()
        return {"telnyx-timestamp": at, "telnyx-signature-ed25519": signature}


def _list_recipients(payload: dict[str, Any]) -> list[tuple[str, str]]:
    """Each recipient with the id of its copy of the message: only a group MMS has several."""
    ref = payloads.needed(payload, "id", longest=payloads.LONGEST_REF)
    recipients = [payloads.needed(item, "phone_number") for item in payloads.objects(payload.get("to"))]
    if not recipients:
        raise Unparsable("no to")
    if len(recipients) == 1:
        return [(ref, recipients[0])]
    # One message id for all of them: as a reference it must be unique for each number
    return [(f"{ref[:64]}:{recipient[:60]}", recipient) for recipient in recipients]


def _make_inbound(payload: dict[str, Any], ref: str, recipient: str) -> Inbound:
    message = Inbound(
        ref,
        payloads.address(payloads.needed(payloads.nested(payload, "from"), "phone_number")),
        payloads.address(recipient),
        payloads.with_subject(payloads.text(payload, "subject"), payloads.text(payload, "text")),
        sent_at=payloads.time(payload.get("received_at")),
        segments=payloads.count(payload.get("parts")),
        media=payloads.media(payload.get("media")),
    )
    return payloads.understood(message, payload, "text", "subject")


def _parse_receipt(payload: dict[str, Any], at: datetime | None) -> Receipt:
    ref = payloads.needed(payload, "id", longest=payloads.LONGEST_REF)
    recipient = next(iter(payloads.objects(payload.get("to"))), {})
    word = payloads.text(recipient, "status", longest=payloads.LONGEST_NAME)
    error = next(iter(payloads.objects(payload.get("errors"))), {})
    return Receipt(ref, _STATUSES.get(word, Status.UNKNOWN), word, payloads.word(error.get("code")), at)


def _signed_by(key: str, signature: bytes, signed: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(signature, signed)
    except (InvalidSignature, ValueError):  # ValueError: the key is none
        return False
    return True


def _decode_base64(encoded: str) -> bytes:
    """Base64 in its one canonical spelling: others would let loose bits be changed."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("signature") from None
    if base64.b64encode(raw).decode() != encoded:
        raise BadSignature("signature")
    return raw
