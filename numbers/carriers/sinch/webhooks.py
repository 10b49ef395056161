"""Sinch: SMS API ("XMS") and Numbers API.

Facts are from https://developers.sinch.com/docs/sms/api-reference/sms/tag/Webhooks and /docs/numbers, and the SDKs
sinch-sdk-python 2.3, -node and -java with their tests. Sinch signs only on request; what it does not sign is refused
here. It drops a callback for good after any 4xx but 429.
"""

import base64
import hmac
import secrets as random_secrets
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from numbers.carriers.contract import Carrier, Feature, Request, Secrets, first_secret
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.settings import Setting, one_of, optional
from numbers.carriers.toolkit import authentication, payloads, signatures

# "Delivered" on the wire, DELIVERED in the SDKs: compared without case
_STATUSES = {
    "queued": Status.QUEUED,
    "dispatched": Status.SENT,
    "delivered": Status.DELIVERED,
    "expired": Status.UNDELIVERED,
    "failed": Status.UNDELIVERED,
    "rejected": Status.FAILED,
    "aborted": Status.FAILED,
    "cancelled": Status.FAILED,
    "deleted": Status.FAILED,
}

REGIONS = {"us", "eu", "au", "br", "ca"}


class Sinch(Carrier):
    """Set-up of a Sinch account

    1. Ask your account manager to sign the callbacks of your service plan with HMAC, and set the agreed secret as
       `webhook_secret` (two while you change it). Without it Sinch does not sign callbacks, and they are refused.
    2. In the dashboard, SMS > Service APIs > your plan: the account's webhook address as "Callback URL". The plan's
       id, its API token and its region (us, eu, au, br, ca) are `service_plan_id`, `api_token` and `region`.
    3. To lease numbers here, set `project_id`, and an access key's `key_id` and `key_secret`. Bought numbers are added
       to the service plan, which takes a moment.
    4. Adopt numbers that you already own with `manage.py number adopt --account ID +12025550134`.

    Events about numbers are signed with SHA-1 over their content, without a time; they change nothing here.

    Numbers that require documents are not offered.
    """

    name = "sinch"
    title = "Sinch"
    media = True
    lacks = {Feature.CONFIGURE: "the service plan's callback address is set in its dashboard"}
    settings = (
        Setting("webhook_secret", "secret agreed with Sinch that signs callbacks; two while you change it"),
        optional(
            "service_plan_id", "id of the service plan that numbers are added to and messages sent from"
        ),
        optional("api_token", "API token of the plan, for sending and the log"),
        optional(
            "region", "region of the plan: us, eu, au, br or ca; us if empty", one_of(REGIONS, any_case=True)
        ),
        optional("project_id", "project id, for searching, buying and releasing"),
        optional("key_id", "id of an access key of the project"),
        optional("key_secret", "secret of the access key"),
    )
    # event types of the Numbers API
    notices = frozenset(
        {
            "PROVISIONING_TO_CAMPAIGN",
            "DEPROVISIONING_FROM_CAMPAIGN",
            "PROVISIONING_TO_SMS_PLATFORM",
            "DEPROVISIONING_FROM_SMS_PLATFORM",
            "PROVISIONING_TO_VOICE_PLATFORM",
            "DEPROVISIONING_TO_VOICE_PLATFORM",
            "DEPROVISIONING_FROM_VOICE_PLATFORM",
            "NUMBER_PORTING",
            "NUMBER_ORDER_PROCESSING",
        }
    )
    proof_headers = frozenset({"authorization", "x-sinch-webhook-signature", "x-sinch-signature"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """HMAC-SHA256 over body, nonce and time; events of numbers are signed by HMAC-SHA1 over the body alone."""
        given, event = request.header("x-sinch-webhook-signature"), request.header("x-sinch-signature")
        if not given and not event:
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "webhook_secret")
        # Events of the Numbers API have a signature without a time; they
        # change nothing here, so a replay does no harm
        if not given:
            right = (hmac.digest(key.encode(), request.body, "sha1").hex().encode() for key in keys)
            if not signatures.matches(event, right):
                raise BadSignature("signature")
            return
        nonce, at = (request.header(f"x-sinch-webhook-signature-{name}") for name in ("nonce", "timestamp"))
        algorithm = request.header("x-sinch-webhook-signature-algorithm") or "HmacSHA256"
        if algorithm.lower() != "hmacsha256":
            raise BadSignature("unknown algorithm")
        signed = request.body + f".{nonce}.{at}".encode(errors="replace")
        right = (base64.b64encode(hmac.digest(key.encode(), signed, "sha256")) for key in keys)
        if not signatures.matches(given, right):
            raise BadSignature("signature")
        authentication.check_age(at, now)

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The signature that Sinch makes on request, of this moment."""
        nonce, at = random_secrets.token_hex(16), str(int(time.time()))
        key = first_secret(secrets, "webhook_secret").encode()
        signed = hmac.digest(key, request.body + f".{nonce}.{at}".encode(), "sha256")
        return {
            "x-sinch-webhook-signature": base64.b64encode(signed).decode(),
            "x-sinch-webhook-signature-nonce": nonce,
            "x-sinch-webhook-signature-timestamp": at,
            "x-sinch-webhook-signature-algorithm": "HmacSHA256",
        }

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A message, a receipt (of a batch, or of one recipient), or a notice about a number."""
        payload = payloads.json_object(request.body)
        kind = payloads.text(payload, "type")
        if kind.startswith("mo_"):
            return [inbound(payload)]
        if kind in ("recipient_delivery_report_sms", "recipient_delivery_report_mms"):
            return [
                _parse_receipt(payloads.needed(payload, "batch_id", longest=payloads.LONGEST_REF), payload)
            ]
        if kind in ("delivery_report_sms", "delivery_report_mms"):
            ref = payloads.needed(payload, "batch_id", longest=payloads.LONGEST_REF)
            return [_parse_receipt(ref, status) for status in payloads.objects(payload.get("statuses"))]
        event = kind or payloads.needed(payload, "eventType")
        if event not in self.notices:
            payloads.unknown_kind(self.name, event, payload)
        return []


def inbound(payload: dict[str, Any]) -> Inbound:
    """A message as callbacks and the log describe it; of a binary one the data alone, without the header (UDH)."""
    kind, files = payload.get("type"), payloads.nested(payload, "body")
    content = files or payload
    text = payloads.text(content, "message" if files else "body")
    message = Inbound(
        payloads.needed(payload, "id", longest=payloads.LONGEST_REF),
        payloads.phone(payloads.needed(payload, "from")),
        payloads.phone(payloads.needed(payload, "to")),
        payloads.base64_as_hex(text)
        if kind == "mo_binary"
        else payloads.with_subject(payloads.text(content, "subject"), text),
        sent_at=payloads.time(payload.get("received_at")),
        media=payloads.media(files.get("media")),
        flags=("binary",) if kind == "mo_binary" else (),
    )
    return payloads.understood(message, content, *(("message", "subject") if files else ("body",)))


def _parse_receipt(ref: str, payload: dict[str, Any]) -> Receipt:
    word = payloads.text(payload, "status", longest=payloads.LONGEST_NAME)
    code = payloads.word(payload.get("code"))
    status = _STATUSES.get(word.lower(), Status.UNKNOWN)
    return Receipt(ref, status, word, "" if code in ("0", "401") else code, payloads.time(payload.get("at")))
