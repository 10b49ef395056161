"""Twilio's message log, sending and re-pointing numbers, against its API's published shapes.

https://www.twilio.com/docs/messaging/api/message-resource, /docs/messaging/api/media-resource,
/docs/phone-numbers/api/incomingphonenumber-resource
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import Rejected, Uncertain
from numbers.carriers.messages import Inbound, Media, Outgoing, Sent

TWILIO = carriers.get("twilio")
ACCOUNT = "AC" + "a" * 32
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"
URL = "https://sms.example/webhooks/twilio/AbC/"
SINCE = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LISTED: dict[str, Any] = {
    "sid": "SM1",
    "direction": "inbound",
    "from": "+14155550100",
    "to": "+15005550006",
    "body": "Your code is 123456",
    "num_segments": "1",
    "num_media": "0",
    "date_sent": "Fri, 20 Nov 2026 12:00:01 +0000",
    "status": "received",
    "error_code": None,
}


def api(answer: Callable[[httpx.Request], httpx.Response]) -> carriers.Api:
    secrets = {"account_sid": ACCOUNT, "auth_token": "token"}
    return carriers.connect("twilio", secrets, httpx.Client(transport=httpx.MockTransport(answer)))


def log(*messages: dict[str, Any]) -> carriers.Api:
    return api(lambda request: httpx.Response(200, json={"messages": list(messages), "next_page_uri": None}))


def test_the_log_is_asked_by_day_and_read_to_its_end() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        if "Page=1" in asked[-1]:
            return httpx.Response(200, json={"messages": [{**LISTED, "sid": "SM2"}], "next_page_uri": None})
        return httpx.Response(
            200, json={"messages": [LISTED], "next_page_uri": f"{PATH}/Messages.json?Page=1&PageToken=x"}
        )

    found = list(api(answer).messages(SINCE))
    at = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
    text = "Your code is 123456"
    assert found == [
        Inbound(ref, "+14155550100", "+15005550006", text, sent_at=at, segments=1) for ref in ("SM1", "SM2")
    ]
    assert asked[0] == f"{PATH}/Messages.json?DateSent%3E=2026-11-20T00%3A00%3A00Z&PageSize=1000"


def test_only_what_came_in_since_then_is_listed() -> None:
    earlier = {**LISTED, "sid": "SM0", "date_sent": "Fri, 20 Nov 2026 11:59:59 +0000"}
    ours = {**LISTED, "sid": "SM9", "direction": "outbound-api"}
    assert [message.ref for message in log(earlier, ours, LISTED).messages(SINCE)] == ["SM1"]


def test_a_message_without_a_readable_time_is_listed() -> None:
    for time in (None, "", "soon"):
        (message,) = log({**LISTED, "date_sent": time}).messages(SINCE)
        assert message.sent_at is None


@pytest.mark.parametrize("code", [30007, 30038, "30039"])
def test_what_the_carrier_blanked_is_flagged(code: int | str) -> None:
    blanked = {**LISTED, "status": "failed", "error_code": code, "body": "Your code is ***"}
    (message,) = log(blanked).messages(SINCE)
    assert message.flags == ("filtered",)
    form = f"MessageSid=SM1&From=%2B14155550100&To=%2B15005550006&Body=x&ErrorCode={code}".encode()
    request = Request("POST", URL, {"content-type": "application/x-www-form-urlencoded"}, form)
    assert [event.flags for event in TWILIO.parse(request) if isinstance(event, Inbound)] == [("filtered",)]


def test_media_of_a_listed_mms_are_looked_up() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/Media.json"):
            assert request.url.path == f"{PATH}/Messages/MM1/Media.json"
            item = {"sid": "ME1", "content_type": "image/png", "uri": f"{PATH}/Messages/MM1/Media/ME1.json"}
            return httpx.Response(200, json={"media_list": [item, {"uri": "https://evil.example/"}]})
        item = {**LISTED, "sid": "MM1", "num_media": "1"}
        return httpx.Response(200, json={"messages": [item], "next_page_uri": None})

    (message,) = api(answer).messages(SINCE)
    assert message.media == (Media(f"https://api.twilio.com{PATH}/Messages/MM1/Media/ME1", "image/png"),)


@pytest.mark.parametrize("broken", [{"sid": ""}, {"sid": None}, {"to": ""}, {"sid": "S" * 129}])
def test_a_log_entry_that_names_nothing_is_left_out_and_told(
    broken: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    listed = log({**LISTED, **broken}, {**LISTED, "sid": "SM2"}).messages(SINCE)
    assert [message.ref for message in listed] == ["SM2"]
    assert "without sid or recipient" in caplog.text


def test_a_message_is_sent_with_its_files_and_the_address_for_receipts() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.method, request.url.path) == ("POST", f"{PATH}/Messages.json")
        assert parse_qs(request.content.decode()) == {
            "To": ["+14155550100"],
            "From": ["+15005550006"],
            "Body": ["Hello & good-bye"],
            "MediaUrl": ["https://sms.example/a.png", "https://sms.example/b.png"],
            "StatusCallback": [URL + "status/"],
        }
        fields: dict[str, Any] = {
            "sid": "SM7",
            "status": "queued",
            "num_segments": "2",
            "price": None,
            "price_unit": "USD",
        }
        return httpx.Response(201, json=fields)

    files = ("https://sms.example/a.png", "https://sms.example/b.png")
    message = Outgoing("+15005550006", "+14155550100", "Hello & good-bye", files, URL + "status/")
    assert api(answer).send(message) == Sent("SM7", 2)


@pytest.mark.parametrize(
    ("price", "expected"), [("-0.00790", Decimal("0.00790")), ("NaN", None), ("", None), (None, None)]
)
def test_a_price_that_is_told_is_positive(price: str | None, expected: Decimal | None) -> None:
    fields: dict[str, Any] = {"sid": "SM7", "num_segments": "1", "price": price, "price_unit": "usd"}
    sent = api(lambda request: httpx.Response(201, json=fields)).send(Outgoing("+1", "+2", "x"))
    assert (sent.price, sent.currency) == (expected, "USD" if expected is not None else "")


def test_a_refused_message_says_why_and_one_without_an_answer_is_uncertain() -> None:
    refusal = {"code": 21610, "message": "Attempt to send to unsubscribed recipient", "status": 400}
    with pytest.raises(Rejected, match="unsubscribed") as caught:
        api(lambda request: httpx.Response(400, json=refusal)).send(Outgoing("+1", "+2", "x"))
    assert caught.value.code == "21610"
    for response in (httpx.Response(500), httpx.Response(201, json={"status": "queued"})):
        with pytest.raises(Uncertain):
            api(lambda request, r=response: r).send(Outgoing("+1", "+2", "x"))  # type: ignore[misc]


def test_a_number_is_pointed_at_us_unless_an_application_decides() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path.decode() == f"{PATH}/IncomingPhoneNumbers/PN1%2Fx.json"
        form = parse_qs(request.content.decode(), keep_blank_values=True)
        expected = {"SmsUrl": [f"{URL}#rc=3&rp=all"], "SmsMethod": ["POST"]}
        assert (request.method, form) == ("POST", expected)
        return httpx.Response(200, json={"sid": "PN1", "sms_url": f"{URL}#rc=3&rp=all"})

    api(answer).configure("PN1/x", URL)
    with pytest.raises(Uncertain, match="new address"):
        api(lambda request: httpx.Response(200, json={"sms_url": "https://old/"})).configure("PN1", URL)
    bound = {"sms_url": f"{URL}#rc=3&rp=all", "sms_application_sid": "AP1"}
    with pytest.raises(Rejected, match="bound to an application"):
        api(lambda request: httpx.Response(200, json=bound)).configure("PN1", URL)
