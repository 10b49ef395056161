"""Searching an inbox: what readers see is found, and rows that cannot match are neither unsealed nor redacted."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.messages import queries, redaction, sealed_text
from inbox.messages.inboxes import Inbox
from inbox.messages.search_candidates import Candidates
from inbox.messages.views import WholeMessage
from numbers.models import Lease
from tests.factories import make_lease, make_message

TEXTS = [
    "Your Acme code is 482913, call +44 7700 900123",
    "Code ABCD-1234 für Größe 4, Straße 5",
    "Ваш код 123456. Смотри на пример.рф/вход",
    "写信给 ana.maria@example.com 验证码 654321",
    "Fullwidth １２３４５６ and ٤٥٦٧٨٩, Codigo: 90 12 34",
]


@pytest.fixture
def lease(db: None) -> Lease:
    """A public number."""
    return make_lease()


def inbox_of(lease: Lease) -> Inbox:
    """Its public inbox."""
    return Inbox(lease.number_id, lease.number.e164)


def row_of(lease: Lease, text: str) -> tuple[tuple[str, list[int], bool], str]:
    """Body, cuts and whether a code is sealed, as stored; and the text that readers see."""
    message = make_message(lease, text)
    shown = queries.one(inbox_of(lease), message.pk)
    assert shown is not None
    return (message.body, message.cuts, bool(message.cuts)), shown["body"]


@pytest.mark.parametrize("text", TEXTS)
def test_every_piece_of_what_readers_see_may_match_its_row(lease: Lease, text: str) -> None:
    row, shown = row_of(lease, text)
    pieces = [shown[start:end] for start in range(len(shown)) for end in range(start + 1, len(shown) + 1)]
    assert [piece for piece in pieces if not Candidates(piece).may_match("", *row)] == []
    assert [piece for piece in pieces if not Candidates(piece.upper()).may_match("", *row)] == []


@given(st.text(max_size=60), st.data())
def test_no_piece_of_a_redacted_text_is_missed(text: str, data: Any) -> None:
    shown = redaction.shown_text(text)
    start = data.draw(st.integers(0, len(shown)))
    piece = shown[start : data.draw(st.integers(start, len(shown)))]
    assert Candidates(piece).may_match("", text, [], False)


def watch(monkeypatch: pytest.MonkeyPatch, module: ModuleType | type, name: str, calls: list[str]) -> None:
    """Write down each call of a module's or a class's function."""
    function = getattr(module, name)

    def called(*given: Any) -> Any:
        calls.append(name)
        return function(*given)

    monkeypatch.setattr(module, name, called)


def test_what_cannot_match_is_neither_unsealed_nor_redacted(
    lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        make_message(lease, f"Your Acme code is 48291{n}, call +44 7700 900123")
    last = make_message(lease, "A parcel for Grace arrives")
    opened: list[str] = []
    watch(monkeypatch, sealed_text, "join", opened)
    watch(monkeypatch, WholeMessage, "public", opened)
    found, _ = queries.narrowed(inbox_of(lease), text="parcel for grace arrives")
    assert [message["id"] for message in found] == [last.pk]
    assert opened == ["public"]
    assert queries.narrowed(inbox_of(lease), sender="nobody") == ([], 0)
    assert opened == ["public"]


def test_a_search_views_a_bounded_number_of_messages_and_goes_on(
    lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "VIEWED", 4)
    ids = [make_message(lease, f"Your Acme code is 4829{n:02}").pk for n in range(10)]
    found, more = queries.narrowed(inbox_of(lease), text="482900")
    assert (found, more) == ([], ids[-4])
    found, more = queries.narrowed(inbox_of(lease), text="482900", before=more)
    assert (found, more) == ([], ids[-8])
    found, more = queries.narrowed(inbox_of(lease), text="482900", before=more)
    assert ([message["id"] for message in found], more) == ([ids[0]], 0)
