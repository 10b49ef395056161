"""The simulated carrier's own books: stock and prices, who owns what, the bill, and the log of messages.

An SQLite file of the carrier's, not a part of our database: what the carrier knows survives whatever happens to us.
Every change is one immediate transaction, so that several processes share it and a kill leaves nothing half done.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from secrets import token_hex

from numbers.carriers.base import Offer, Owned, Wish
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.simulated_stock import CURRENCY, NUMBERS, RANGES

GIVE_UP_AFTER = 24 * 3600.0
CLAIMED_FOR = 30.0  # longer than any delivery takes; then somebody else may try it
KEEP_LOG = 2 * 24 * 3600.0

_SCHEMA = """
    CREATE TABLE account (id INTEGER PRIMARY KEY, signing_key TEXT NOT NULL);
    CREATE TABLE login (signing_key TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account);
    CREATE TABLE owned (
        e164 TEXT PRIMARY KEY, ref TEXT NOT NULL UNIQUE, account INTEGER NOT NULL REFERENCES account,
        webhook_url TEXT NOT NULL, monthly_cost TEXT NOT NULL);
    CREATE TABLE ledger (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, account INTEGER NOT NULL REFERENCES account,
        deed TEXT NOT NULL CHECK (deed IN ('buy', 'release')), e164 TEXT NOT NULL, ref TEXT NOT NULL,
        amount TEXT NOT NULL, currency TEXT NOT NULL, UNIQUE (deed, ref));
    CREATE TABLE message (
        id TEXT PRIMARY KEY, account INTEGER NOT NULL REFERENCES account, webhook_url TEXT NOT NULL,
        body BLOB NOT NULL, written_at REAL NOT NULL, due_at REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'given up')),
        answer TEXT NOT NULL DEFAULT '');
    CREATE INDEX message_due ON message (state, due_at);
