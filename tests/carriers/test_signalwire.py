"""SignalWire: signatures against the official validator and vectors, its receipts, and where its API differs.

Vectors: signalwire-python tests/unit/security/test_webhook_validator.py (VECTOR_A, VECTOR_B, VECTOR_C).
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from signalwire.core.security.webhook_validator import (
    validate_webhook_signature,
    validate_webhook_signature_sha256,
)

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Rejected, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Receipt, Status
from tests.carriers import samples as carrier_samples

SIGNALWIRE = carriers.get("signalwire")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
CALL = {"CallSid": "CA1234567890ABCDE", "Digits": "1234", "From": "+14158675309", "To": "+18005551212"}
VECTOR_A = b'{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}'
HASHED = "https://example.ngrok.io/webhook?bodySHA256="
HASH = "69f3cbfc18e386ef8236cb7008cd5a54b7fed637a8cb3373b5a1591d7f0fd5f4"


def verified(request: Request, *keys: str) -> bool:
    try:
        SIGNALWIRE.verify(request, {"signing_key": list(keys)}, 0)
    except BadSignature:
        return False
    return True


@pytest.mark.parametrize("header", ["X-SignalWire-Signature", "X-Twilio-Signature"])
def test_a_form_is_signed_as_twilio_signs(header: str) -> None:
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    body = urlencode({**CALL, "Caller": "+14158675309"}).encode()
    signed = Request("POST", url, {**FORM, header: "RSOYDt4T1cUTdK1PDd93/VVr8B8="}, body)
    assert verified(signed, "old", "12345")
    assert not verified(signed, "old")
    assert not verified(Request("POST", url, dict(signed.headers), body + b"1"), "12345")


@pytest.mark.parametrize(
    ("url", "body", "signature"),
    [
        ("https://example.ngrok.io/webhook", VECTOR_A, "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"),
        (HASHED + HASH, b'{"event":"call.state"}', "dfO9ek8mxyFtn2nMz24plPmPfIY="),
    ],
)
def test_json_is_signed_by_its_bytes_or_its_hash(url: str, body: bytes, signature: str) -> None:
    key = "PSKtest1234567890abcdef"
    headers = {**JSON, "X-SignalWire-Signature": signature}
    assert verified(Request("POST", url, headers, body), key)
    assert not verified(Request("POST", url, headers, body + b" "), key)
    assert not verified(Request("POST", url, headers, body), "PSKother")
    assert validate_webhook_signature(key, signature, url, body.decode())


@given(
    st.text(min_size=1), st.text(), st.sampled_from(["https://a.example/x", "https://a.example:443/x?y=1"])
)
def test_ours_and_the_official_validator_agree(key: str, text: str, url: str) -> None:
    key, text = (item.encode(errors="replace").decode() for item in (key, text))
    sample = carrier_samples.get("signalwire", key)
    signature, body = sample.request.header(sample.header), sample.request.body
    for tried in (sample.request.url, url):
        request = Request("POST", tried, dict(sample.request.headers), body)
        theirs = validate_webhook_signature(key, signature, tried, body.decode())
        assert verified(request, key) == theirs == (tried == sample.request.url)


def test_the_stronger_signature_is_the_one_that_counts() -> None:
    import hashlib
    import hmac

    url, body, key = "https://example.ngrok.io/webhook", VECTOR_A, "PSKtest1234567890abcdef"
    strong = hmac.new(key.encode(), url.encode() + body, hashlib.sha256).hexdigest()
    assert validate_webhook_signature_sha256(key, strong, url, body.decode())
    weak = {**JSON, "X-SignalWire-Signature": "c3c08c1fefaf9ee198a100d5906765a6f394bf0f"}
    assert verified(Request("POST", url, {**JSON, "X-SignalWire-Sha256-Signature": strong}, body), key)
    assert not verified(Request("POST", url, {**weak, "X-SignalWire-Sha256-Signature": "0" * 64}, body), key)


def test_no_key_and_no_signature_are_told_apart() -> None:
    request = carrier_samples.get("signalwire", "k").request
    with pytest.raises(BadSignature, match="no secret"):
        SIGNALWIRE.verify(request, {}, 0)
    with pytest.raises(BadSignature, match="no signature"):
        SIGNALWIRE.verify(Request("POST", request.url, FORM, request.body), {"signing_key": "k"}, 0)


RECEIPT = {"MessageSid": "0b4c9d7e", "MessageStatus": "undelivered", "ErrorCode": 30003, "Body": "Hello"}


@pytest.mark.parametrize("body", [json.dumps(RECEIPT).encode(), urlencode(RECEIPT).encode()])
def test_receipts_come_as_form_or_as_json(body: bytes) -> None:
    request = Request("POST", "https://x/status/", JSON if body[:1] == b"{" else FORM, body)
    assert SIGNALWIRE.parse(request) == [Receipt("0b4c9d7e", Status.UNDELIVERED, "undelivered", "30003")]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b"[" * 100_000, b"{}"])
def test_json_that_says_nothing_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        SIGNALWIRE.parse(Request("POST", "https://x/", JSON, body))


def test_messages_keep_their_text() -> None:
    (message,) = SIGNALWIRE.parse(carrier_samples.get("signalwire", "k").request)
    assert isinstance(message, Inbound)
    assert message.body == carrier_samples.TEXT


# The API

LOGIN = {"space": "Example", "project_id": "6bfbbe86", "api_token": "PT1", "price_local": "0.50"}
BASE = "https://example.signalwire.com/api/laml/2010-04-01/Accounts/6bfbbe86"


def api(answer: Callable[[httpx.Request], httpx.Response], **settings: str) -> carriers.Api:
    return carriers.connect(
        "signalwire", {**LOGIN, **settings}, httpx.Client(transport=httpx.MockTransport(answer))
    )


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(request.url)


def test_offers_have_the_operators_price() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert str(request.url).partition("?")[0] == f"{BASE}/AvailablePhoneNumbers/US/Local"
        assert request.headers["authorization"] == httpx.BasicAuth("6bfbbe86", "PT1")._auth_header
        item = {
            "phone_number": "+15005550006",
            "iso_country": "US",
            "capabilities": {"SMS": True, "MMS": False},
        }
        return httpx.Response(200, json={"available_phone_numbers": [item]})

    offer = Offer("+15005550006", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("0.50"))
    assert api(answer).search(NumberQuery("US")) == [offer]
    for price in ("", "cheap", "-1", "NaN"):
        with pytest.raises(Rejected, match="price_local"):
            api(answer, price_local=price).search(NumberQuery("US"))


def test_kinds_that_signalwire_does_not_sell_are_unsupported_by_name() -> None:
    with pytest.raises(Unsupported, match="signalwire does not support mobile numbers"):
        api(never).search(NumberQuery("GB", Kind.MOBILE))


def test_numbers_are_listed_by_the_projects_path() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        more = None if "Page=1" in str(request.url) else "/api/laml/2010-04-01/Accounts/6bfbbe86/next?Page=1"
        assert request.url.host == "example.signalwire.com"
        item = {"sid": "id", "phone_number": "+15005550006", "sms_url": "https://old.example/"}
        return httpx.Response(200, json={"incoming_phone_numbers": [item], "next_page_uri": more})

    assert list(api(answer).owned()) == [Owned("id", "+15005550006", "https://old.example/")] * 2


@pytest.mark.parametrize("space", ["evil.example/", "a@b", "", "x" * 64, "a.b", "https://x", "-a"])
def test_a_space_that_is_no_name_is_never_called(space: str) -> None:
    with pytest.raises(Rejected):
        list(api(never, space=space).owned())


def test_errors_are_told_in_signalwires_words() -> None:
    refusal: dict[str, Any] = {"code": "21422", "message": "not available", "status": 400}
    with pytest.raises(Rejected, match="SignalWire: not available"):
        api(lambda request: httpx.Response(400, json=refusal)).release("id")
