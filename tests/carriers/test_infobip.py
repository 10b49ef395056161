"""Infobip, by its OpenAPI exports: https://www.infobip.com/docs/api/channels/sms, /platform/numbers"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, CallFailed, Rejected, Uncertain, Unparsable, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Owned
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Sent, Status
from tests.carriers.exchanges import Answer, refused, talk
from tests.carriers.samples import NOW, URL
from tests.carriers.samples.infobip import REF, login

INFOBIP = carriers.get("infobip")


def test_the_login_is_exactly_ours_and_may_have_several_passwords() -> None:
    secrets = {"username": "carrier", "password": ["new:é", "old"]}
    for password in ("new:é", "old"):
        INFOBIP.verify(Request("POST", URL, login(password), b"{}"), secrets, NOW)
    wrong = [login("x"), login("old", "other"), {"authorization": login("old")["authorization"].lower()}, {}]
    for headers in (*wrong, {"authorization": "Bearer x"}, {"authorization": "Basic é"}):
        with pytest.raises(BadSignature):
            INFOBIP.verify(Request("POST", URL, headers, b"{}"), secrets, NOW)


def read(*results: dict[str, Any]) -> list[Inbound | Receipt]:
    return INFOBIP.parse(Request("POST", URL, {}, json.dumps({"results": results}).encode()))


MESSAGE = {
    "messageId": REF,
    "from": "447700900001",
    "to": "447700900000",
    "text": "KEYWORD Hi",
    "cleanText": "Hi",
    "receivedAt": "2019-11-09T16:00:00.000+0000",
    "smsCount": 2,
}


def test_a_batch_is_read_whole() -> None:
    at = datetime(2019, 11, 9, 16, 0, tzinfo=UTC)
    first = Inbound(REF, "+447700900001", "+447700900000", "KEYWORD Hi", sent_at=at, segments=2)
    second = Inbound("m2", "Norvane", "12345", "KEYWORD Hi", sent_at=at, segments=2)
    assert read(MESSAGE, {**MESSAGE, "messageId": "m2", "from": "Norvane", "to": "12345"}) == [first, second]
    assert read() == []


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ("PENDING", Status.SENT),
        ("DELIVERED", Status.DELIVERED),
        ("UNDELIVERABLE", Status.UNDELIVERED),
        ("EXPIRED", Status.UNDELIVERED),
        ("REJECTED", Status.FAILED),
        ("x", Status.UNKNOWN),
    ],
)
def test_receipts_have_a_group_and_an_error(group: str, status: Status) -> None:
    said = {
        "messageId": REF,
        "to": "1",
        "doneAt": "2019-11-09T17:00:00.000+0100",
        "status": {"groupName": group},
    }
    at = datetime(2019, 11, 9, 16, 0, tzinfo=UTC)
    assert read({**said, "error": {"id": 0}}, {**said, "error": {"id": 5}}) == [
        Receipt(REF, status, group, "", at),
        Receipt(REF, status, group, "5", at),
    ]


@pytest.mark.parametrize("body", [b"{}", b'{"results": 1}', b'{"results": [{"messageId": "1"}]}', b"[]"])
def test_what_is_no_batch_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        INFOBIP.parse(Request("POST", URL, {}, body))


# The API

LOGIN = {"username": "car:rier", "password": "p@ss", "base": "xxxxx", "api_key": "k1"}
API = "https://xxxxx.api.infobip.com"
LISTED = {
    "numberKey": "NK1",
    "number": "447700900000",
    "country": "GB",
    "type": "VIRTUAL_LONG_NUMBER",
    "capabilities": ["SMS"],
    "shared": False,
    "price": {"pricePerMonth": 5.5, "setupPrice": 1, "currency": "EUR"},
}
SEARCH = f"GET {API}/numbers/1/numbers/available?capabilities=SMS&country=GB&limit=20&page=0"


def test_offers_are_ours_alone_and_need_nothing_more() -> None:
    page = [
        {**LISTED, "shared": True},
        {**LISTED, "additionalSetupRequired": True},
        {**LISTED, "type": "SHORT_CODE"},
        {**LISTED, "price": {}},
        LISTED,
    ]
    said = talk(LOGIN, (SEARCH, {"numbers": page, "numberCount": 5}))
    offer = Offer("+447700900000", "GB", Kind.MOBILE, frozenset({"sms"}), Decimal("5.5"), Decimal(1), "EUR")
    assert said.api("infobip").search(NumberQuery("GB", Kind.MOBILE)) == [offer]
    assert said.header("authorization") == "App k1"
    with pytest.raises(Unsupported, match="infobip does not support toll_free"):
        talk(LOGIN).api("infobip").search(NumberQuery("GB", Kind.TOLL_FREE))


OFFER = Offer("+447700900000", "GB", Kind.MOBILE, frozenset({"sms"}), Decimal("5.5"), currency="EUR")
BY_NUMBER = (
    f"GET {API}/numbers/1/numbers/available?country=GB&number=447700900000&limit=10&page=0",
    {"numbers": [{**LISTED, "numberKey": "NK0", "number": "447700900009"}, LISTED]},
)
FORWARD = (f"POST {API}/numbers/2/numbers/NK1/sms", {"key": "a1"})


def test_a_number_is_bought_by_its_key_and_forwarded_with_the_login() -> None:
    said = talk(LOGIN, BY_NUMBER, (f"POST {API}/numbers/1/numbers", LISTED), FORWARD)
    assert said.api("infobip").buy(OFFER, URL) == Owned("NK1", "+447700900000", URL, Decimal("5.5"), "EUR")
    assert said.sent(1) == {"numberKey": "NK1"}
    assert said.sent(2) == {
        "action": {
            "type": "HTTP_FORWARD",
            "url": "https://car%3Arier:p%40ss@sms.example/webhooks/carrier/AbCdEf0123/",
            "httpMethod": "POST",
            "contentType": "JSON",
        }
    }
    half = talk(LOGIN, BY_NUMBER, (f"POST {API}/numbers/1/numbers", LISTED), (FORWARD[0], 500))
    assert half.api("infobip").buy(OFFER, URL) == Owned("NK1", "+447700900000", "", Decimal("5.5"), "EUR")


def test_in_the_us_a_number_is_bought_by_itself() -> None:
    offer = Offer("+14155550100", "US", Kind.LOCAL, frozenset({"sms"}), Decimal(1))
    bought: Answer = {**LISTED, "number": "14155550100"}
    said = talk(LOGIN, (f"POST {API}/numbers/1/numbers", bought), FORWARD)
    said.api("infobip").buy(offer, URL)
    assert said.sent(0) == {"number": "14155550100"}


def test_a_purchase_that_goes_wrong() -> None:
    with pytest.raises(Rejected, match="no longer for sale"):
        talk(LOGIN, (BY_NUMBER[0], {"numbers": []})).api("infobip").buy(OFFER, URL)
    error = refused(400, {"errorCode": "E400", "description": "No funds"})
    with pytest.raises(Rejected, match=r"Infobip: No funds \(E400\)"):
        talk(LOGIN, BY_NUMBER, (f"POST {API}/numbers/1/numbers", error)).api("infobip").buy(OFFER, URL)
    older = refused(
        401, {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED", "text": "Invalid login"}}}
    )
    with pytest.raises(Rejected, match="Invalid login") as caught:
        talk(LOGIN, (f"GET {API}/numbers/1/numbers?limit=100&page=0", older)).api("infobip").owned()
    assert caught.value.fault == "account"
    for answer in ({}, {"numberKey": "NK1"}, 500, httpx.ReadTimeout):
        with pytest.raises(Uncertain):
            talk(LOGIN, BY_NUMBER, (f"POST {API}/numbers/1/numbers", answer)).api("infobip").buy(OFFER, URL)


@pytest.mark.parametrize("answer", [204, 404])
def test_a_release_deletes(answer: int) -> None:
    said = talk(LOGIN, (f"DELETE {API}/numbers/1/numbers/NK1", answer))
    said.api("infobip").release("NK1")
    assert said.over


def test_the_list_is_followed_to_its_end() -> None:
    full = {"numbers": [LISTED] * 100}
    said = talk(
        LOGIN,
        (f"GET {API}/numbers/1/numbers?limit=100&page=0", full),
        (
            f"GET {API}/numbers/1/numbers?limit=100&page=1",
            {"numbers": [{"numberKey": "NK2", "number": "1415"}]},
        ),
    )
    owned = list(said.api("infobip").owned())
    assert owned[0] == Owned("NK1", "+447700900000", None, Decimal("5.5"), "EUR")
    assert len(owned) == 101
    with pytest.raises(CallFailed):
        talk(LOGIN, (f"GET {API}/numbers/1/numbers?limit=100&page=0", {})).api("infobip").owned()


def test_a_message_says_where_receipts_go_with_the_login() -> None:
    sent = {"messageId": "m1", "status": {"groupName": "PENDING", "id": 26}, "details": {"messageCount": 2}}
    said = talk(LOGIN, (f"POST {API}/sms/3/messages", {"bulkId": "b", "messages": [sent]}))
    message = Outgoing("+447700900000", "+447700900001", "Hi", status_url=URL + "status/")
    assert said.api("infobip").send(message) == Sent("m1", 2)
    (one,) = said.sent()["messages"]
    assert one["sender"] == "447700900000"
    assert one["destinations"] == [{"to": "447700900001"}]
    assert one["content"] == {"text": "Hi"}
    assert one["webhooks"]["delivery"]["url"].startswith("https://car%3Arier:p%40ss@sms.example/")
    no = {
        "messageId": "m1",
        "status": {"groupName": "REJECTED", "id": 6, "description": "Network not available"},
    }
    with pytest.raises(Rejected, match="Network not available"):
        talk(LOGIN, (f"POST {API}/sms/3/messages", {"messages": [no]})).api("infobip").send(message)
    with pytest.raises(Uncertain):
        talk(LOGIN, (f"POST {API}/sms/3/messages", {})).api("infobip").send(message)


@pytest.mark.parametrize("base", ["", "a.b", "evil.example/", "https://x", "x" * 33])
def test_a_base_that_is_no_name_is_never_called(base: str) -> None:
    with pytest.raises(Rejected):
        talk({**LOGIN, "base": base}).api("infobip").owned()


def test_a_list_shorter_than_it_says_is_an_error() -> None:
    first: Answer = {"numbers": [LISTED], "numberCount": 2}
    second: Answer = {"numbers": [], "numberCount": 2}
    page = f"GET {API}/numbers/1/numbers?limit=100&page="
    with pytest.raises(CallFailed, match="ends early"):
        talk(LOGIN, (f"{page}0", first), (f"{page}1", second)).api("infobip").owned()
