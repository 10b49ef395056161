"""The books stay whole, private and up to date, and their log keeps each message until it is delivered or given up."""

import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

from numbers import carriers
from numbers.carriers.errors import CallFailed, Rejected
from numbers.carriers.simulated.books import CLAIMED_FOR, GIVE_UP_AFTER, KEEP_LOG, Books
from numbers.carriers.simulated.stock import NUMBERS
from numbers.carriers.simulated.webhooks import Simulated
from tests.carriers.simulated.buying import NOW, URL, bought, keys, purchase

VERSION_1 = """
    CREATE TABLE account (id INTEGER PRIMARY KEY, signing_key TEXT NOT NULL);
    CREATE TABLE login (signing_key TEXT PRIMARY KEY, account INTEGER NOT NULL);
    CREATE TABLE owned (e164 TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, account INTEGER NOT NULL,
        webhook_url TEXT NOT NULL, monthly_cost TEXT NOT NULL);
    CREATE TABLE ledger (id INTEGER PRIMARY KEY, at REAL NOT NULL, account INTEGER NOT NULL,
        deed TEXT NOT NULL CHECK (deed IN ('buy', 'release')), e164 TEXT NOT NULL, ref TEXT NOT NULL,
        amount TEXT NOT NULL, currency TEXT NOT NULL, UNIQUE (deed, ref));
    CREATE TABLE message (id TEXT PRIMARY KEY, account INTEGER NOT NULL, webhook_url TEXT NOT NULL,
        body BLOB NOT NULL, written_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending', answer TEXT NOT NULL DEFAULT '');
    INSERT INTO account VALUES (1, 'old');
    INSERT INTO login VALUES ('old', 1);
    INSERT INTO owned VALUES ('+12125550142', 'SN1', 1, 'http://127.0.0.1:9/', '1.2');
    INSERT INTO ledger VALUES (1, 1790000000, 1, 'buy', '+12125550142', 'SN1', '1.2', 'USD');
    INSERT INTO message (id, account, webhook_url, body, written_at, due_at)
        VALUES ('SX1', 1, 'http://127.0.0.1:9/', x'7B7D', 1790000000, 1790000000);
"""


def test_books_that_cannot_be_opened_are_an_error_worth_another_try(
    api: carriers.Api, tmp_path: Path
) -> None:
    lost = carriers.connect("simulated", {**api.secrets, "books": str(tmp_path)})
    with pytest.raises(CallFailed) as caught:
        purchase(lost, NUMBERS["+12125550142"].offer("+12125550142"), URL)
    assert caught.value.retry
    for missing in ("books", "signing_key"):
        with pytest.raises(Rejected, match=missing):
            carriers.connect("simulated", {**api.secrets, missing: ""}).owned()


def test_books_are_for_their_owners_eyes_only(api: carriers.Api, books: Books) -> None:
    bought(api)
    assert stat.S_IMODE(books.path.stat().st_mode) == 0o600
    assert [path.name for path in books.path.parent.iterdir()] == [books.path.name]


def test_a_purchase_that_dies_before_its_commit_was_none(
    api: carriers.Api, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("numbers.carriers.simulated.books._write_bill", die)
    with pytest.raises(KeyboardInterrupt):
        bought(api)
    monkeypatch.undo()
    assert list(api.owned()) == []
    assert books.ledger(keys(api)) == []


def test_defaults_are_a_secret_of_its_own_and_shared_books(tmp_path: Path) -> None:
    one, other = Simulated.defaults(tmp_path), Simulated.defaults(tmp_path)
    assert one["signing_key"] != other["signing_key"]
    assert len(one["signing_key"]) == 64
    assert one["books"] == other["books"] == str(tmp_path / "simulated.sqlite3")
    assert set(one) == {setting.name for setting in Simulated.settings if setting.needed}


def test_a_failed_message_comes_again_after_1_2_4_8_seconds(api: carriers.Api, books: Books) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    now = float(NOW)
    for wait in (1, 2, 4, 8, 16):
        (message,) = books.claim(now, 5)
        books.settle(message, delivered=False, answer="503", now=now)
        assert books.claim(now + wait - 0.01, 5) == []
        now += wait
    (message,) = books.claim(now, 5)
    books.settle(message, delivered=True, answer="204", now=now)
    assert books.claim(now + KEEP_LOG, 5) == []
    assert books.states() == {"delivered": 1}


def test_a_message_is_given_up_after_a_day(api: carriers.Api, books: Books) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    now = NOW + GIVE_UP_AFTER + 1
    books.settle(books.claim(now, 1)[0], delivered=False, answer="503", now=now)
    assert books.states() == {"given up": 1}


def test_a_claimed_message_is_nobody_elses_until_its_claimer_is_given_up(
    api: carriers.Api, books: Books
) -> None:
    books.write("SX1", bought(api), b"{}", NOW)
    assert len(books.claim(NOW, 5)) == 1
    assert books.claim(NOW + CLAIMED_FOR - 1, 5) == []
    assert [message.attempts for message in books.claim(NOW + CLAIMED_FOR, 5)] == [2]


def test_nothing_is_written_to_a_number_that_nobody_owns(api: carriers.Api, books: Books) -> None:
    assert not books.write("SX1", "+12125550142", b"{}", NOW)
    assert books.states() == {}


def test_old_lines_of_the_log_are_dropped(api: carriers.Api, books: Books) -> None:
    number = bought(api)
    books.write("SX1", number, b"{}", NOW)
    books.settle(books.claim(NOW, 1)[0], delivered=True, answer="204", now=NOW)
    books.write("SX2", number, b"{}", NOW)
    assert books.write("SX3", number, b"{}", NOW + KEEP_LOG + 1)
    assert books.states() == {"pending": 2}


def test_pointing_an_account_elsewhere_moves_its_numbers_and_pending_messages(
    api: carriers.Api, books: Books
) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    number, theirs = bought(api), bought(other)
    books.write("SX1", number, b"{}", NOW)
    books.write("SX2", theirs, b"{}", NOW)
    books.point(keys(api), "http://127.0.0.1:10/new/")
    assert [one.webhook_url for one in api.owned()] == ["http://127.0.0.1:10/new/"]
    assert [one.webhook_url for one in other.owned()] == [URL]
    urls = {message.id: message.webhook_url for message in books.claim(NOW, 5)}
    assert urls == {"SX1": "http://127.0.0.1:10/new/", "SX2": URL}


def test_books_of_the_first_version_are_brought_up_to_date(api: carriers.Api, books: Books) -> None:
    with closing(sqlite3.connect(books.path, isolation_level=None)) as old:
        old.executescript(f"PRAGMA journal_mode = WAL; {VERSION_1}")
    api = carriers.connect("simulated", {**api.secrets, "signing_key": "old"})
    with time_machine.travel(datetime(2026, 11, 1, tzinfo=UTC)):
        (owned,) = api.owned()
        lines = books.ledger(keys(api))
    assert (owned.e164, owned.ref) == ("+12125550142", "SN1")
    assert [(line.deed, line.amount) for line in lines] == [
        ("buy", Decimal("1.2")),
        ("month", Decimal("1.2")),
    ]
    assert books.log(keys(api), 0) == [b"{}"]
