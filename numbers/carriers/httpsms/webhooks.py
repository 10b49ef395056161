"""httpSMS, https://httpsms.com: Android phones through its API.

Facts are from the sources of NdoleStudio/httpsms: `api/pkg/services/webhook_service.go`, `api/pkg/events/*.go` and
`api/docs/swagger.json`. A webhook is tried twice in all, so what failed is lost unless the log is read. Its JWT names
the address and ten minutes, but not the body: what carries one is trusted as its bearer is.
"""

from datetime import datetime
from typing import Any

from numbers.carriers.contract import LEASING, Carrier, Request, Secrets
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, anything, optional
from numbers.carriers.toolkit import addresses, authentication, payloads

_STATUSES = {
    "message.phone.sent": Status.SENT,
    "message.phone.delivered": Status.DELIVERED,
    "message.send.failed": Status.FAILED,
    "message.send.expired": Status.UNDELIVERED,
}


class HttpSms(Carrier):
    """Set-up of phones with the httpSMS app

    1. On httpsms.com, Settings, copy the API key into `api_key`, and choose a long random `signing_key` (two while you
       change it). Without one httpSMS does not sign its requests, and they are refused.
    2. Adopt the phone's number with `manage.py number adopt --account ID +18005550199`, then choose "Repair the
       webhook address" under "Differences with carriers" in the admin, which registers the webhook with the signing
       key. To do it by hand: Settings > Webhooks, the account's webhook address, events message.phone.received,
       .sent, .delivered, message.send.failed and .expired.

    The token in a request covers this address for twenty minutes, but not the message: anyone who has seen one can
    send other messages until it expires. Use https only.

    Messages that the app encrypted end-to-end are flagged "encrypted": their text is not readable here.
    """

    name = "httpsms"
    title = "httpSMS"
    media = True
    lacks = dict.fromkeys(LEASING, "the numbers are SIMs of your own")
    settings = (
        Setting("signing_key", "key that signs webhooks; two while you change it", anything),
        optional("api_key", "API key, for sending, the log, and registering webhooks"),
    )

    notices = frozenset(
        {
            "message.api.deleted",
            "message.api.sent",
            "message.call.missed",
            "message.notification.failed",
            "message.notification.scheduled",
            "message.notification.send",
            "message.notification.sent",
            "message.phone.sending",
            "message.send.retry",
            "message.thread.api.deleted",
            "phone.deleted",
            "phone.heartbeat.missed",
            "phone.heartbeat.offline",
            "phone.heartbeat.online",
            "phone.updated",
        }
    )

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the JWT: who made it, for which address, and that it holds now."""
        token = authentication.bearer(request)
        claims = authentication.claims(token, authentication.keys(secrets, "signing_key"), ("HS256",))
        # httpSMS sets nbf ten minutes back and exp ten minutes ahead, which already allows for clocks
        authentication.check_times(claims, now, 0, ("nbf", "exp"))
        audience = claims.get("aud")
        meant = audience if isinstance(audience, list) else [audience]
        # Without this a token made for another webhook with the same key would do
        if request.url.partition("#")[0] not in {addresses.normalise(str(address)) for address in meant}:
            raise BadSignature("address")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One CloudEvent; those about calls and heartbeats are notices."""
        payload = payloads.json_object(request.body)
        kind, data = payloads.needed(payload, "type"), payloads.nested(payload, "data")
        if kind == "message.phone.received":
            return [inbound(data, "message_id", "timestamp")]
        if kind in _STATUSES:
            ref = payloads.needed(data, "id", "message_id", longest=payloads.LONGEST_REF)
            error = payloads.text(data, "error_message", longest=payloads.LONGEST_NAME)
            return [Receipt(ref, _STATUSES[kind], kind, error, payloads.time(data.get("timestamp")))]
        if kind not in self.notices:
            payloads.unknown_kind(self.name, kind, payload)
        return []


def inbound(payload: dict[str, Any], ref: str, at: str) -> Inbound:
    """A received message, as webhooks and the log describe it."""
    files = payload.get("attachments")
    message = Inbound(
        payloads.needed(payload, ref, longest=payloads.LONGEST_REF),
        payloads.address(payloads.needed(payload, "contact")),
        payloads.address(payloads.needed(payload, "owner")),
        payloads.text(payload, "content"),
        sent_at=payloads.time(payload.get(at)),
        media=tuple(Media(url) for url in files if isinstance(url, str)) if isinstance(files, list) else (),
        flags=("encrypted",) if payload.get("encrypted") is True else (),
    )
    return payloads.understood(message, payload, "content")
