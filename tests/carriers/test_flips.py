"""No changed bit verifies, however a carrier signs: the ways that the samples of the contract suite don't show."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

import pytest
from twilio.request_validator import RequestValidator

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature
from tests.carriers.contract.checks import flips
from tests.carriers.samples import NOW, URL

SECRET = "a-secret"
BODY = json.dumps({"MessageSid": "SM1", "Body": "é 123456"}).encode()
JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Way:
    """A signed request, the header that signs it, and what of it is signed."""

    carrier: str
    request: Request
    secrets: Mapping[str, str]
    header: str = ""
    signed: tuple[str, ...] = ("body", "url")
    now: float = NOW


def twilio_json() -> Way:
    url = f"{URL}?bodySHA256={hashlib.sha256(BODY).hexdigest()}"
    headers = {**JSON, "x-twilio-signature": RequestValidator(SECRET).compute_signature(url, {})}
    return Way("twilio", Request("POST", url, headers, BODY), {"auth_token": SECRET}, "x-twilio-signature")


def signalwire_json() -> Way:
    signature = hmac.digest(SECRET.encode(), URL.encode() + BODY, "sha1").hex()
    request = Request("POST", URL, {**JSON, "x-signalwire-signature": signature}, BODY)
    return Way("signalwire", request, {"signing_key": SECRET}, "x-signalwire-signature")


def messagebird_older() -> Way:
    signed = f"{NOW:.0f}\nid=1\n".encode() + hashlib.sha256(BODY).digest()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    headers = {"messagebird-signature": signature, "messagebird-request-timestamp": f"{NOW:.0f}"}
    request = Request("POST", f"{URL}?id=1", {**JSON, **headers}, BODY)
    signed_by_it = ("body", "messagebird-request-timestamp")
    return Way("messagebird", request, {"signing_key": SECRET}, "messagebird-signature", signed_by_it)


def plivo_2() -> Way:
    signature = base64.b64encode(hmac.digest(SECRET.encode(), f"{URL}n1".encode(), "sha256")).decode()
    headers = {"x-plivo-signature-v2": signature, "x-plivo-signature-v2-nonce": "n1"}
    request = Request("POST", URL, headers, b"Text=Hi")
    return Way(
        "plivo", request, {"auth_token": SECRET}, "x-plivo-signature-v2", ("x-plivo-signature-v2-nonce",)
    )


def vonage_classic() -> Way:
    said = {"messageId": "m1", "msisdn": "14155550100", "text": "Hi", "timestamp": f"{NOW:.0f}", "to": "1"}
    string = "".join(f"&{name}={said[name]}" for name in sorted(said))
    signature = hmac.new(SECRET.encode(), string.encode(), "sha256").hexdigest()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    body = urlencode({**said, "sig": signature}).encode()
    return Way("vonage", Request("POST", URL, headers, body), {"signature_secret": SECRET}, signed=("body",))


@pytest.mark.parametrize("make", [twilio_json, signalwire_json, messagebird_older, plivo_2, vonage_classic])
def test_no_changed_bit_verifies(make: Callable[[], Way]) -> None:
    way = make()
    assert passes(way, way.request)
    for name in (*way.signed, *([way.header] if way.header else [])):
        for changed in changes(way.request, name):
            same = name == "body" and means(changed.body) == means(way.request.body)
            assert passes(way, changed) == same, changed


def changes(request: Request, name: str) -> list[Request]:
    """Every way to change one bit of the body, the address, or a header."""
    if name == "body":
        return [replace(request, body=raw) for raw in flips(request.body)]
    if name == "url":
        return [replace(request, url=raw.decode("latin-1")) for raw in flips(request.url.encode())]
    raws = (raw.decode("latin-1") for raw in flips(request.headers[name].encode()))
    return [replace(request, headers={**request.headers, name: raw}) for raw in raws]


def passes(way: Way, request: Request) -> bool:
    try:
        carriers.get(way.carrier).verify(request, way.secrets, way.now)
    except BadSignature:
        return False
    return True


def means(body: bytes) -> object:
    """What a signed form says, the signature's case aside; the body itself where its bytes are signed."""
    pairs = dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
    return {**pairs, "sig": pairs["sig"].lower()} if "sig" in pairs else body
