"""Vonage (Nexmo): classic SMS API and Messages API v1, Numbers API.

Facts are from https://developer.vonage.com/en/getting-started/concepts/signing-messages, /concepts/webhooks,
/messaging/sms/guides/inbound-sms and /messages/concepts/signed-webhooks, the OpenAPI documents sms.yml and numbers.yml,
and the SDKs for Python and Ruby. Two formats come to the same address: an application that a number is bound to sends
Messages API JSON with a JWT, a number without one sends the classic form with `sig`.
"""

import hashlib
import hmac
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import jwt

from numbers.carriers.contract import (
    Carrier,
    Feature,
    Request,
    Secrets,
    first_secret,
    secret_values,
    unix_seconds,
)
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Media, Part, Receipt, Status, is_presentation
from numbers.carriers.settings import Setting, one_of, optional
from numbers.carriers.toolkit import authentication, forms, payloads, signatures

# Classic: /messaging/sms/guides/delivery-receipts; Messages API: submitted, undeliverable, read
_STATUSES = {
    "accepted": Status.QUEUED,
    "buffered": Status.QUEUED,
    "submitted": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.DELIVERED,
    "expired": Status.UNDELIVERED,
    "undeliverable": Status.UNDELIVERED,
    "failed": Status.UNDELIVERED,
    "rejected": Status.FAILED,
}
_METHODS = ("md5", "sha1", "sha256", "sha512")


class Vonage(Carrier):
    """Set-up of a Vonage account

    1. In the dashboard, Settings: "API key" and "API secret" are `api_key` and `api_secret`; "Signature secret" is
       `signature_secret` (two while you change it). Ask Vonage's support to sign your webhooks: they are unsigned
       until then, and refused. If you know the method (md5hash, md5, sha1, sha256, sha512), set it as
       `signature_method`, so that no other is accepted.
    2. Numbers that are bought here are pointed at the webhook address automatically. For a number you already own:
       Numbers > Your numbers > the number > "Inbound SMS webhook URL": the account's webhook address; HTTP method
       POST or POST-JSON in the settings. Or bind it to an application with the Messages capability, whose "Inbound
       URL" is this address and whose "Status URL" is the status address.
    3. Then adopt the number with `manage.py number adopt --account ID +447700900123`.

    Long messages are delivered in parts and joined here. Prices are in EUR.
    """

    name = "vonage"
    title = "Vonage"
    media = True
    parts = True
    lacks = {Feature.ORDERS: "purchases are complete at once"}
    settings = (
        Setting("signature_secret", "secret that signs webhooks; two while you change it"),
        optional(
            "signature_method",
            "signature method: md5hash, md5, sha1, sha256 or sha512; any if empty",
            one_of(("md5hash", "md5", "sha1", "sha256", "sha512")),
        ),
        optional("api_key", "API key, for searching, buying, releasing and sending"),
        optional("api_secret", "secret of the API key"),
    )

    proof_parameters = frozenset({"sig", "token"})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the JWT of the Messages API, or `sig` of the classic one, and that it is at most 300 s off.

        An empty GET passes, since it carries nothing: Vonage sends one before it accepts an address.
        """
        if _has_token(request):
            token = authentication.bearer(request)
            _check_token(request, token, authentication.keys(secrets, "signature_secret"), secrets, now)
            return
        payload = _signed_fields(request)
        if request.method == "GET" and not payload:
            return
        # The SDK for Ruby writes the hash in capitals, the one for Python in small letters
        given = payload.pop("sig", "").lower()
        if not given:
            raise BadSignature("no signature")
        keys = authentication.keys(secrets, "signature_secret")
        methods = secret_values(secrets, "signature_method") or ["md5hash", *_METHODS]
        if not signatures.matches(given, _possible_signatures(payload, keys, methods)):
            raise BadSignature("signature")
        authentication.check_age(payload.get("timestamp", ""), now)

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """One message, part or receipt, in either format."""
        if _is_json(request):
            payload = payloads.json_object(request.body)
            if "message_uuid" in payload:
                return [_from_messages_api(payload)]
        fields = _read_fields(request)
        if not fields and request.method == "GET":
            return []
        return [
            _parse_receipt(fields) if "status" in fields and "text" not in fields else _parse_inbound(fields)
        ]

    def sign(self, request: Request, secrets: Secrets) -> Request:
        """A JWT in the header of what is JSON, as the Messages API has it; in a form the parameters that sign it."""
        if _is_json(request):
            return super().sign(request, secrets)
        fields = dict(forms.pairs(request.body))
        fields |= {"timestamp": str(int(time.time())), "nonce": str(uuid.uuid4())}
        keys, methods = ([first_secret(secrets, name)] for name in ("signature_secret", "signature_method"))
        fields["sig"] = next(_possible_signatures(fields, keys, methods)).decode()
        return replace(request, body=urlencode(fields).encode())

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The Messages API's JWT."""
        claims = {
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
            "iss": "Vonage",
            "payload_hash": hashlib.sha256(request.body).hexdigest(),
            "api_key": first_secret(secrets, "api_key"),
            "application_id": first_secret(secrets, "application_id"),
        }
        token = jwt.encode(claims, first_secret(secrets, "signature_secret"), "HS256")
        return {"authorization": f"Bearer {token}"}


