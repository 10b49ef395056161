"""A message in the API: the documented fields and no other; files without their addresses."""

from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.messages.resource import as_resource
from inbox.messages.views import Code, WholeMessage

AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
FILES = [
    {"url": "https://api.twilio.com/secret-sid/Media/1", "content_type": "image/jpeg; name=me.jpg"},
    {"url": "content://phone/2", "content_type": ""},
]


def whole(**changes: Any) -> WholeMessage:
    """A message with a code."""
    values: dict[str, Any] = {
        "id": 12,
        "number": "+15005550006",
        "direction": "in",
        "sender": "+14155550100",
        "body": "Your code is 482913",
        "received_at": AT,
        "segments": 1,
        "encoding": "GSM-7",
        "code": Code("482913", 0.9, "after a word for code"),
        "code_spans": [(13, 19)],
        "sealed_spans": [(13, 19)],
        "sealed_sender_spans": [],
        "sealed_until": AT + timedelta(minutes=10),
        "flags": [],
        "media": FILES,
    }
    return WholeMessage(**{**values, **changes})


def test_a_renter_gets_every_documented_field() -> None:
    assert as_resource(whole().for_holder().as_json()) == {
        "id": 12,
        "number": "+15005550006",
        "direction": "in",
        "from": "+14155550100",
        "to": "+15005550006",
        "body": "Your code is 482913",
        "received_at": "2026-11-22T10:00:00.000Z",
        "segments": 1,
        "encoding": "GSM-7",
        "code": {
            "value": "482913",
            "confidence": 0.9,
            "reason": "after a word for code",
            "expires_at": "2026-11-22T10:10:00.000Z",
        },
        "flags": [],
        "media": [
            {"content_type": "image/jpeg", "url": None},
            {"content_type": None, "url": None},
        ],
    }


def test_strangers_get_what_the_page_shows() -> None:
    got = as_resource(whole().public().as_json())
    assert got["from"] == "+1 4••-•••-0100"
    assert got["media"] == [{"content_type": "image/jpeg", "url": None}, {"content_type": None, "url": None}]
    assert "secret-sid" not in str(got)


def test_who_wants_only_the_code_gets_no_text() -> None:
    got = as_resource(whole().for_holder().as_json(), code_only=True)
    assert got.keys() == {"id", "number", "received_at", "code"}
    assert got["code"]["value"] == "482913"


def test_an_expired_code_is_none() -> None:
    got = as_resource(whole(sealed_until=None).for_holder().as_json())
    assert got["code"] is None
