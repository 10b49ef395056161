"""Twilio's webhooks verify exactly when its official validator would accept them."""

import base64
import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound
from numbers.carriers.toolkit import signatures
from tempsms import ROOT
from tests.carriers.samples import NOW
from tests.carriers.samples.twilio import sample as twilio_sample
from tests.carriers.twilio_forms import FORM, TOKEN, TWILIO, URL, message, request, verified

VECTORS = json.loads((ROOT / "tests/carriers/vectors/twilio.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_the_published_vectors_hold(vector: dict[str, Any]) -> None:
    kind = "application/json" if vector["body"] is not None else FORM
    body = (
        vector["body"].encode()
        if vector["body"] is not None
        else urlencode(vector["params"], doseq=True).encode()
    )
    headers = {"X-Twilio-Signature": vector["signature"], "Content-Type": kind}
    for url in {vector["url"], vector["url"].replace("%27", "'")}:
        assert verified(Request("POST", url, headers, body), auth_token=vector["token"]) == vector["valid"]


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["body"]], ids=lambda vector: vector["name"]
)
def test_a_json_body_must_be_the_one_whose_hash_is_in_the_signed_address(vector: dict[str, Any]) -> None:
    headers = {"X-Twilio-Signature": vector["signature"], "Content-Type": "application/json"}
    body = vector["body"].encode()
    plain = vector["url"].partition("bodySHA256")[0].rstrip("?&")
    unhashed = {
        **headers,
        "X-Twilio-Signature": RequestValidator(vector["token"]).compute_signature(plain, {}),
    }
    assert not verified(Request("POST", vector["url"], headers, body + b" "), auth_token=vector["token"])
    assert not verified(Request("POST", vector["url"], headers, b""), auth_token=vector["token"])
    assert not verified(Request("POST", plain, unhashed, body), auth_token=vector["token"])


_fields = st.dictionaries(
    st.text(max_size=8),
    st.text(max_size=30) | st.lists(st.text(max_size=8), min_size=1, max_size=4),
    max_size=8,
)


@given(_fields)
@settings(deadline=None, max_examples=200)
def test_any_form_is_signed_as_the_official_validator_signs_it(fields: dict[str, str | list[str]]) -> None:
    class Multi(dict[str, Any]):
        def getlist(self, name: str) -> list[str]:
            value = self[name]
            return [value] if isinstance(value, str) else value

    assert verified(request(Multi(fields)))


def test_a_get_is_signed_over_its_address_alone() -> None:
    url = f"{URL}?{urlencode(message(Body='hi & bye + ünï'))}"
    asked = request({}, url, "GET")
    assert verified(asked)
    (event,) = TWILIO.parse(asked)
    assert isinstance(event, Inbound)
    assert event.body == "hi & bye + ünï"
    assert not verified(Request("GET", url.replace("hi", "ho"), asked.headers))
    sneaked = Request("GET", url, asked.headers, urlencode(message(Body="unsigned")).encode())
    assert not verified(sneaked)
    assert TWILIO.parse(sneaked) == [event], "what was not signed is not read"


def test_a_post_is_read_from_its_body_whatever_its_address_says() -> None:
    given = request(message(Body="body"), f"{URL}?{urlencode(message(Body='address'))}")
    assert verified(given)
    (event,) = TWILIO.parse(given)
    assert isinstance(event, Inbound)
    assert event.body == "body"


@pytest.mark.parametrize(
    ("signed", "called"),
    [
        ("https://sms.example:443/x", "https://sms.example/x"),
        ("http://sms.example:80/x?a=1", "http://sms.example/x?a=1"),
        ("https://sms.example/x", "https://sms.example:8443/x"),
        ("https://sms.example:8443/x", "https://sms.example:8443/x"),
        ("https://sms.example/x", "https://sms.example/x#rc=3&rp=all"),
        ("https://sms.example/x?a=it%27s", "https://sms.example/x?a=it's"),
        ("https://sms.example/x?a=it's", "https://sms.example/x?a=it%27s"),
        ("https://sms.example/x?a=b%20c", "https://sms.example/x?a=b+c"),
        ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
    ],
)
def test_an_address_may_be_spelled_in_the_ways_the_validators_accept(signed: str, called: str) -> None:
    given = request(message(), signed)
    assert verified(Request("POST", called, given.headers, given.body))


