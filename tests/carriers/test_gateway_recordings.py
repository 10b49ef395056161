"""What running gateways really sent (recordings/, written by tests.carriers.record), through `verify` and `parse`."""

import json
from collections import defaultdict
from typing import Any

import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.messages import Inbound, Receipt, Status
from numbers.carriers.toolkit import charsets
from tests.carriers.gateway_cases import CASES, RECIPIENT, SENDER, Case
from tests.carriers.record import FOLDER
from tests.carriers.samples import NOW, URL

GATEWAYS = ("kannel", "jasmin")
METHODS = ("GET", "POST")


def recordings(gateway: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / f"{gateway}.jsonl").read_text().splitlines()]


def read(gateway: str, told: dict[str, Any]) -> Inbound | Receipt:
    """What a recorded request says; its token is right."""
    carrier = carriers.get(gateway)
    url = f"{URL}?token=a-secret" + (f"&{told['query']}" if told["query"] else "")
    request = Request(told["method"], url, told["headers"], told["body"].encode("latin-1"))
    carrier.verify(request, {"token": "a-secret"}, NOW)
    (found,) = carrier.parse(request)
    return found


def join(pieces: list[Inbound]) -> str:
    """The text of all of them, as the inbox joins them."""
    if pieces[0].part is None:
        (whole,) = pieces
        return whole.body
    parts = sorted((piece.part for piece in pieces if piece.part), key=lambda part: part.index)
    assert [part.index for part in parts] == list(range(1, parts[0].total + 1))
    assert len({part.group for part in parts}) == 1
    return charsets.join([(part.content, part.charset) for part in parts]) or ""


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_recorded_message_is_read_as_it_was_sent(gateway: str, case: Case) -> None:
    ways = defaultdict(list)
    for told in recordings(gateway):
        if told.get("case") == case.name:
            found = read(gateway, told)
            assert isinstance(found, Inbound)
            assert (found.sender, found.recipient, found.flags) == (SENDER, RECIPIENT, case.flags)
            assert gateway != "kannel" or found.sent_at, "the second it was sent in"
            ways[told["method"]].append(found)
    assert set(ways) == set(METHODS)
    for pieces in ways.values():
        assert join(pieces) == case.text
        assert len({piece.ref for piece in pieces}) == len(pieces)


@pytest.mark.parametrize("gateway", GATEWAYS)
def test_recorded_receipts_belong_to_what_was_sent(gateway: str) -> None:
    ends = []
    for told in recordings(gateway):
        if "receipt" in told:
            found = read(gateway, told)
            assert isinstance(found, Receipt)
            assert found.ref == told["ref"]
            ends += [found] if found.status not in (Status.SENT, Status.QUEUED) else []
    assert {(end.status, end.error_code) for end in ends} == {
        (Status.DELIVERED, ""),
        (Status.UNDELIVERED, "034"),
    }
    assert len(ends) == len(METHODS) * 2
