"""Bird: the platform that followed MessageBird, https://bird.com.

Facts are from its official SDK (PyPI `messagebird-sdk` 0.106, made from Bird's OpenAPI document) and from
https://www.standardwebhooks.com, the scheme that signs its webhooks. Of media in received messages neither says how
they are named, so `media_urls`, the name when sending, and `media` are both read.
"""

import base64
import binascii
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from numbers.carriers.contract import Carrier, Request, Secrets
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, decoded, optional, written
from numbers.carriers.toolkit import authentication, payloads, signatures

# Event types after "sms."
_STATUSES = {
    "scheduled": Status.QUEUED,
    "accepted": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "expired": Status.UNDELIVERED,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
    "canceled": Status.FAILED,
}


def _check_secret(value: str) -> str:
    """What is wrong with a secret, or an empty text: it is base64, behind a prefix that says what it is."""
    if value.startswith(("v1,", "v1a,")):
        return f"leave out {value.partition(',')[0]!r} and the comma: the secret begins with whsec_"
    if not decoded(value.removeprefix("whsec_")):
        return "it must be whsec_ and a base64 key, as Bird shows it once"
    return ""


class Bird(Carrier):
    """Set-up of a Bird account

    1. In Bird, create an API key with the scopes for numbers, SMS and webhooks and set it as `api_key` (bk_us1_...,
       which includes the region).
    2. Register the account's webhook address once for the whole workspace: POST /v1/webhooks with the address as
       `url` and `events` sms.received, sms.accepted, sms.sent, sms.delivered, sms.undelivered, sms.failed,
       sms.rejected, sms.expired. Only the answer contains the secret (whsec_...): set it as `webhook_secret`
       (two while you rotate it). Set its `id` (whk_...) as `webhook_id` so that audits report, and can repair, a
       webhook that points elsewhere, is paused or lacks message events. It serves all numbers.
    3. Adopt numbers that you already own with `manage.py number adopt --account ID +15005550006`.

    Numbers whose owner must be registered are not offered. Releasing forfeits the rest of a paid period.
    """

    name = "bird"
    title = "Bird"
    media = True
    settings = (
        Setting(
            "webhook_secret", "secret that signs webhooks (whsec_...); two while you rotate it", _check_secret
        ),
        optional("webhook_id", "id of the webhook with that secret (whk_...)", written("whk_.+", "whk_...")),
        optional(
            "api_key",
            "API key (bk_REGION_...), for searching, buying, releasing and sending",
            written("b[km]_[a-z]{2}[0-9]+_.+", "bk_REGION_..."),
        ),
    )

    proof_headers = frozenset({"authorization", "webhook-signature"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Standard Webhooks: HMAC-SHA256 over id, time and body, at most 300 s old."""
        ref, at, given = (request.header(f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        if not (ref and at and given):
            raise BadSignature("no signature")
        signed = f"{ref}.{at}.".encode(errors="replace") + request.body
        right = [
            base64.b64encode(hmac.digest(key, signed, "sha256"))
            for key in _decode_keys(authentication.keys(secrets, "webhook_secret"))
        ]
        # The header lists a signature for each valid secret, so that one can be rotated
        versions = (entry.partition(",")[::2] for entry in given.split())
        if not any(signatures.matches(value, right) for version, value in versions if version == "v1"):
            raise BadSignature("signature")
        authentication.check_age(at, now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One event; those that are not about SMS are notices."""
        payload = payloads.json_object(request.body)
        kind, _, word = payloads.needed(payload, "type").partition(".")
        if kind not in ("sms", "mms"):
            payloads.unknown_kind(self.name, payloads.needed(payload, "type"), payload)
            return []
        data, at = payloads.nested(payload, "data"), payloads.time(payload.get("timestamp"))
        if word == "received":
            return [inbound(data, "sms_id", at)]
        if word not in _STATUSES:
            payloads.unknown_kind(self.name, payloads.needed(payload, "type"), payload)
        error = payloads.word(payloads.nested(data, "error").get("code"))
        ref = payloads.needed(data, "sms_id", longest=payloads.LONGEST_REF)
        return [Receipt(ref, _STATUSES.get(word, Status.UNKNOWN), word[: payloads.LONGEST_NAME], error, at)]


def inbound(payload: dict[str, Any], ref: str, at: datetime | None) -> Inbound:
    """A received message, as webhooks and the log describe it."""
    body = payloads.with_subject(payloads.text(payload, "subject"), payloads.text(payload, "text"))
    data = payloads.text(payloads.nested(payload, "binary"), "data")
    message = Inbound(
        payloads.needed(payload, ref, longest=payloads.LONGEST_REF),
        payloads.address(payloads.needed(payload, "from")),
        payloads.address(payloads.needed(payload, "to")),
        body or data,
        sent_at=at,
        segments=payloads.count(payloads.nested(payload, "segments").get("count")),
        media=tuple(_list_media(payload)),
        flags=("binary",) if data and not body else (),
    )
    return message if data else payloads.understood(message, payload, "text", "subject")


def _list_media(payload: dict[str, Any]) -> Iterator[Media]:
    for name in ("media_urls", "media"):
        listed = payload.get(name)
        for item in listed if isinstance(listed, list) else []:
            if isinstance(item, str):
                yield Media(item)
            elif isinstance(item, dict) and isinstance(item.get("url"), str):
                yield Media(item["url"], payloads.text(item, "content_type"))


def _decode_keys(values: list[str]) -> Iterator[bytes]:
    """Secrets are base64 after their prefix; one that is not, or holds no key, cannot have signed anything."""
    for value in values:
        try:
            # Python ignores padding that is too long, so secrets without padding are read too
            key = base64.b64decode(value.removeprefix("whsec_") + "==")
        except (binascii.Error, ValueError):
            continue
        # An empty key would make a signature that anybody can compute
        if key:
            yield key