"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill. `amount` is in `currency`; giving a number back costs nothing."""

    at: datetime
    deed: str
    e164: str
    ref: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A message to be delivered now: what to post where, signed with which key. `attempts` counts this one."""

    id: str
    webhook_url: str
    signing_key: str
    body: bytes
    written_at: float
    attempts: int


class Books:
    """The books in one file, made when first written to. Any number of processes may use it at once.

    API calls name their account by its signing keys: one that is known names the account, and the others are
    remembered. The first one signs. Errors are those of a carrier: `Rejected`, `Uncertain`, `CallFailed`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def search(self, wish: Wish) -> list[Offer]:
        """Unowned numbers that fit, the cheapest first."""
        with self._transaction("GET", writes=False) as books:
            taken = {e164 for (e164,) in books.execute("SELECT e164 FROM owned")}
        found = [
            block.offer(e164)
            for block in RANGES
            if block.fits(wish)
            for e164 in block
            if wish.contains in e164 and e164 not in taken
        ]
        return sorted(found, key=lambda offer: (offer.monthly_cost, offer.e164))[: wish.limit]

    def buy(self, keys: list[str], e164: str, webhook_url: str) -> Owned:
        """Take a number out of the stock, and put it on the bill: set-up and the first month."""
        if e164 not in NUMBERS:
            raise Rejected(f"{e164} is not for sale", code="not_for_sale", fault="us")
        offer, ref = NUMBERS[e164].offer(e164), f"SN{token_hex(16)}"
        with self._transaction("POST") as books:
            if books.execute("SELECT 1 FROM owned WHERE e164 = ?", [e164]).fetchone():
                raise Rejected(f"{e164} is taken", code="taken")
            account = _account(books, keys)
            books.execute(
                "INSERT INTO owned VALUES (?, ?, ?, ?, ?)",
                [e164, ref, account, webhook_url, str(offer.monthly_cost)],
            )
            _bill(books, account, "buy", e164, ref, offer.monthly_cost + offer.setup_cost)
        return Owned(ref, e164, webhook_url, offer.monthly_cost, offer.currency)

    def release(self, keys: list[str], ref: str) -> None:
        """Put a number back into the stock; one that is not this account's (any more) is none of our business."""
        with self._transaction("DELETE") as books:
            account = _account(books, keys)
            gone = books.execute(
                "DELETE FROM owned WHERE ref = ? AND account = ? RETURNING e164", [ref, account]
            ).fetchone()
            if gone:
                _bill(books, account, "release", gone[0], ref, Decimal(0))

    def configure(self, keys: list[str], ref: str, webhook_url: str) -> None:
        """Point one of the account's numbers at this address."""
        with self._transaction("POST") as books:
            changed = books.execute(
                "UPDATE owned SET webhook_url = ? WHERE ref = ? AND account = ?",
                [webhook_url, ref, _account(books, keys)],
            )
            if not changed.rowcount:
                raise Rejected(f"{ref} is not yours", code="not_found")

    def log(self, keys: list[str], since: float) -> list[bytes]:
        """Messages written to the account's numbers since a time, as they are delivered, oldest first."""
        with self._transaction("GET") as books:
            rows = books.execute(
                "SELECT body FROM message WHERE account = ? AND written_at >= ? ORDER BY written_at",
                [_account(books, keys), since],
            ).fetchall()
        return [body for (body,) in rows]

    def owned(self, keys: list[str]) -> list[Owned]:
        """The account's numbers."""
        with self._transaction("GET") as books:
            rows = books.execute(
                "SELECT ref, e164, webhook_url, monthly_cost FROM owned WHERE account = ? ORDER BY e164",
                [_account(books, keys)],
            ).fetchall()
        return [Owned(ref, e164, url, Decimal(cost), CURRENCY) for ref, e164, url, cost in rows]

    def ledger(self, keys: list[str]) -> list[Line]:
        """The account's bill, oldest first."""
        with self._transaction("GET") as books:
            rows = books.execute(
                "SELECT at, deed, e164, ref, amount, currency FROM ledger WHERE account = ? ORDER BY id",
                [_account(books, keys)],
            ).fetchall()
        return [
            Line(datetime.fromtimestamp(at, UTC), deed, e164, ref, Decimal(amount), unit)
            for at, deed, e164, ref, amount, unit in rows
        ]

    def point(self, keys: list[str], webhook_url: str) -> None:
        """Point all numbers of the account, and what is still to be delivered, at this address."""
        with self._transaction("POST") as books:
            account = _account(books, keys)
            books.execute("UPDATE owned SET webhook_url = ? WHERE account = ?", [webhook_url, account])
            books.execute(
                "UPDATE message SET webhook_url = ? WHERE account = ? AND state = 'pending'",
                [webhook_url, account],
            )

    def receivers(self) -> list[str]:
        """Every number that somebody owns."""
        with self._transaction("GET", writes=False) as books:
            return [e164 for (e164,) in books.execute("SELECT e164 FROM owned ORDER BY e164")]

    def write(self, ref: str, e164: str, body: bytes, now: float) -> bool:
        """Take on a message to an owned number; False when nobody owns it. Old lines of the log are dropped."""
        with self._transaction("POST") as books:
            books.execute(
                "DELETE FROM message WHERE state IN ('delivered', 'given up') AND due_at < ?",
                [now - KEEP_LOG],
            )
            written = books.execute(
                "INSERT INTO message (id, account, webhook_url, body, written_at, due_at)"
                " SELECT ?, account, webhook_url, ?, ?, ? FROM owned WHERE e164 = ?",
                [ref, body, now, now, e164],
            )
            return written.rowcount == 1

    def claim(self, now: float, limit: int) -> list[Pending]:
        """Due messages, each handed to one caller, who has `CLAIMED_FOR` seconds to settle it."""
        with self._transaction("POST") as books:
            ids = books.execute(
                "UPDATE message SET due_at = ?, attempts = attempts + 1 WHERE id IN (SELECT id FROM message"
                " WHERE state = 'pending' AND due_at <= ? ORDER BY due_at LIMIT ?) RETURNING id",
                [now + CLAIMED_FOR, now, limit],
            ).fetchall()
            rows = books.execute(
                "SELECT message.id, webhook_url, signing_key, body, written_at, attempts FROM message"
                " JOIN account ON account.id = account"
                " WHERE message.id IN (SELECT value FROM json_each(?)) ORDER BY written_at",
                [json.dumps([ref for (ref,) in ids])],
            ).fetchall()
        return [Pending(*row) for row in rows]

    def settle(self, message: Pending, *, delivered: bool, answer: str, now: float) -> None:
        """Note how a delivery went; a failed one comes again after 1, 2, 4, ... seconds, for a day."""
        state = (
            "delivered"
            if delivered
            else "given up"
            if now - message.written_at > GIVE_UP_AFTER
            else "pending"
        )
        due_at = now + 2.0 ** min(message.attempts - 1, 16) if state == "pending" else now
        with self._transaction("POST") as books:
            books.execute(
                "UPDATE message SET state = ?, due_at = ?, answer = ? WHERE id = ? AND state = 'pending'",
                [state, due_at, answer, message.id],
            )

    def states(self) -> dict[str, int]:
        """How many messages of the log are pending, delivered, given up."""
        with self._transaction("GET", writes=False) as books:
            return dict(books.execute("SELECT state, count(*) FROM message GROUP BY state").fetchall())

    @contextmanager
    def _transaction(self, method: str, *, writes: bool = True) -> Iterator[sqlite3.Connection]:
        """A transaction; what goes wrong is named as if it were a call of this HTTP method."""
        with closing(
            self._begin("BEGIN IMMEDIATE" if writes else "BEGIN")
        ) as books:  # closing without COMMIT rolls back
            try:
                yield books
                books.execute("COMMIT")
            except sqlite3.Error as error:
                failed = CallFailed if method == "GET" else Uncertain
                raise failed(f"books: {error}", retry=method == "GET", fault="us") from error

    def _begin(self, statement: str) -> sqlite3.Connection:
        """A connection with a transaction on it, waited for if others have theirs."""
        try:
            if not self.path.exists():
                _make(self.path)
            books = sqlite3.connect(self.path, timeout=20, isolation_level=None)
            books.executescript(f"PRAGMA synchronous = FULL; {statement};")
        except (sqlite3.Error, OSError) as error:
            raise CallFailed(f"no books: {error}", retry=True, fault="us") from error
        return books


