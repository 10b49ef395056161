"""The file that the simulated carrier's books are in: the carrier's own SQLite database, not a part of ours.

What the carrier knows survives whatever happens to us. Every change is one immediate transaction, so that several
processes share the file and a kill leaves nothing half done.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from numbers.carriers.errors import CallFailed, Uncertain

_VERSION = 2
_LEDGER = """
    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, account INTEGER NOT NULL REFERENCES account,
        deed TEXT NOT NULL, e164 TEXT NOT NULL, ref TEXT NOT NULL, period TEXT NOT NULL,
        amount TEXT NOT NULL, currency TEXT NOT NULL, UNIQUE (deed, ref, period));
"""
_ORDERS = """
    CREATE TABLE ordered (
        e164 TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account,
        webhook_url TEXT NOT NULL, done_at REAL NOT NULL, key TEXT NOT NULL);
"""
_SCHEMA = f"""
    CREATE TABLE account (id INTEGER PRIMARY KEY, signing_key TEXT NOT NULL);
    CREATE TABLE login (signing_key TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account);
    CREATE TABLE owned (
        e164 TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account,
        webhook_url TEXT NOT NULL, monthly_cost TEXT NOT NULL,
        bought_at REAL NOT NULL DEFAULT 0, months INTEGER NOT NULL DEFAULT 1,
        next_month_at REAL NOT NULL DEFAULT 0, key TEXT NOT NULL DEFAULT '');
    {_LEDGER} {_ORDERS}
    CREATE TABLE message (
        id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, webhook_url TEXT NOT NULL,
        body BLOB NOT NULL, written_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given up')),
        answer TEXT NOT NULL DEFAULT '', receipt INTEGER NOT NULL DEFAULT 0);
    CREATE INDEX message_due ON message (state, due_at);
    PRAGMA user_version = {_VERSION};
"""
_TO_VERSION_2 = f"""
    BEGIN IMMEDIATE;
    ALTER TABLE owned ADD COLUMN bought_at REAL NOT NULL DEFAULT 0;
    ALTER TABLE owned ADD COLUMN months INTEGER NOT NULL DEFAULT 1;
    ALTER TABLE owned ADD COLUMN next_month_at REAL NOT NULL DEFAULT 0;
    ALTER TABLE owned ADD COLUMN key TEXT NOT NULL DEFAULT '';
    UPDATE owned SET bought_at = (SELECT at FROM ledger WHERE deed = 'buy' AND ledger.ref = owned.ref);
    ALTER TABLE message ADD COLUMN receipt INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE ledger RENAME TO ledger_1;
    {_LEDGER} {_ORDERS}
    INSERT INTO ledger SELECT id, at, account, deed, e164, ref, '', amount, currency FROM ledger_1;
    DROP TABLE ledger_1;
    PRAGMA user_version = {_VERSION};
    COMMIT;
"""  # noqa: S608 (constants)


class File:
    """One file, made when first written to. Any number of processes may use it at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def transaction(self, method: str, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction; what goes wrong is named as if it were a call of this HTTP method."""
        with closing(self._begin_transaction("BEGIN IMMEDIATE" if writes else "BEGIN")) as books:
            try:
                yield books
                books.execute("COMMIT")
            except sqlite3.Error as error:  # closing without COMMIT rolls back
                failed = CallFailed if method == "GET" else Uncertain
                raise failed(f"books: {error}", retry=method == "GET", fault="us") from error

    def _begin_transaction(self, statement: str) -> sqlite3.Connection:
        """A connection with a transaction on it, waited for if others have theirs."""
        try:
            if not self.path.exists():
                _make_books(self.path)
            books = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            # The bill must survive a kill: with NORMAL, WAL may lose the last commits when the machine stops
            books.execute("PRAGMA synchronous = FULL")
            if books.execute("PRAGMA user_version").fetchone() != (_VERSION,):
                _upgrade_books(books)
            books.execute(statement)
        except (sqlite3.Error, OSError) as error:
            raise CallFailed(f"no books: {error}", retry=True, fault="us") from error
        return books


def _make_books(path: Path) -> None:
    """New books, made aside and put in place whole; for their owner's eyes only, as they hold keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{token_hex(4)}")
    aside.touch(mode=0o600)
    with closing(sqlite3.connect(aside, isolation_level=None)) as books:
        books.executescript(f"PRAGMA journal_mode = WAL; {_SCHEMA}")
    with suppress(FileExistsError):  # somebody else was sooner
        os.link(aside, path)
    aside.unlink()


def _upgrade_books(books: sqlite3.Connection) -> None:
    """Bring books of version 1 up to date, unless another process has just done it."""
    try:
        books.executescript(_TO_VERSION_2)
    except sqlite3.OperationalError:
        if books.in_transaction:
            books.execute("ROLLBACK")
        if books.execute("PRAGMA user_version").fetchone() != (_VERSION,):
            raise
