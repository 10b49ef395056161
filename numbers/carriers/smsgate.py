"""SMS Gateway for Android, https://sms-gate.app: real SIMs in phones, through its cloud or a server of one's own.

Facts are from https://docs.sms-gate.app/features/webhooks/, the server's Swagger document and the app's sources. The
phone itself delivers, so requests come from anywhere. `messageId` of a received SMS is only a hash of its text: the id
of the event is what tells messages apart.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from numbers.carriers import proofs, reading, shapes, signing
from numbers.carriers.base import (
    Access,
    Carrier,
    Feature,
    Inbound,
    Media,
    Outgoing,
    Receipt,
    Request,
    Secrets,
    Sent,
    Setting,
    Status,
)
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.smsgate_api import SmsGateApi

_STATUSES = {
    "sms:sent": Status.SENT,
    "sms:delivered": Status.DELIVERED,  # once for each part
    "sms:failed": Status.FAILED,
    "sms:cancelled": Status.FAILED,
}
_TIMES = ("sentAt", "deliveredAt", "failedAt", "cancelledAt")


class SmsGate(Carrier):
    """Set-up of phones with the SMS Gateway app

    1. In the app, Settings > Webhooks > Signing key: set it as `signing_key` (two while you change it). Set
       `username` and `password` of the cloud (or of your server, with its address as `base_url`) as well.
    2. Many phones do not tell the number of their SIM. Then say it in the webhook address: `?number=%2B4915112345678`
       behind it, or `?sim1=...&sim2=...` for two SIMs.
    3. Take the number in: `manage.py number adopt --account ID +4915112345678`, with the device's id as `--ref` if the
       login has several. `manage.py number point +4915112345678` then registers the webhooks; where the number has to
       be said in the address, register them in the app or by its API instead.

    Received messages cannot be listed again with the same ids, so what never came is asked for in the app.
    """

    name = "smsgate"
    title = "SMS Gateway for Android"
    settings = (
        Setting("signing_key", help="checks signatures; two while you change it", check=shapes.anything),
        Setting(
            "username",
            needed=False,
            help="of the cloud or your server, for sending and registering webhooks",
            check=shapes.anything,
        ),
        Setting("password", needed=False, help="its password", check=shapes.anything),
        Setting(
            "base_url",
            needed=False,
            help="of your own server: https://host/3rdparty/v1",
            check=shapes.address,
        ),
    )
    features = frozenset(
        {Feature.SIGNED, Feature.RECEIPTS, Feature.MEDIA, Feature.CONFIGURE, Feature.SEND, Feature.LOGIN}
    )
    body_limit = 4 * 1024 * 1024  # files of an MMS come inside, in base64

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """HMAC-SHA256 over body and time, at most 300 s off, as the app's documentation recommends."""
        given, at = request.header("x-signature"), request.header("x-timestamp")
        if not given or not at:
            raise BadSignature("no signature")
        signed = request.body + at.encode(errors="replace")
        keys = proofs.keys(secrets, "signing_key")
        right = (hmac.digest(key.encode(), signed, "sha256").hex().encode() for key in keys)
        if not signing.matches(given, right):
            raise BadSignature("signature")
        proofs.check_age(at, now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One event; those that are neither message nor receipt are notices (mms:received says nothing yet)."""
        said = reading.json_object(request.body)
        kind, payload = reading.needed(said, "event"), reading.nested(said, "payload")
        if kind in ("sms:received", "sms:data-received", "mms:downloaded"):
            ref = reading.needed(said, "id", longest=reading.LONGEST_REF)
            return [_inbound(ref, kind, payload, request.url)]
        if kind in _STATUSES:
            ref = reading.needed(payload, "messageId", longest=reading.LONGEST_REF)
            reason = reading.text(payload, "reason", longest=reading.LONGEST_NAME)
            at = next((reading.time(payload[name]) for name in _TIMES if name in payload), None)
            return [Receipt(ref, _STATUSES[kind], kind, reason, at)]
        return []

    def configure(self, access: Access, ref: str, webhook_url: str) -> None:
        """Register a webhook for each event, of this device or, without a ref, of all."""
        SmsGateApi(access).configure(ref, webhook_url)

    def log_in(self, access: Access) -> None:
        """Ask for the webhooks."""
        SmsGateApi(access).log_in()

    def send(self, access: Access, message: Outgoing) -> Sent:
        """Queue it for the phone that has a SIM free; receipts come by the webhooks registered."""
        return SmsGateApi(access).send(message)


def _inbound(ref: str, kind: str, payload: Mapping[str, Any], url: str) -> Inbound:
    binary = kind == "sms:data-received"
    body = reading.text(payload, "data" if binary else "body" if kind == "mms:downloaded" else "message")
    files = reading.objects(payload.get("attachments"))
    return Inbound(
        ref,
        reading.needed(payload, "sender", "phoneNumber"),
        _recipient(payload, url),
        reading.base64_as_hex(body) if binary else body,
        sent_at=reading.time(payload.get("receivedAt")),
        media=tuple(
            Media(f"part:{reading.word(file.get('partId'))}", reading.text(file, "contentType"))
            for file in files
        ),
        flags=("binary",) if binary else (),
    )


def _recipient(payload: Mapping[str, Any], url: str) -> str:
    """The number of the SIM as the phone tells it, or as the webhook's address does."""
    told = reading.text(payload, "recipient")
    if told:
        return reading.needed(payload, "recipient")
    query = dict(reading.pairs(reading.query(url)))
    sim = f"sim{reading.word(payload.get('simNumber'))}"
    if not (query.get(sim) or query.get("number")):
        raise Unparsable("the phone does not tell its number: add ?number=... to the webhook address")
    return reading.needed(query, sim, "number")
