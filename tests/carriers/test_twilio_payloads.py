"""Twilio's forms become messages and receipts without a character lost, or are unparsable."""

import pytest
from twilio.twiml.messaging_response import MessagingResponse

from numbers.carriers.contract import Request
from numbers.carriers.errors import Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from tests.carriers.twilio_forms import TWILIO, URL, message, read, request


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
