"""Twilio's peculiarities: what it signs, what its forms say, and how its API answers."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio.twiml.messaging_response import MessagingResponse

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.toolkit import signatures
from tempsms import ROOT
from tests.carriers.samples import NOW
from tests.carriers.samples.twilio import sample as twilio_sample

URL = "https://sms.example/webhooks/twilio/AbCdEf0123/"
TOKEN = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
VECTORS = json.loads((ROOT / "tests/carriers/vectors/twilio.json").read_text())["vectors"]
TWILIO = carriers.get("twilio")


def request(fields: Any, url: str = URL, method: str = "POST", **headers: str) -> Request:
    """A request signed by the official SDK."""
    signature = RequestValidator(TOKEN).compute_signature(url, fields if method == "POST" else {})
    body = urlencode(fields, doseq=True).encode() if method == "POST" else b""
    return Request(method, url, {"X-Twilio-Signature": signature, "Content-Type": FORM, **headers}, body)


def message(**changes: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "From": "+14155550100", "To": "+15005550006", "Body": "hello", **changes}


def verified(given: Request, **secrets: str) -> bool:
    try:
        TWILIO.verify(given, secrets or {"auth_token": TOKEN}, 0)
    except BadSignature:
        return False
    return True


def read(**fields: str) -> Inbound | Receipt:
    (event,) = TWILIO.parse(request(fields))
    return event


# Signatures


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


# Messages and receipts


def test_a_message_keeps_every_character_of_its_body() -> None:
    for body in (" a ", "\n\ttab\r\n", "a+b %2B & = ?", "", "שלום 👨‍👩‍👧", "\ufeffx\u200f"):
        event = read(**message(Body=body))
        assert isinstance(event, Inbound)
        assert event.body == body


@pytest.mark.parametrize("sender", ["384387", "Norvane", "+14155550100", "whatsapp:+14155550100", " 12 34"])
def test_senders_stay_as_the_carrier_wrote_them(sender: str) -> None:
    event = read(**message(From=sender))
    assert isinstance(event, Inbound)
    assert event.sender == sender


def test_media_of_an_mms_are_listed_in_order() -> None:
    files = {
        "MediaUrl0": "https://api.twilio.com/a",
        "MediaContentType0": "image/png",
        "MediaUrl1": "https://api.twilio.com/b",
    }
    event = read(**message(MessageSid="MM1", NumMedia="2", Body="", **files))
    assert isinstance(event, Inbound)
    assert [(item.url, item.content_type) for item in event.media] == [
        ("https://api.twilio.com/a", "image/png"),
        ("https://api.twilio.com/b", ""),
    ]


@pytest.mark.parametrize("number", ["", "-1", "two", "1e3", "٣", "99999999999999999999", "1.0", "\0"])
def test_wrongly_typed_counts_are_no_reason_to_lose_a_message(number: str) -> None:
    event = read(**message(NumMedia=number, NumSegments=number))
    assert isinstance(event, Inbound)
    assert (event.segments, event.media) == (0, ())


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("queued", Status.QUEUED),
        ("sent", Status.SENT),
        ("delivered", Status.DELIVERED),
        ("read", Status.DELIVERED),
        ("undelivered", Status.UNDELIVERED),
        ("failed", Status.FAILED),
        ("canceled", Status.FAILED),
        ("teleported", Status.UNKNOWN),
    ],
)
def test_receipts_keep_the_carriers_word_and_get_ours(word: str, status: Status) -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": word, "SmsStatus": word, "ErrorCode": "30003", "To": "+1"}
    assert read(**fields) == Receipt("SM1", status, word, "30003")
    assert read(SmsSid="SM1", SmsStatus=word) == Receipt("SM1", status, word)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"MessageSid": ""}, "no MessageSid"),
        ({"From": ""}, "no From"),
        ({"To": ""}, "no To"),
        ({"MessageSid": "S" * 129}, "MessageSid is longer"),
        ({"From": "9" * 65}, "From is longer"),
        ({"To": "9" * 65}, "To is longer"),
    ],
)
def test_what_a_message_cannot_do_without_makes_it_unparsable(fields: dict[str, str], reason: str) -> None:
    with pytest.raises(Unparsable, match=reason):
        TWILIO.parse(request({**message(), **fields}))


def test_a_json_body_is_unparsable() -> None:
    with pytest.raises(Unparsable, match="JSON"):
        TWILIO.parse(Request("POST", URL, {"Content-Type": "application/json"}, b"{}"))


def test_the_answer_is_what_the_official_sdk_would_say_to_send_no_reply() -> None:
    answer = TWILIO.answer("inbound")
    assert answer.content_type == "text/xml"
    assert answer.body.decode() == str(MessagingResponse()).replace(" />", "/>")
    assert (TWILIO.answer("status").status, TWILIO.answer("status").body) == (200, b"")


# The API

ACCOUNT = "AC" + "a" * 32
OFFER = Offer("+18089255327", "US", Kind.LOCAL, frozenset({"sms"}), Decimal("1.15"))
AVAILABLE = {
    "address_requirements": "none",
    "beta": False,
    "capabilities": {"mms": True, "sms": True, "voice": False},
    "friendly_name": "(808) 925-1571",
    "iso_country": "US",
    "phone_number": "+18089251571",
}
PRICES = {
    "country": "United States",
    "iso_country": "US",
    "phone_number_prices": [
        {"number_type": "local", "base_price": "1.15", "current_price": "1.10"},
        {"number_type": "toll free", "base_price": "2.15", "current_price": "2.15"},
    ],
    "price_unit": "USD",
}


def api(answer: Callable[[httpx.Request], httpx.Response], **secrets: str) -> carriers.Api:
    known = {"account_sid": ACCOUNT, "auth_token": TOKEN, **secrets}
    return carriers.connect("twilio", known, httpx.Client(transport=httpx.MockTransport(answer)))


def failing(error: type[httpx.HTTPError]) -> carriers.Api:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error("broken")

    return api(answer)


def error(code: int, text: str, status: int = 400) -> httpx.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return httpx.Response(status, json={"code": code, "message": text, "more_info": more, "status": status})


def test_a_search_asks_for_fitting_numbers_and_adds_the_list_price() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            200,
            json=PRICES if "pricing" in request.url.host else {"available_phone_numbers": [AVAILABLE] * 3},
        )

    query = NumberQuery("US", Kind.LOCAL, frozenset({"sms", "mms"}), contains="808*", limit=2)
    offers = api(answer).search(query)
    assert (
        offers
        == [
            Offer(
                "+18089251571",
                "US",
                Kind.LOCAL,
                frozenset({"sms", "mms"}),
                Decimal("1.10"),
                Decimal(0),
                "USD",
            )
        ]
        * 2
    )
    path = f"/2010-04-01/Accounts/{ACCOUNT}/AvailablePhoneNumbers/US/Local.json"
    assert (asked[0].url.host, asked[0].url.path) == ("api.twilio.com", path)
    wanted = {"SmsEnabled": "true", "MmsEnabled": "true", "Contains": "808*", "PageSize": "2"}
    assert wanted.items() <= dict(asked[0].url.params).items()
    assert str(asked[1].url) == "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"
    assert {request.headers["authorization"] for request in asked} == {
        httpx.Headers(_basic(ACCOUNT, TOKEN))["authorization"]
    }


def _basic(user: str, password: str) -> dict[str, str]:
    request = httpx.Request("GET", "https://x/")
    return dict(next(httpx.BasicAuth(user, password).auth_flow(request)).headers)


def test_an_api_key_is_used_for_calls_when_there_is_one() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == _basic("SK1", "s3")["authorization"]
        assert ACCOUNT in request.url.path
        return httpx.Response(200, json={"incoming_phone_numbers": [], "next_page_uri": None})

    assert list(api(answer, api_key="SK1", api_secret="s3").owned()) == []


def test_a_number_that_we_have_costs_the_list_price() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://pricing.twilio.com/v1/PhoneNumbers/Countries/US"
        return httpx.Response(200, json=PRICES)

    assert api(answer).list_price("US", Kind.LOCAL) == (Decimal("1.10"), "USD")
    with pytest.raises(CallFailed, match="does not report a price"):
        api(answer).list_price("US", Kind.MOBILE)


def test_a_country_without_such_numbers_has_no_offers() -> None:
    query = NumberQuery("NO", Kind.MOBILE)
    assert api(lambda request: error(20404, "not found", 404)).search(query) == []
    assert api(lambda request: httpx.Response(200, json={"available_phone_numbers": []})).search(query) == []


LOCAL: dict[str, Any] = {"number_type": "local"}


@pytest.mark.parametrize(
    "price", [{}, LOCAL, {**LOCAL, "current_price": "gratis"}, {**LOCAL, "current_price": "-1"}]
)
def test_no_price_means_no_offer(price: dict[str, Any]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if "pricing" in request.url.host:
            return httpx.Response(200, json={**PRICES, "phone_number_prices": [price]})
        return httpx.Response(200, json={"available_phone_numbers": [AVAILABLE]})

    with pytest.raises(CallFailed, match="does not report a price"):
        api(answer).search(NumberQuery("US"))


def test_what_twilio_does_not_sell_is_unsupported_by_name() -> None:
    with pytest.raises(Unsupported, match="twilio does not support short_code numbers"):
        failing(httpx.ConnectError).search(NumberQuery("US", Kind.SHORT_CODE))
    with pytest.raises(Unsupported, match="telepathy"):
        failing(httpx.ConnectError).search(NumberQuery("US", capabilities=frozenset({"telepathy"})))


def test_a_purchase_names_the_number_and_points_it_at_the_webhook() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == (
            "POST",
            f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json",
        )
        form = {name: value for name, (value,) in parse_qs(request.content.decode()).items()}
        assert form == {"PhoneNumber": "+18089255327", "SmsUrl": f"{URL}#rc=3&rp=all", "SmsMethod": "POST"}
        return httpx.Response(201, json={"sid": "PN1", "phone_number": "+18089255327", "status": "in-use"})

    assert api(answer).buy(OFFER, URL) == Owned("PN1", "+18089255327", URL, Decimal("1.15"), "USD")


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (error(21422, "not available"), "carrier"),
        (error(21631, "address"), "account"),
        (error(20003, "no", 401), "account"),
    ],
)
def test_a_refused_purchase_says_why_and_whose_fault(response: httpx.Response, fault: str) -> None:
    with pytest.raises(Rejected) as caught:
        api(lambda request: response).buy(OFFER, URL)
    assert caught.value.fault == fault
    assert caught.value.code in str(caught.value)


@pytest.mark.parametrize(
    "broken", [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError]
)
def test_a_purchase_without_an_answer_is_uncertain(broken: type[httpx.HTTPError]) -> None:
    with pytest.raises(Uncertain):
        failing(broken).buy(OFFER, URL)
    with pytest.raises(Uncertain):
        failing(broken).release("PN1")


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(500),
        httpx.Response(503, json={"code": 20503}),
        httpx.Response(201, text="<html>"),
        httpx.Response(201, json=[]),
        httpx.Response(201, json={"sid": "PN1", "phone_number": "+18085550100"}),
        httpx.Response(201, json={"phone_number": "+18089255327"}),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(408),
    ],
)
def test_a_purchase_with_an_answer_that_leaves_it_open_is_uncertain(response: httpx.Response) -> None:
    with pytest.raises(Uncertain):
        api(lambda request: response).buy(OFFER, URL)


@pytest.mark.parametrize("broken", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
def test_a_call_that_was_never_sent_may_be_tried_again(broken: type[httpx.HTTPError]) -> None:
    with pytest.raises(CallFailed) as caught:
        failing(broken).buy(OFFER, URL)
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain | Rejected)


def test_too_many_requests_means_not_done_and_later() -> None:
    with pytest.raises(CallFailed) as caught:
        api(lambda request: error(20429, "too many", 429)).buy(OFFER, URL)
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain | Rejected)


def test_a_list_that_fails_is_never_uncertain() -> None:
    with pytest.raises(CallFailed) as caught:
        api(lambda request: httpx.Response(500)).owned()
    assert caught.value.retry
    assert not isinstance(caught.value, Uncertain)


def test_without_an_account_sid_nothing_is_called() -> None:
    with pytest.raises(Rejected, match="account_sid"):
        carriers.connect("twilio", {"auth_token": TOKEN}, failing(httpx.ReadError).http).buy(OFFER, URL)


@pytest.mark.parametrize("response", [httpx.Response(204), error(20404, "not found", 404)])
def test_a_release_deletes_and_what_is_gone_is_released(response: httpx.Response) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers/PN1%2Fx.json"
        assert (request.method, request.url.raw_path.decode()) == ("DELETE", path)
        return response

    api(answer).release("PN1/x")


def test_the_list_of_numbers_is_followed_to_its_end() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.twilio.com"
        page = int(request.url.params.get("Page", "0"))
        more = (
            f"/2010-04-01/Accounts/{ACCOUNT}/IncomingPhoneNumbers.json?Page={page + 1}" if page < 2 else None
        )
        number = {"sid": f"PN{page}", "phone_number": f"+1808555010{page}", "sms_url": f"{URL}#rc=3&rp=all"}
        return httpx.Response(200, json={"incoming_phone_numbers": [number], "next_page_uri": more})

    assert list(api(answer).owned()) == [Owned(f"PN{n}", f"+1808555010{n}", URL) for n in range(3)]


@pytest.mark.parametrize(
    "following", ["/2010-04-01/again.json", "https://evil.example/", "@evil.example/", 7]
)
def test_a_list_without_end_or_with_a_strange_next_page_is_an_error(following: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.host == "api.twilio.com"
        return httpx.Response(200, json={"incoming_phone_numbers": [], "next_page_uri": following})

    with pytest.raises(CallFailed, match="does not end"):
        api(answer).owned()


@pytest.mark.parametrize(
    "page",
    [
        {},
        {"incoming_phone_numbers": None},
        {"incoming_phone_numbers": ["x"]},
        {"incoming_phone_numbers": [{}]},
    ],
)
def test_a_list_in_another_shape_is_an_error(page: dict[str, Any]) -> None:
    with pytest.raises(CallFailed):
        api(lambda request: httpx.Response(200, json=page)).owned()


def test_errors_of_calls_never_hold_the_token() -> None:
    for refused in (
        failing(httpx.ReadTimeout),
        failing(httpx.ConnectError),
        api(lambda request: error(20003, "Authenticate", 401)),
    ):
        with pytest.raises(CallFailed) as caught:
            refused.buy(OFFER, URL)
        assert TOKEN not in str(caught.value)


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
