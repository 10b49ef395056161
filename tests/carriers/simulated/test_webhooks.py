"""Webhooks are signed for five minutes, and say what was sent or are unparsable."""

import json

import pytest

from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature, Unparsable
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.simulated.webhooks import SIGNATURE_HEADER, signature, signature_header
from numbers.carriers.toolkit.authentication import WINDOW
from tests.carriers.simulated.buying import NOW, SIMULATED, URL


def post(body: bytes, key: str = "key", sent: int = NOW) -> Request:
    return Request("POST", URL, signature_header(key, sent, body), body)


@pytest.mark.parametrize("late", [-WINDOW, -1, 0, WINDOW])
def test_a_signature_holds_for_five_minutes_both_ways(late: int) -> None:
    SIMULATED.verify(post(b"{}"), {"signing_key": "key"}, NOW + late)


@pytest.mark.parametrize("late", [-WINDOW - 1, WINDOW + 1, 10**9])
def test_a_signature_outside_its_window_is_refused_for_the_clock(late: int) -> None:
    with pytest.raises(BadSignature, match="clock"):
        SIMULATED.verify(post(b"{}"), {"signing_key": "key"}, NOW + late)


def test_the_clock_is_looked_at_only_when_the_signature_is_good() -> None:
    with pytest.raises(BadSignature, match="signature"):
        SIMULATED.verify(post(b"{}"), {"signing_key": "other"}, NOW + 10**6)


def test_the_time_in_the_header_is_signed() -> None:
    header = post(b"{}").header(SIGNATURE_HEADER).replace(str(NOW), str(NOW + 1))
    with pytest.raises(BadSignature, match="signature"):
        SIMULATED.verify(Request("POST", URL, {SIGNATURE_HEADER: header}, b"{}"), {"signing_key": "key"}, NOW)


@pytest.mark.parametrize("sent", ["soon", "-5", "²", "1e9", " ", "9" * 13, f"{NOW}.0"])
def test_a_signed_time_that_is_no_time_is_refused_for_the_clock(sent: str) -> None:
    header = f"t={sent},v1={signature('key', sent, b'{}')}"
    with pytest.raises(BadSignature, match="clock"):
        SIMULATED.verify(Request("POST", URL, {SIGNATURE_HEADER: header}, b"{}"), {"signing_key": "key"}, NOW)


@pytest.mark.parametrize("segments", [True, -1, 1000, 1.5, "x", None, [2]])
def test_a_strange_segment_count_is_none(segments: object) -> None:
    said = {"id": "1", "from": "a", "to": "b", "text": "", "segments": segments}
    (event,) = SIMULATED.parse(post(json.dumps(said).encode()))
    assert isinstance(event, Inbound)
    assert (event.segments, type(event.segments)) == (0, int)


@pytest.mark.parametrize(
    ("sent_at", "shown"),
    [
        ("2026-11-23T10:00:00.5Z", "2026-11-23T10:00:00.500000+00:00"),
        ("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00+00:00"),
        ("2026-11-23T10:00:00", "2026-11-23T10:00:00+00:00"),
        ("0001-01-01T00:00:00+14:00", "None"),
        ("yesterday", "None"),
        (5, "None"),
        (None, "None"),
    ],
)
def test_times_become_utc_and_strange_ones_no_time(sent_at: object, shown: str) -> None:
    said = {"id": "1", "from": "a", "to": "b", "text": "", "segments": "many", "sent_at": sent_at}
    (event,) = SIMULATED.parse(post(json.dumps(said).encode()))
    assert isinstance(event, Inbound)
    assert (event.sent_at.isoformat() if event.sent_at else "None") == shown
    assert event.segments == 0


def test_a_receipt_keeps_the_carriers_word() -> None:
    said = {"id": "SX1", "status": "delivered", "error_code": None}
    assert SIMULATED.parse(post(json.dumps(said).encode())) == [Receipt("SX1", Status.DELIVERED, "delivered")]
    said = {"id": "SX1", "status": "eaten", "error_code": "7"}
    assert SIMULATED.parse(post(json.dumps(said).encode())) == [Receipt("SX1", Status.UNKNOWN, "eaten", "7")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"id":"1","from":"a","to":"b"}',
        b'{"id":"1","from":"","to":"b","text":"c"}',
        b'{"id":"' + b"1" * 129 + b'","from":"a","to":"b","text":"c"}',
        b"[" * 5000,
    ],
)
def test_what_is_no_message_is_unparsable(body: bytes) -> None:
    with pytest.raises(Unparsable):
        SIMULATED.parse(post(body))