def _check_token(
    request: Request, token: str, keys: list[str], secrets: Secrets, now: float | datetime
) -> None:
    """The Messages API's JWT: when it was made, and a hash of the body."""
    claims = authentication.claims(token, keys, ("HS256",))
    authentication.check_times(claims, now, 0, ())
    made = claims.get("iat")
    if not isinstance(made, int | float) or abs(made - unix_seconds(now)) > authentication.WINDOW:
        raise BadSignature("clock")
    expected = hashlib.sha256(request.body).hexdigest().encode()
    if not signatures.matches(str(claims.get("payload_hash", "")).lower(), [expected]):
        raise BadSignature("body")
    ours = secret_values(secrets, "api_key")
    if ours and claims.get("api_key", ours[0]) not in ours:
        raise BadSignature("another account")


def _possible_signatures(payload: Mapping[str, str], keys: list[str], methods: list[str]) -> Iterator[bytes]:
    """Over "&name=value" of all parameters, sorted; & and = inside values become underscores.

    In a name they would move the border between two parameters; no name of Vonage's has them.
    """
    if any("&" in name or "=" in name for name in payload):
        return
    pairs = (f"&{name}={payload[name].replace('&', '_').replace('=', '_')}" for name in sorted(payload))
    signed = forms.encode_signed("".join(pairs))
    for key in keys:
        for method in methods:
            if method == "md5hash":
                yield hashlib.md5(signed + key.encode(), usedforsecurity=False).hexdigest().encode()
            elif method in _METHODS:
                yield hmac.digest(key.encode(), signed, method).hex().encode()


def _has_token(request: Request) -> bool:
    return bool(request.header("authorization"))


def _is_json(request: Request) -> bool:
    """A token signs the body, but not the method, the query or the type: with one, only JSON is read."""
    said_to_be = "json" in request.header("content-type").lower() and request.method != "GET"
    return said_to_be or _has_token(request)


def _read_fields(request: Request) -> dict[str, str]:
    """Parameters, whichever way the account sends them: query, form or JSON."""
    if request.method == "GET" and not _has_token(request):
        return dict(forms.pairs(forms.query(request.url)))
    if _is_json(request):
        return payloads.flat(payloads.json_object(request.body))
    return dict(forms.pairs(request.body)) if request.body else {}


def _signed_fields(request: Request) -> dict[str, str]:
    """The same for checking a signature: whatever its charset, and however many fields it has."""
    if request.method == "GET":
        return dict(forms.signed_pairs(forms.query(request.url)))
    if "json" not in request.header("content-type").lower():
        return dict(forms.signed_pairs(request.body))
    try:
        return _read_fields(request)
    except Unparsable as error:  # what is not JSON cannot have been signed
        raise BadSignature(str(error)) from error


def _parse_inbound(payload: Mapping[str, str]) -> Inbound:
    binary = payload.get("type") == "binary"
    part = None
    if payload.get("concat") == "true":
        index, total = payloads.count(payload.get("concat-part")), payloads.count(payload.get("concat-total"))
        if 1 <= index <= total:
            # The reference counts to 255 or 65,535 and starts over, so the total is part of the group's name
            part = Part(f"{payload.get('concat-ref', '')[:32]}/{total}", index, total)
    field = "data" if binary else "text"
    message = Inbound(
        payloads.needed(payload, "messageId", longest=payloads.LONGEST_REF),
        payloads.phone(payloads.needed(payload, "msisdn", "from")),
        payloads.phone(payloads.needed(payload, "to")),
        payload.get(field, ""),
        sent_at=payloads.time(payload.get("message-timestamp")),
        flags=("binary",) if binary else (),
        part=part,
    )
    return payloads.understood(message, payload, field)


def _parse_receipt(payload: Mapping[str, str]) -> Receipt:
    word, code = (
        payload["status"][: payloads.LONGEST_NAME],
        payload.get("err-code", "")[: payloads.LONGEST_NAME],
    )
    ref = payloads.needed(payload, "messageId", longest=payloads.LONGEST_REF)
    at = payloads.time(payload.get("message-timestamp"))
    return Receipt(ref, _STATUSES.get(word, Status.UNKNOWN), word, "" if code == "0" else code, at)


def _from_messages_api(payload: dict[str, Any]) -> Inbound | Receipt:
    ref = payloads.needed(payload, "message_uuid", longest=payloads.LONGEST_REF)
    at = payloads.time(payload.get("timestamp"))
    if "status" in payload:
        word = payloads.text(payload, "status", longest=payloads.LONGEST_NAME)
        code = payloads.word(payloads.nested(payload, "error").get("title"))
        return Receipt(ref, _STATUSES.get(word, Status.UNKNOWN), word, code, at)
    # an MMS has one file under the name of its kind, or several in a list, each with its kind beside it
    files = [
        payloads.nested(payload, payloads.text(payload, "message_type")),
        *payloads.objects(payload.get("content")),
    ]
    texts = [payloads.text(payload, "text"), *(payloads.text(file, "caption", "text") for file in files)]
    message = Inbound(
        ref,
        payloads.phone(payloads.needed(payload, "from")),
        payloads.phone(payloads.needed(payload, "to")),
        payloads.with_subject(payloads.text(payload, "subject"), "\n".join(filter(None, texts))),
        sent_at=at,
        segments=payloads.count(payloads.nested(payload, "sms").get("num_messages")),
        media=tuple(
            Media(file["url"])
            for file in files
            if isinstance(file.get("url"), str) and not is_presentation("", payloads.text(file, "name"))
        ),
    )
    return message if message.body else payloads.understood(message, payload, "text")
