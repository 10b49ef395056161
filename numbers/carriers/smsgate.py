"""SMS Gateway for Android, https://sms-gate.app: real SIMs in phones, through its cloud or a server of one's own.

Facts are from https://docs.sms-gate.app/features/webhooks/, the server's Swagger document and the app's sources. The
phone itself delivers, so requests come from anywhere. The id is the event's: the app may tell a message again under
another one, and does when it exports its inbox. `messageId` of a received SMS is a 32-bit hash of its text, sender,
time and SIM, so messages are told apart by all of these together.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
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
    is_presentation,
)
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.smsgate_api import SmsGateApi

_STATUSES = {
    "sms:sent": Status.SENT,
    "sms:delivered": Status.DELIVERED,  # once for each part
    "sms:failed": Status.FAILED,
    "sms:cancelled": Status.FAILED,
}
# Events of received messages, each with the fields of its text
_RECEIVED = {
    "sms:received": ("message",),
    "sms:data-received": ("data",),
    "mms:downloaded": ("subject", "body"),
}
_LONGEST_EVENT = 120  # with room for the place in a batch
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

    The signature covers the message and not the address: whoever has seen a request can send it again for five minutes
    with another number in the address. A message that came once is not taken again, whichever number it names; where
    the phone tells the number of its SIM, only that counts.

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
    notices = frozenset({"app:started", "mms:received", "system:ping"})  # mms:downloaded follows mms:received
    proof_headers = frozenset({"authorization", "x-signature"})
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
        """One event, or what the app exports or saves up as a batch of them."""
        said = reading.json_object(request.body)
        kind, payload = reading.needed(said, "event"), reading.nested(said, "payload")
        if kind in _STATUSES:
            ref = reading.needed(payload, "messageId", longest=reading.LONGEST_REF)
            reason = reading.text(payload, "reason", longest=reading.LONGEST_NAME)
            at = next((reading.time(payload[name]) for name in _TIMES if name in payload), None)
            return [Receipt(ref, _STATUSES[kind], kind, reason, at)]
        if kind in self.notices:
            return []
        single, listed = kind.replace(":batch:", ":"), payload.get("messages")
        if single not in _RECEIVED or (kind != single and not isinstance(listed, list)):
            reading.unknown_kind(self.name, kind, said)
            return []
        event = reading.needed(said, "id", longest=_LONGEST_EVENT)
        device = reading.word(said.get("deviceId"))
        if kind == single:
            return [_inbound(event, single, device, payload, request.url)]
        return reading.each(
            list(enumerate(listed or [])),
            lambda item: _inbound(f"{event}/{item[0]}", single, device, _object(item[1]), request.url),
        )

    def configure(self, access: Access, ref: str, webhook_url: str) -> None:
        """Register a webhook for each event, of this device or, without a ref, of all."""
        SmsGateApi(access).configure(ref, webhook_url)

    def log_in(self, access: Access) -> None:
        """Ask for the webhooks."""
        SmsGateApi(access).log_in()

    def send(self, access: Access, message: Outgoing) -> Sent:
        """Queue it for the phone that has a SIM free; receipts come by the webhooks registered."""
        return SmsGateApi(access).send(message)


def _object(item: object) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Unparsable("a message is no JSON object")
    return item


def _inbound(ref: str, kind: str, device: str, payload: Mapping[str, Any], url: str) -> Inbound:
    binary = kind == "sms:data-received"
    names = _RECEIVED[kind]
    body = reading.text(payload, names[-1])
    files = reading.objects(payload.get("attachments"))
    message = Inbound(
        ref,
        reading.address(reading.needed(payload, "sender", "phoneNumber")),
        _recipient(payload, url),
        reading.base64_as_hex(body) if binary else reading.with_subject(_subject(payload, names), body),
        sent_at=reading.time(payload.get("receivedAt")),
        media=tuple(
            Media(f"part:{reading.word(file.get('partId'))}", reading.text(file, "contentType"))
            for file in files
            if not is_presentation(reading.text(file, "contentType"), reading.text(file, "name"))
        ),
        flags=("binary",) if binary else (),
    )
    return reading.understood(replace(message, identity=_identity(device, message, payload)), payload, *names)


def _subject(payload: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return reading.text(payload, "subject") if "subject" in names else ""


def _identity(device: str, message: Inbound, payload: Mapping[str, Any]) -> str:
    """What one message has in common however often the app tells it; two equal texts differ in time and hash.

    The hash of data is left out: older versions of the app compute it differently each time.
    """
    sim, at = reading.word(payload.get("simNumber")), reading.text(payload, "receivedAt")
    given = "" if "binary" in message.flags else reading.word(payload.get("messageId"))
    told_at = message.sent_at.isoformat() if message.sent_at else at
    return "\n".join(("smsgate", device, sim, message.sender, told_at, given, message.body))


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
