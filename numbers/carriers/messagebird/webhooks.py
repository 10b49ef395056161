"""MessageBird: the classic API, rest.messagebird.com.

Facts are from https://developers.messagebird.com (signed requests, SMS, numbers), the official python-rest-api 2.2
(`messagebird/request_validator.py`, `signed_request.py`) and requests as its users recorded them. Inbound fields are
named differently by long numbers, short codes and flows; every name that was seen is read.
"""

import base64
import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from numbers.carriers.contract import (
    Answer,
    Carrier,
    Feature,
    Purpose,
    Request,
    Secrets,
    first_secret,
)
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Media, Receipt, Status
from numbers.carriers.settings import Setting, currency, optional, price
from numbers.carriers.toolkit import addresses, authentication, forms, payloads, signatures

_STATUSES = {
    "scheduled": Status.QUEUED,
    "buffered": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "expired": Status.UNDELIVERED,
    "delivery_failed": Status.UNDELIVERED,
}
_ALGORITHMS = ("HS256", "HS384", "HS512")
_LEEWAY = 1  # seconds, as in the official SDK


class MessageBird(Carrier):
    """Set-up of a MessageBird account

    1. In the dashboard, Developers > Settings, copy the "signing key" (not the API key) into `signing_key` (two while
       you rotate it). For searching, buying, releasing and sending, set a live API key as `access_key`.
    2. MessageBird's API does not report prices of numbers. To lease numbers here, set the monthly cost of one as
       `price_month` and its currency as `price_currency`; without a price no numbers are offered.
    3. In Flow Builder, create a flow with the trigger SMS for your numbers and the step "Forward to URL" or "Call HTTP
       endpoint": the account's webhook address, POST, "Sign requests" on.
    4. Adopt numbers that you already own with `manage.py number adopt --account ID +31612345678`.
    """

    name = "messagebird"
    title = "MessageBird"
    media = True
    lacks = {
        Feature.ORDERS: "purchases are complete at once",
        Feature.CONFIGURE: "a flow in its dashboard decides where messages go",
    }
    settings = (
        Setting("signing_key", "key that signs webhooks; two while you rotate it"),
        optional("access_key", "live API key, for searching, buying, releasing and sending"),
        optional("price_month", "monthly cost of a number", price),
        optional("price_currency", "currency of that price (ISO 4217); EUR if empty", currency),
    )

    proof_headers = frozenset({"authorization", "messagebird-signature", "messagebird-signature-jwt"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the JWT over address and body, or, where only that came, the older signature."""
        token, older = request.header("messagebird-signature-jwt"), request.header("messagebird-signature")
        if not token and not older:
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "signing_key")
        if token:
            _check_token(request, token, keys, now)
        else:
            _check_older(request, older, keys, now)

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """MessageBird-Signature-JWT, good for a minute from now on."""
        now = int(time.time())
        claims: dict[str, str | int] = {
            "iss": "MessageBird",
            "nbf": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
            "url_hash": hashlib.sha256(request.url.partition("#")[0].encode()).hexdigest(),
        }
        claims |= {"payload_hash": hashlib.sha256(request.body).hexdigest()} if request.body else {}
        token = authentication.write_token(claims, first_secret(secrets, "signing_key"))
        return {"messagebird-signature-jwt": token}

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A message by POST (or GET), or a receipt by GET; receipts have a status."""
        payload = _read_fields(request)
        if "status" in payload and "body" not in payload and "message" not in payload:
            word = payload["status"][: payloads.LONGEST_NAME]
            return [
                Receipt(
                    payloads.needed(payload, "id", "message_id", longest=payloads.LONGEST_REF),
                    _STATUSES.get(word, Status.UNKNOWN),
                    word,
                    payload.get("statusErrorCode", "")[: payloads.LONGEST_NAME],
                    payloads.time(payload.get("statusDatetime")),
                )
            ]
        message = Inbound(
            payloads.needed(payload, "id", "message_id", "mid", longest=payloads.LONGEST_REF),
            payloads.phone(payloads.needed(payload, "originator", "sender")),
            payloads.phone(payloads.needed(payload, "recipient", "receiver", "shortcode")),
            payloads.with_subject(
                payload.get("subject", ""), payload.get("body") or payload.get("message", "")
            ),
            sent_at=_sent_at(payload),
            media=tuple(_list_media(request)),
        )
        return [payloads.understood(message, payload, "body", "message", "subject")]

    def answer(self, purpose: Purpose) -> Answer:
        """200 with "OK"."""
        return Answer(200, body=b"OK")


def _check_token(request: Request, token: str, keys: list[str], now: float | datetime) -> None:
    """MessageBird-Signature-JWT: hashes of the whole address and of the body, good for a minute."""
    claims = authentication.claims(token, keys, _ALGORITHMS)
    if claims.get("iss") != "MessageBird":
        raise BadSignature("issuer")
    authentication.check_times(claims, now, _LEEWAY, ("nbf", "exp"))
    _, mark, query = request.url.partition("#")[0].partition("?")
    meant = (f"{base}{mark}{query}" for base in addresses.spellings(request))
    right = (hashlib.sha256(address.encode(errors="backslashreplace")).hexdigest() for address in meant)
    if not signatures.matches(str(claims.get("url_hash")), (address.encode() for address in right)):
        raise BadSignature("address")
    stated = claims.get("payload_hash")
    expected = hashlib.sha256(request.body).hexdigest().encode()
    # A token without a body's hash would let a body be added, as one of the official test cases does
    if bool(stated) != bool(request.body) or (stated and not signatures.matches(str(stated), [expected])):
        raise BadSignature("body")


def _check_older(request: Request, given: str, keys: list[str], now: float | datetime) -> None:
    """MessageBird-Signature: HMAC-SHA256 over time, sorted query and the body's hash."""
    at = request.header("messagebird-request-timestamp")
    pairs = sorted(forms.signed_pairs(forms.query(request.url)))
    query = urlencode([(forms.encode_signed(name), forms.encode_signed(value)) for name, value in pairs])
    signed = f"{at}\n{query}\n".encode(errors="replace")
    signed += hashlib.sha256(request.body).digest()
    right = (base64.b64encode(hmac.digest(key.encode(), signed, "sha256")) for key in keys)
    if not signatures.matches(given, right):
        raise BadSignature("signature")
    authentication.check_age(at, now)


def _read_fields(request: Request) -> Mapping[str, str]:
    """Names and values; of a name that comes twice the first that is not empty."""
    if _is_json(request):
        return payloads.flat(payloads.json_object(request.body))
    found: dict[str, str] = {}
    for name, value in _read_pairs(request):
        # Recorded: the same form names `id` twice
        found[name] = found.get(name) or value
    return found


def _is_json(request: Request) -> bool:
    """By the signed body, not by the header, which nobody signs: JSON read as a form could say anything."""
    return request.method != "GET" and request.body.lstrip()[:1] == b"{"


def _list_media(request: Request) -> Iterator[Media]:
    """Files, of a form or of JSON. JSON is never read as a form: its text could name files that are none."""
    if not _is_json(request):
        yield from (
            Media(url) for name, url in _read_pairs(request) if name.rstrip("[]") == "mediaURLs" and url
        )
        return
    listed = payloads.json_object(request.body).get("mediaURLs")
    for url in listed if isinstance(listed, list) else [listed]:
        if isinstance(url, str) and url:
            yield Media(url)


def _read_pairs(request: Request) -> list[tuple[str, str]]:
    return forms.pairs(forms.query(request.url) if request.method == "GET" else request.body)


def _sent_at(payload: Mapping[str, str]) -> datetime | None:
    """The time: long numbers use ISO 8601, short codes YYYYMMDDHHMMSS."""
    written = payload.get("createdDatetime") or payload.get("CreatedDatetime") or payload.get("date_utc", "")
    short = payload.get("receive_datetime", "")
    try:
        return payloads.time(written) or datetime.strptime(short, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
