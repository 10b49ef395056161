"""What leaves a message: each reader gets the fields that are named for him, and no others."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest

from inbox.messages.views import Code, MessageView, WholeMessage

AT = datetime(2026, 3, 4, 5, 6, 7, 891_234, UTC)
WHOLE = WholeMessage(
    id=7,
    number="+15005550006",
    direction="in",
    sender="+447700900123",
    body="Ask ada@a.example: 482913",
    received_at=AT,
    segments=1,
    encoding="GSM-7",
    code=Code("482913", 0.9, "keyword"),
    code_spans=[(19, 25)],
    sealed_spans=[(19, 25)],
    sealed_sender_spans=(),
    sealed_until=AT,
    flags=["recovered"],
    media=[{"url": "https://media.example/secret", "content_type": "image/png"}],
)
PUBLIC = {
    "id": 7,
    "number": "+15005550006",
    "direction": "in",
    "from": "+44 7••• ••0123",
    "to": "+15005550006",
    "body": "Ask a•••@a.example: 482913",
    "received_at": "2026-03-04T05:06:07.891Z",
    "segments": 1,
    "encoding": "GSM-7",
    "code": {
        "value": "482913",
        "confidence": 0.9,
        "reason": "keyword",
        "expires_at": "2026-03-04T05:06:07.891Z",
    },
    "code_spans": [(20, 26)],
    "sealed": {"body": [(20, 26)], "from": [], "expires_at": "2026-03-04T05:06:07.891Z"},
    "flags": ["recovered"],
    "media": [{"content_type": "image/png"}],
}


def test_strangers_get_these_fields_redacted_and_no_others() -> None:
    assert WHOLE.public().as_json() == PUBLIC


def test_a_holder_gets_them_whole_and_no_address_of_a_file() -> None:
    assert WHOLE.for_holder().as_json() == PUBLIC | {
        "from": "+447700900123",
        "body": WHOLE.body,
        "code_spans": [(19, 25)],
        "sealed": {"body": [(19, 25)], "from": [], "expires_at": "2026-03-04T05:06:07.891Z"},
        "media": [{"content_type": "image/png", "fetchable": True}],
    }


@pytest.mark.parametrize("until", [None, AT])
def test_a_code_is_offered_as_long_as_it_lives(until: datetime | None) -> None:
    shown = replace(WHOLE, sealed_until=until).public().as_json()
    assert (shown["code"] is None, shown["sealed"] is None) == (until is None, until is None)


def test_what_is_whole_has_no_way_out() -> None:
    assert not hasattr(WHOLE, "as_json")
    assert {field.name for field in fields(WholeMessage)} - {field.name for field in fields(MessageView)} == {
        "blank_spans"
    }
