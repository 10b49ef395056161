"""SMS Gateway for Android, https://sms-gate.app: real SIMs in phones, through its cloud or a private server.

Facts are from https://docs.sms-gate.app/features/webhooks/, the server's Swagger document and the app's sources. The
phone itself delivers, so requests come from anywhere. The id is the event's: the app may report a message again under
another one, and does when it exports its inbox. `messageId` of a received SMS is a 32-bit hash of its text, sender,
time and SIM, so all of these together identify a message.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from numbers.carriers.contract import LEASING, Carrier, Feature, Request, Secrets
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Media, Receipt, Status, is_presentation
from numbers.carriers.settings import Setting, address, anything, optional
from numbers.carriers.toolkit import authentication, forms, payloads, signatures

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

    1. In the app, Settings > Webhooks > Signing key: set it as `signing_key` (two while you change it). Also set
       `username` and `password` of the cloud, or of your own server with its address as `base_url`.
    2. Many phones do not report the number of their SIM. If so, add it to the webhook address:
       `?number=%2B4915112345678`, or `?sim1=...&sim2=...` for two SIMs.
    3. Adopt the number with `manage.py number adopt --account ID +4915112345678`, with the device's id as `--ref` if
       the login has several. Then `manage.py number point +4915112345678` registers the webhooks; if the address has
       to include the number, register them in the app or through its API instead.

    The signature covers the message but not the address: for five minutes, anyone who has seen a request can repeat it
    with another number in the address. A message is accepted only once, whichever number the address has; if the
    phone reports the number of its SIM, only that is used.

    Received messages cannot be listed with their original ids; request missing ones in the app.
    """

    name = "smsgate"
    title = "SMS Gateway for Android"
    media = True
    lacks = {
        **dict.fromkeys(LEASING, "the numbers are SIMs of your own"),
        Feature.OWNED: "many phones do not know the number of their SIM",
        Feature.MESSAGES: "it does not list received messages with their original ids",
    }
    settings = (
        Setting("signing_key", "key that signs webhooks; two while you change it", anything),
        optional(
            "username",
            "user name for the cloud or your server, for sending and registering webhooks",
            anything,
        ),
        optional("password", "password of that user", anything),
        optional("base_url", "address of your own server (example: https://host/3rdparty/v1)", address),
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
        keys = authentication.keys(secrets, "signing_key")
        right = (hmac.digest(key.encode(), signed, "sha256").hex().encode() for key in keys)
        if not signatures.matches(given, right):
            raise BadSignature("signature")
        authentication.check_age(at, now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One event, or what the app exports or saves up as a batch of them."""
        fields = payloads.json_object(request.body)
        kind, payload = payloads.needed(fields, "event"), payloads.nested(fields, "payload")
        if kind in _STATUSES:
            ref = payloads.needed(payload, "messageId", longest=payloads.LONGEST_REF)
            reason = payloads.text(payload, "reason", longest=payloads.LONGEST_NAME)
            at = next((payloads.time(payload[name]) for name in _TIMES if name in payload), None)
            return [Receipt(ref, _STATUSES[kind], kind, reason, at)]
        if kind in self.notices:
            return []
        single, listed = kind.replace(":batch:", ":"), payload.get("messages")
        if single not in _RECEIVED or (kind != single and not isinstance(listed, list)):
            payloads.unknown_kind(self.name, kind, fields)
            return []
        event = payloads.needed(fields, "id", longest=_LONGEST_EVENT)
        device = payloads.word(fields.get("deviceId"))
        if kind == single:
            return [_parse_inbound(event, single, device, payload, request.url)]
        return payloads.each(
            list(enumerate(listed or [])),
            lambda item: _parse_inbound(
                f"{event}/{item[0]}", single, device, _require_object(item[1]), request.url
            ),
        )


def _require_object(item: object) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Unparsable("a message is not a JSON object")
    return item


def _parse_inbound(ref: str, kind: str, device: str, payload: Mapping[str, Any], url: str) -> Inbound:
    binary = kind == "sms:data-received"
    names = _RECEIVED[kind]
    body = payloads.text(payload, names[-1])
    files = payloads.objects(payload.get("attachments"))
    message = Inbound(
        ref,
        # Older versions of the app send `phoneNumber` alone
        payloads.address(payloads.needed(payload, "sender", "phoneNumber")),
        _find_recipient(payload, url),
        payloads.base64_as_hex(body)
        if binary
        else payloads.with_subject(_read_subject(payload, names), body),
        sent_at=payloads.time(payload.get("receivedAt")),
        media=tuple(
            Media(f"part:{payloads.word(file.get('partId'))}", payloads.text(file, "contentType"))
            for file in files
            if not is_presentation(payloads.text(file, "contentType"), payloads.text(file, "name"))
        ),
        flags=("binary",) if binary else (),
    )
    return payloads.understood(
        replace(message, identity=_make_identity(device, message, payload)), payload, *names
    )


def _read_subject(payload: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return payloads.text(payload, "subject") if "subject" in names else ""


def _make_identity(device: str, message: Inbound, payload: Mapping[str, Any]) -> str:
    """What identifies a message however often the app reports it; two equal texts differ in time and hash.

    The hash of data is left out: older versions of the app compute it differently each time.
    """
    sim, at = payloads.word(payload.get("simNumber")), payloads.text(payload, "receivedAt")
    given = "" if "binary" in message.flags else payloads.word(payload.get("messageId"))
    told_at = message.sent_at.isoformat() if message.sent_at else at
    return "\n".join(("smsgate", device, sim, message.sender, told_at, given, message.body))


def _find_recipient(payload: Mapping[str, Any], url: str) -> str:
    """The number of the SIM as the phone reports it, or else from the webhook address."""
    reported = payloads.text(payload, "recipient")
    if reported:
        return payloads.needed(payload, "recipient")
    query = dict(forms.pairs(forms.query(url)))
    sim = f"sim{payloads.word(payload.get('simNumber'))}"
    if not (query.get(sim) or query.get("number")):
        raise Unparsable("the phone does not report its number: add ?number=... to the webhook address")
    return payloads.needed(query, sim, "number")
