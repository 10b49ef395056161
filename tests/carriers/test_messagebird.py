"""MessageBird: signatures against official vectors and the official SDK, its fields, its API's published shapes.

https://developers.messagebird.com/api/, /quickstarts/sms/receive; python-rest-api tests/test_signed_request.py
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from messagebird.error import ValidationError
from messagebird.request_validator import RequestValidator

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Media, Outgoing, Receipt, Sent, Status
from tempsms import ROOT
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.messagebird import token

BIRD = carriers.get("messagebird")
KEY = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd"
VECTORS = json.loads((ROOT / "tests/carriers/vectors/messagebird.json").read_text())


def verified(request: Request, *keys: str, now: float = NOW) -> bool:
    try:
        BIRD.verify(request, {"signing_key": list(keys)}, now)
    except BadSignature:
        return False
    return True


def signed(body: bytes, jwt: str, url: str = URL) -> Request:
    return Request("POST", url, {"MessageBird-Signature-JWT": jwt}, body)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_official_vectors(case: dict[str, Any]) -> None:
    headers = {"MessageBird-Signature-JWT": case["token"]}
    request = Request(case["method"], case["url"], headers, case.get("payload", "").encode())
    assert verified(request, VECTORS["secret"], now=VECTORS["at"]) == case["valid"]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
@pytest.mark.parametrize("tampered", ["", "body", "url", "key"])
def test_ours_and_the_official_sdk_agree(algorithm: str, tampered: str) -> None:
    now = int(datetime.now(UTC).timestamp())
    body, url, key = b"id=1", URL + "?a=%20b", KEY * 2
    jwt = token(key, url, body, algorithm, {"nbf": now, "exp": now + 60})
    body += b"x" if tampered == "body" else b""
    url += "x" if tampered == "url" else ""
    key += "x" if tampered == "key" else ""
    try:
        RequestValidator(key).validate_signature(jwt, url, body)
        theirs = True
    except ValidationError:
        theirs = False
    assert verified(signed(body, jwt, url), key, now=now) == theirs
    assert theirs == (tampered == "")


@pytest.mark.parametrize(
    "changes",
    [{"iss": "Else"}, {"exp": None}, {"nbf": None}, {"nbf": "x"}, {"url_hash": None}, {"payload_hash": 1}],
)
def test_claims_that_are_missing_or_others_refuse(changes: dict[str, object]) -> None:
    assert not verified(signed(b"id=1", token(KEY, URL, b"id=1", changes=changes)), KEY)


def test_a_token_is_good_for_its_minute_and_a_second() -> None:
    request = signed(b"id=1", token(KEY, URL, b"id=1"))
    assert [verified(request, KEY, now=NOW + off) for off in (-2, -1, 0, 60, 62)] == [
        False,
        True,
        True,
        True,
        False,
    ]


def test_what_is_no_token_is_refused() -> None:
    for jwt in ("x", "a.b.c", "..", "bnVsbA.bnVsbA.x", "W10.W10.x", "é.é.é"):
        assert not verified(signed(b"id=1", jwt), KEY)


REPORT = {
    "recipient": "31612345678",
    "reference": "FOO",
    "statusDatetime": "2019-01-11T09:17:11+00:00",
    "id": "eef0ab57a9e049be946f3821568c2b2e",
    "status": "delivered",
    "mccmnc": "20408",
    "ported": "1",
}


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (b"", "KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w="),
        (b'{"foo":"bar"}', "2bl+38H4oHVg03pC3bk2LvCB0IHFgfC4cL5HPQ0LdmI="),
    ],
)
def test_the_older_signature_is_checked_where_only_it_came(body: bytes, signature: str) -> None:
    headers = {"MessageBird-Signature": signature, "MessageBird-Request-Timestamp": "1547198231"}
    request = Request("GET", f"https://x.example/?{urlencode(REPORT)}", headers, body)
    assert verified(request, "old", KEY, now=1547198231 + 300)
    assert not verified(request, KEY, now=1547198231 + 301)
    assert not verified(Request("GET", request.url + "1", headers, body), KEY, now=1547198231)


def test_a_receipt_comes_as_a_query() -> None:
    request = Request("GET", f"https://x.example/?{urlencode(REPORT)}", {})
    at = datetime(2019, 1, 11, 9, 17, 11, tzinfo=UTC)
    assert BIRD.parse(request) == [Receipt(REPORT["id"], Status.DELIVERED, "delivered", "", at)]
    failed = urlencode({**REPORT, "status": "delivery_failed", "statusErrorCode": "104"})
    (receipt,) = BIRD.parse(Request("GET", f"https://x.example/?{failed}", {}))
    assert isinstance(receipt, Receipt)
    assert (receipt.status, receipt.error_code) == (Status.UNDELIVERED, "104")


def read(form: bytes, kind: str = "application/x-www-form-urlencoded") -> Inbound:
    (message,) = BIRD.parse(Request("POST", URL, {"content-type": kind}, form))
    assert isinstance(message, Inbound)
    return message


def test_long_numbers_short_codes_and_files_name_their_fields_differently() -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    long = b"id=&id=m1&receiver=31612345678&originator=31687654321&message=Hi&date_utc=2026-03-01T12:00:00"
    assert read(long) == Inbound("m1", "+31687654321", "+31612345678", "Hi", sent_at=at)
    short = b"mid=m2&shortcode=3010&originator=31687654321&body=Hi&receive_datetime=20260301120000"
    assert read(short) == Inbound("m2", "+31687654321", "3010", "Hi", sent_at=at)
    files = (
        b"id=m3&recipient=31612345678&originator=Norvane&body=&mediaURLs=https://a/1&mediaURLs=https://a/2"
    )
    assert read(files) == Inbound(
        "m3", "Norvane", "+31612345678", "", media=(Media("https://a/1"), Media("https://a/2"))
    )
    body = json.dumps(
        {"id": "m4", "recipient": "31612345678", "originator": "31687654321", "body": "é\n"}
    ).encode()
    assert read(body, "application/json").body == "é\n"


@pytest.mark.parametrize("form", [b"", b"id=1&originator=2", b"id=1&recipient=2&originator=", b"id=%ff"])
def test_what_a_message_cannot_do_without_makes_it_unparsable(form: bytes) -> None:
    with pytest.raises(Unparsable):
        read(form)


# The API

LOGIN = {"access_key": "live_1", "price_month": "1.50"}
NUMBERS = "https://numbers.messagebird.com/v1"
LISTED = {"number": "3197010260188", "country": "NL", "features": ["sms", "voice"], "type": "mobile"}


def test_offers_have_the_operators_price() -> None:
    url = f"GET {NUMBERS}/available-phone-numbers/NL?features=sms&type=mobile&limit=20"
    said = talk(LOGIN, (url, {"items": [LISTED], "limit": 20, "count": 1}))
    offer = Offer(
        "+3197010260188", "NL", Kind.MOBILE, frozenset({"sms", "voice"}), Decimal("1.50"), currency="EUR"
    )
    assert said.api("messagebird").search(NumberQuery("NL", Kind.MOBILE)) == [offer]
    assert said.header("authorization") == "AccessKey live_1"
    with pytest.raises(Rejected, match="price_month"):
        talk({"access_key": "x"}).api("messagebird").search(NumberQuery("NL", Kind.MOBILE))
    with pytest.raises(Unsupported, match="messagebird does not support national"):
        talk(LOGIN).api("messagebird").search(NumberQuery("NL", Kind.NATIONAL))


OFFER = Offer("+31971234567", "NL", Kind.MOBILE, frozenset({"sms"}), Decimal("1.50"), currency="EUR")


def test_a_purchase_names_number_country_and_month() -> None:
    said = talk(LOGIN, (f"POST {NUMBERS}/phone-numbers", {"number": "31971234567", "status": "active"}))
    assert said.api("messagebird").buy(OFFER, URL) == Owned(
        "31971234567", "+31971234567", None, Decimal("1.50"), "EUR"
    )
    assert said.sent() == {"number": "31971234567", "countryCode": "NL", "billingIntervalMonths": 1}
    answers: list[Answer] = [{"number": "31970000000"}, {}, 500, httpx.ReadTimeout]
    for answer in answers:
        with pytest.raises(Uncertain):
            talk(LOGIN, (f"POST {NUMBERS}/phone-numbers", answer)).api("messagebird").buy(OFFER, URL)


def test_refusals_come_in_the_carriers_words() -> None:
    answer = refused(422, {"errors": [{"code": 25, "description": "Not enough balance", "parameter": None}]})
    with pytest.raises(Rejected, match="MessageBird: Not enough balance") as caught:
        talk(LOGIN, (f"POST {NUMBERS}/phone-numbers", answer)).api("messagebird").buy(OFFER, URL)
    assert (caught.value.code, caught.value.fault) == ("25", "account")


@pytest.mark.parametrize(
    "answer", [204, refused(404, {"errors": [{"code": 20, "description": "number not found"}]})]
)
def test_what_is_gone_is_released(answer: int | httpx.Response) -> None:
    said = talk(LOGIN, (f"DELETE {NUMBERS}/phone-numbers/31971234567", answer))
    said.api("messagebird").release("31971234567")
    assert said.over


def test_the_list_is_followed_to_its_end() -> None:
    full = {"items": [{"number": f"31970000{n:03}"} for n in range(100)]}
    said = talk(
        LOGIN,
        (f"GET {NUMBERS}/phone-numbers?limit=100&offset=0", full),
        (f"GET {NUMBERS}/phone-numbers?limit=100&offset=100", {"items": [LISTED]}),
    )
    owned = list(said.api("messagebird").owned())
    assert (len(owned), owned[-1]) == (
        101,
        Owned("3197010260188", "+3197010260188", None, Decimal("1.50"), "EUR"),
    )
    with pytest.raises(CallFailed):
        talk(LOGIN, (f"GET {NUMBERS}/phone-numbers?limit=100&offset=0", {"items": [{}]})).api(
            "messagebird"
        ).owned()


def test_a_message_is_sent_with_a_reference_so_that_a_receipt_comes() -> None:
    recipient = {
        "recipient": 31612345678,
        "messagePartCount": 2,
        "price": {"amount": 0.07, "currency": "EUR"},
    }
    said = talk(
        LOGIN,
        ("POST https://rest.messagebird.com/messages", {"id": "m1", "recipients": {"items": [recipient]}}),
    )
    sent = said.api("messagebird").send(Outgoing("Norvane", "+31612345678", "Hi", status_url=URL + "status/"))
    assert sent == Sent("m1", 2, Decimal("0.07"), "EUR")
    assert said.sent() == {
        "originator": "Norvane",
        "recipients": ["31612345678"],
        "body": "Hi",
        "datacoding": "auto",
        "reportUrl": URL + "status/",
        "reference": "tempsms",
    }
    with pytest.raises(Uncertain):
        talk(LOGIN, ("POST https://rest.messagebird.com/messages", {})).api("messagebird").send(
            Outgoing("1", "2", "x")
        )
    with pytest.raises(Unsupported, match="files"):
        talk(LOGIN).api("messagebird").send(Outgoing("1", "2", "x", ("https://a/1",)))


def test_a_text_in_json_names_no_files() -> None:
    said = {"id": "m1", "recipient": "31612345678", "originator": "31687654321"}
    text = "hi &mediaURLs=http://10.0.0.1/x&" + "&" * 1100
    assert read(json.dumps({**said, "body": text}).encode(), "application/json").media == ()
    for listed in (["https://a/1", 7], "https://a/1"):
        found = read(json.dumps({**said, "body": "", "mediaURLs": listed}).encode(), "application/json")
        assert found.media == (Media("https://a/1"),)


def test_a_shorter_page_than_asked_for_is_not_the_end() -> None:
    first = {"items": [{"number": f"319700000{n:02}"} for n in range(20)], "limit": 20, "totalCount": 21}
    said = talk(
        LOGIN,
        (f"GET {NUMBERS}/phone-numbers?limit=100&offset=0", first),
        (f"GET {NUMBERS}/phone-numbers?limit=100&offset=20", {"items": [LISTED], "totalCount": 21}),
    )
    assert len(list(said.api("messagebird").owned())) == 21
    unpriced = talk(
        {"access_key": "k"}, (f"GET {NUMBERS}/phone-numbers?limit=100&offset=0", {"items": [LISTED]})
    )
    assert [number.monthly_cost for number in unpriced.api("messagebird").owned()] == [Decimal(0)]
    cut: Answer = {"items": [], "totalCount": 1}
    with pytest.raises(CallFailed, match="ends early"):
        talk(LOGIN, (f"GET {NUMBERS}/phone-numbers?limit=100&offset=0", cut)).api("messagebird").owned()
