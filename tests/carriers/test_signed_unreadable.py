"""Requests that are signed right but cannot be read: their signature is good, and what they say is kept.

Signed here byte by byte as the carriers describe it: their own SDKs cannot sign what is no text.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import urlencode

import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Unparsable
from tests.carriers.samples import NOW, URL

KEY = "a-secret"
FORM = {"content-type": "application/x-www-form-urlencoded"}
Fields = list[tuple[bytes, bytes]]


def _base64_hmac(text: bytes, name: str) -> str:
    return base64.b64encode(hmac.digest(KEY.encode(), text, name)).decode()


def twilio(fields: Fields) -> Request:
    signed = URL.encode() + b"".join(name + value for name, value in sorted(fields))
    return Request("POST", URL, {**FORM, "x-twilio-signature": _base64_hmac(signed, "sha1")}, _encode(fields))


def plivo(fields: Fields) -> Request:
    signed = URL.encode() + b"?" + b"".join(name + value for name, value in sorted(fields)) + b".n1"
    headers = {"x-plivo-signature-v3": _base64_hmac(signed, "sha256"), "x-plivo-signature-v3-nonce": "n1"}
    return Request("POST", URL, {**FORM, **headers}, _encode(fields))


def plivo_get(fields: Fields) -> Request:
    signed = URL.encode() + b"?" + b"&".join(name + b"=" + value for name, value in sorted(fields)) + b".n1"
    headers = {"x-plivo-signature-v3": _base64_hmac(signed, "sha256"), "x-plivo-signature-v3-nonce": "n1"}
    return Request("GET", f"{URL}?{_encode(fields).decode()}", headers)


def vonage(fields: Fields) -> Request:
    fields = [*fields, (b"timestamp", str(NOW).encode())]
    signed = b"".join(b"&" + name + b"=" + value for name, value in sorted(fields))
    sig = hmac.digest(KEY.encode(), signed, "sha256").hex().encode()
    return Request("POST", URL, FORM, _encode([*fields, (b"sig", sig)]))


def messagebird(fields: Fields) -> Request:
    query = urlencode(sorted(fields))
    signed = f"{NOW}\n{query}\n".encode() + hashlib.sha256(b"").digest()
    headers = {
        "messagebird-signature": _base64_hmac(signed, "sha256"),
        "messagebird-request-timestamp": str(NOW),
    }
    return Request("GET", f"{URL}?{_encode(fields).decode()}", headers)


def gateway(fields: Fields) -> Request:
    return Request("GET", f"{URL}?token={KEY}&{_encode(fields).decode()}", {})


def _encode(fields: Fields) -> bytes:
    return urlencode(fields).encode()


SIGNERS: dict[str, tuple[str, str, Callable[[Fields], Request]]] = {
    "twilio": ("twilio", "auth_token", twilio),
    "plivo": ("plivo", "auth_token", plivo),
    "plivo, GET": ("plivo", "auth_token", plivo_get),
    "vonage": ("vonage", "signature_secret", vonage),
    "messagebird": ("messagebird", "signing_key", messagebird),
    "kannel": ("kannel", "token", gateway),
    "jasmin": ("jasmin", "token", gateway),
}
UNREADABLE: dict[str, Fields] = {
    "Latin 1": [(b"Body", b"caf\xe9"), (b"text", b"caf\xe9"), (b"\xff", b"")],
    "too many fields": [(f"f{n:04}".encode(), b"x") for n in range(1500)],
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("way", SIGNERS)
def test_what_is_signed_and_cannot_be_read_is_no_bad_signature(way: str, kind: str) -> None:
    name, setting, sign = SIGNERS[way]
    request, carrier = sign(UNREADABLE[kind]), carriers.get(name)
    carrier.verify(request, {setting: KEY}, NOW)
    with pytest.raises(Unparsable):
        carrier.parse(request)
    with pytest.raises(BadSignature):
        carrier.verify(request, {setting: "another"}, NOW)