def _make(path: Path) -> None:
    """New books, made aside and put in place whole; for their owner's eyes only, as they hold keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{token_hex(4)}")
    aside.touch(mode=0o600)
    with closing(sqlite3.connect(aside, isolation_level=None)) as books:
        books.executescript(f"PRAGMA journal_mode = WAL; {_SCHEMA}")
    with suppress(FileExistsError):  # somebody else was sooner
        os.link(aside, path)
    aside.unlink()


def _account(books: sqlite3.Connection, keys: list[str]) -> int:
    """The account that one of these keys belongs to, or a new one."""
    found = books.execute(
        "SELECT account FROM login WHERE signing_key IN (SELECT value FROM json_each(?))", [json.dumps(keys)]
    ).fetchone()
    if found:
        account = int(found[0])
        books.execute(
            "UPDATE account SET signing_key = ?1 WHERE id = ?2 AND signing_key <> ?1", [keys[0], account]
        )
    else:
        account = int(
            books.execute("INSERT INTO account (signing_key) VALUES (?) RETURNING id", [keys[0]]).fetchone()[
                0
            ]
        )
    books.executemany("INSERT OR IGNORE INTO login VALUES (?, ?)", [(key, account) for key in keys])
    return account


def _bill(books: sqlite3.Connection, account: int, deed: str, e164: str, ref: str, amount: Decimal) -> None:
    books.execute(
        "INSERT INTO ledger (at, account, deed, e164, ref, amount, currency) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [datetime.now(UTC).timestamp(), account, deed, e164, ref, str(amount), CURRENCY],
    )