def test_a_form_that_is_no_utf8_verifies_in_both_readings_and_is_unparsable() -> None:
    body = urlencode(message(Body="X")).encode().replace(b"Body=X", b"Body=caf%E9")
    as_frameworks_read_it = message(Body="caf\ufffd")
    raw = b"".join([name.encode() + value.encode() for name, value in sorted(message(Body="").items())])
    raw = (URL.encode() + raw).replace(b"Body", b"Bodycaf\xe9", 1)
    for signature in (RequestValidator(TOKEN).compute_signature(URL, as_frameworks_read_it), _hmac(raw)):
        given = Request("POST", URL, {"X-Twilio-Signature": signature, "Content-Type": FORM}, body)
        assert verified(given)
        with pytest.raises(Unparsable, match="UTF-8"):
            TWILIO.parse(given)


def _hmac(signed: bytes) -> str:
    import base64
    import hmac

    return base64.b64encode(hmac.digest(TOKEN.encode(), signed, "sha1")).decode()


def test_a_shared_key_signs_with_the_algorithm_that_its_header_names() -> None:
    vector = VECTORS[0]
    signature = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="  # by twilio-python 9.13, as none is published
    assert (
        RequestValidator("12345").compute_signature(vector["url"], vector["params"], "HMAC_SHA256")
        == signature
    )
    body = urlencode(vector["params"]).encode()
    headers = {"X-Twilio-Signature": signature, "Content-Type": FORM}
    stated = "X-Twilio-Webhooks-Signature-Settings"
    named = {**headers, stated: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    assert verified(Request("POST", vector["url"], named, body), auth_token="other", shared_key="12345")
    assert verified(Request("POST", vector["url"], named, body), auth_token="12345")
    assert not verified(Request("POST", vector["url"], headers, body), auth_token="12345")
    unknown = {**headers, stated: "algorithm=HMAC_MD5"}
    assert not verified(Request("POST", vector["url"], unknown, body), auth_token="12345")
    without = {
        "X-Twilio-Signature": vector["signature"],
        stated: "key=webhooks_sharedkey_1",
        "Content-Type": FORM,
    }
    assert verified(Request("POST", vector["url"], without, body), auth_token="12345")
    assert not verified(
        Request("POST", vector["url"], {"X-Twilio-Signature": vector["signature"]}, body),
        auth_token="other",
        shared_key="12345",
    ), "a SharedKey signs nothing without its header"


def test_a_form_of_too_many_fields_is_signed_all_the_same_but_not_read() -> None:
    signatures.form.cache_clear()
    fields = message() | {f"f{n}": "" for n in range(signatures.MAX_FIELDS)}
    assert verified(request(fields))
    with pytest.raises(Unparsable, match="fields"):
        TWILIO.parse(request(fields))
    assert not verified(request(fields), auth_token="other")


def test_a_form_is_decoded_once_for_checking_and_reading() -> None:
    signatures.form.cache_clear()
    given = request(message())
    TWILIO.verify(given, {"auth_token": TOKEN}, 0)
    TWILIO.parse(given)
    assert signatures.form.cache_info().misses == 1


def test_a_signature_is_compared_as_text_not_as_the_bytes_it_encodes() -> None:
    """Base64 of 20 bytes has four loose bits: several spellings decode to the same signature."""
    sample = twilio_sample("a-secret")
    signature = sample.request.header("x-twilio-signature")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    loose = signature[:-2] + alphabet[alphabet.index(signature[-2]) ^ 1] + "="
    assert base64.b64decode(loose) == base64.b64decode(signature)
    headers = {**sample.request.headers, "x-twilio-signature": loose}
    with pytest.raises(BadSignature):
        TWILIO.verify(replace(sample.request, headers=headers), {"auth_token": "a-secret"}, NOW)
