"""The simulated carrier's own books: stock and prices, orders, who owns what, the bill, and the log of messages."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from secrets import choice, token_hex

import orjson
from dateutil.relativedelta import relativedelta

from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Outgoing, Sent
from numbers.carriers.simulated.file import File
from numbers.carriers.simulated.stock import CURRENCY, NUMBERS, PRICE_OF_A_SEGMENT, RANGES
from numbers.carriers.simulated.texts import segments

GIVE_UP_AFTER = 24 * 3600.0
CLAIMED_FOR = 30.0  # longer than any delivery takes; then somebody else may try it
KEEP_LOG = 2 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill: `deed` is buy (with the first month), month, send, or release, which costs nothing.

    `amount` is in `currency`.
    """

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


class Books(File):
    """The books in one file.

    API calls name their account by its signing keys: one that is known names the account, and the others are
    remembered. The first one signs. Errors are those of a carrier: `Rejected`, `Uncertain`, `CallFailed`.
    """

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Unowned numbers that fit, the cheapest first."""
        with self.transaction("GET", writes=False) as books:
            return _list_unowned(books, wanted)[: wanted.limit]

    def kinds(self, wanted: NumberQuery) -> list[Offer]:
        """What a number that fits costs at most, without saying which."""
        fitting = [block.most_expensive() for block in RANGES if block.fits(wanted)]
        # The most expensive, so that a ceiling holds whichever number is chosen
        return sorted(fitting, key=lambda offer: offer.monthly_cost)[-1:]

    def buy(
        self, keys: list[str], e164: str, webhook_url: str, lasts: float = 0, key: str = ""
    ) -> Owned | Ordered:
        """Take a number out of the stock, and put it on the bill: set-up and the first month.

        What `lasts` some seconds is an order, carried out and billed when they are over.
        """
        if e164 not in NUMBERS:
            raise Rejected(f"{e164} is not for sale", code="not_for_sale", fault="us")
        with self._settled_transaction("POST") as books:
            taken = "SELECT 1 FROM owned WHERE e164 = ?1 UNION SELECT 1 FROM ordered WHERE e164 = ?1"
            if books.execute(taken, [e164]).fetchone():
                raise Rejected(f"{e164} is taken", code="taken")
            return _place_order(books, e164, _find_account(books, keys), webhook_url, lasts, key)

    def choose(
        self, keys: list[str], wanted: NumberQuery, webhook_url: str, lasts: float = 0, key: str = ""
    ) -> Owned | Ordered:
        """Buy one that fits, whichever it is; under a key that was used before it is the same purchase."""
        with self._settled_transaction("POST") as books:
            account = _find_account(books, keys)
            # The same key is the same purchase: a request that a proxy repeats buys no second number
            if before := _find_ref(books, account, key):
                return _get_order(books, before)
            stock = _list_unowned(books, wanted)
            if not stock:
                raise Rejected("there is no such number left", code="none_left")
            return _place_order(books, choice(stock).e164, account, webhook_url, lasts, key)

    def order(self, keys: list[str], ref: str) -> Owned | Ordered:
        """What became of an order."""
        with self._settled_transaction("GET") as books:
            _find_account(books, keys)
            return _get_order(books, ref)

    def find(self, keys: list[str], key: str) -> Owned | Ordered | None:
        """What the account has, or has ordered, under a key."""
        with self._settled_transaction("GET") as books:
            ref = _find_ref(books, _find_account(books, keys), key)
            return _get_order(books, ref) if ref else None

    def release(self, keys: list[str], ref: str) -> None:
        """Put a number back into the stock; one that is not this account's (any more) is none of our business."""
        with self._settled_transaction("DELETE") as books:
            account = _find_account(books, keys)
            gone = books.execute(
                "DELETE FROM owned WHERE ref = ? AND account = ? RETURNING e164", [ref, account]
            ).fetchone()
            # Released twice is released once, on the bill too
            if gone:
                _write_bill(books, account, "release", gone[0], ref, Decimal(0))

    def configure(self, keys: list[str], ref: str, webhook_url: str) -> None:
        """Point one of the account's numbers at this address."""
        with self._settled_transaction("POST") as books:
            changed = books.execute(
                "UPDATE owned SET webhook_url = ? WHERE ref = ? AND account = ?",
                [webhook_url, ref, _find_account(books, keys)],
            )
            if not changed.rowcount:
                raise Rejected(f"{ref} is not yours", code="not_found")

    def log(self, keys: list[str], since: float) -> list[bytes]:
        """Messages written to the account's numbers since a time, as they are delivered, oldest first."""
        with self._settled_transaction("GET") as books:
            rows = books.execute(
                "SELECT body FROM message WHERE account = ? AND written_at >= ? AND NOT receipt ORDER BY written_at",
                [_find_account(books, keys), since],
            ).fetchall()
        return [body for (body,) in rows]

    def owned(self, keys: list[str]) -> list[Owned]:
        """The account's numbers."""
        with self._settled_transaction("GET") as books:
            rows = books.execute(
                "SELECT ref, e164, webhook_url, monthly_cost FROM owned WHERE account = ? ORDER BY e164",
                [_find_account(books, keys)],
            ).fetchall()
        return [_make_owned(row) for row in rows]

    def ledger(self, keys: list[str]) -> list[Line]:
        """The account's bill, oldest first."""
        with self._settled_transaction("GET") as books:
            rows = books.execute(
                "SELECT at, deed, e164, ref, amount, currency FROM ledger WHERE account = ? ORDER BY id",
                [_find_account(books, keys)],
            ).fetchall()
        return [
            Line(datetime.fromtimestamp(at, UTC), deed, e164, ref, Decimal(amount), unit)
            for at, deed, e164, ref, amount, unit in rows
        ]

    def point(self, keys: list[str], webhook_url: str) -> None:
        """Point all numbers of the account, and what is still to be delivered, at this address."""
        with self.transaction("POST") as books:
            account = _find_account(books, keys)
            books.execute("UPDATE owned SET webhook_url = ? WHERE account = ?", [webhook_url, account])
            books.execute(
                "UPDATE message SET webhook_url = CASE WHEN receipt THEN ?1 || 'status/' ELSE ?1 END"
                " WHERE account = ?2 AND state = 'pending'",
                [webhook_url, account],
            )

    def send(self, keys: list[str], message: Outgoing) -> Sent:
        """Send from a number of the account, or a name: billed by the segment, at once in the log of who owns the

        recipient, with a receipt for the sender: delivered, or undelivered where nobody owns it.
        """
        ref, at = f"SX{token_hex(16)}", datetime.now(UTC)
        size = segments(message.body)
        price = size * PRICE_OF_A_SEGMENT
        payload: dict[str, object] = {
            "id": ref,
            "from": message.sender,
            "to": message.recipient,
            "text": message.body,
        }
        payload |= {"segments": size, "sent_at": at.isoformat(timespec="milliseconds")}
        with self._settled_transaction("POST") as books:
            account = _find_account(books, keys)
            ours = "SELECT 1 FROM owned WHERE e164 = ? AND account = ?"
            if (
                message.sender.startswith("+")
                and not books.execute(ours, [message.sender, account]).fetchone()
            ):
                raise Rejected(f"{message.sender} is not yours", code="not_found", fault="us")
            arrived = _write_message(books, ref, message.recipient, orjson.dumps(payload), at.timestamp())
            _write_bill(books, account, "send", message.recipient, ref, price)
            if message.status_url:
                status = {
                    "id": ref,
                    "status": "delivered" if arrived else "undelivered",
                    "at": at.isoformat(),
                }
                books.execute(
                    "INSERT INTO message (id, account, webhook_url, body, written_at, due_at, receipt)"
                    " VALUES (?1, ?2, ?3, ?4, ?5, ?5, 1)",
                    [f"{ref}/status", account, message.status_url, orjson.dumps(status), at.timestamp()],
                )
        return Sent(ref, size, price, CURRENCY)

    def receivers(self) -> list[str]:
        """Every number that somebody owns."""
        with self.transaction("GET", writes=False) as books:
            return [e164 for (e164,) in books.execute("SELECT e164 FROM owned ORDER BY e164")]

    def write(self, ref: str, e164: str, body: bytes, now: float) -> bool:
        """Take on a message to an owned number; False when nobody owns it. Old lines of the log are dropped."""
        with self.transaction("POST") as books:
            books.execute(
                "DELETE FROM message WHERE state IN ('delivered', 'given up') AND due_at < ?",
                [now - KEEP_LOG],
            )
            return _write_message(books, ref, e164, body, now)

    def claim(self, now: float, limit: int) -> list[Pending]:
        """Due messages, each handed to one caller, who has `CLAIMED_FOR` seconds to settle it."""
        with self.transaction("POST") as books:
            ids = books.execute(
                # Claimed by moving the due time: after a kill the message is due again on its own
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
        """Record the outcome of a delivery; a failed one is retried after 1, 2, 4, ... seconds, for a day."""
        state = (
            "delivered"
            if delivered
            else "given up"
            if now - message.written_at > GIVE_UP_AFTER
            else "pending"
        )
        due_at = now + 2.0 ** min(message.attempts - 1, 16) if state == "pending" else now
        with self.transaction("POST") as books:
            books.execute(
                "UPDATE message SET state = ?, due_at = ?, answer = ? WHERE id = ? AND state = 'pending'",
                [state, due_at, answer, message.id],
            )

    def states(self) -> dict[str, int]:
        """How many messages of the log are pending, delivered, given up."""
        with self.transaction("GET", writes=False) as books:
            return dict(books.execute("SELECT state, count(*) FROM message GROUP BY state").fetchall())

    @contextmanager
    def _settled_transaction(self, method: str) -> Iterator[sqlite3.Connection]:
        """A transaction that finds everything done that was due until now: orders, and months billed."""
        with self.transaction(method) as books:
            _carry_out(books)
            _bill_months(books)
            yield books


def _list_unowned(books: sqlite3.Connection, wanted: NumberQuery) -> list[Offer]:
    owned = books.execute("SELECT e164 FROM owned UNION SELECT e164 FROM ordered")
    taken = {e164 for (e164,) in owned}
    found = [
        block.offer(e164)
        for block in RANGES
        if block.fits(wanted)
        for e164 in block
        if wanted.contains in e164 and e164 not in taken
    ]
    return sorted(found, key=lambda offer: (offer.monthly_cost, offer.e164))


def _place_order(
    books: sqlite3.Connection, e164: str, account: int, webhook_url: str, lasts: float, key: str
) -> Owned | Ordered:
    """An order for a number that nobody has, carried out at once unless it lasts."""
    ref = f"SN{token_hex(16)}"
    order = [e164, ref, account, webhook_url, _unix_now() + lasts, key]
    books.execute("INSERT INTO ordered VALUES (?, ?, ?, ?, ?, ?)", order)
    _carry_out(books)
    return _get_order(books, ref)


def _find_ref(books: sqlite3.Connection, account: int, key: str) -> str:
    """What the account has, or has ordered, under a key; empty for none."""
    found = books.execute(
        "SELECT ref FROM owned WHERE account = ?1 AND key = ?2"
        " UNION SELECT ref FROM ordered WHERE account = ?1 AND key = ?2",
        [account, key],
    ).fetchone()
    return str(found[0]) if found and key else ""


def _unix_now() -> float:
    return datetime.now(UTC).timestamp()


def _carry_out(books: sqlite3.Connection) -> None:
    """Orders whose time has come: the number is the account's, and on the bill."""
    due = books.execute(
        "DELETE FROM ordered WHERE done_at <= ? RETURNING e164, ref, account, webhook_url, done_at, key",
        [_unix_now()],
    ).fetchall()
    for e164, ref, account, webhook_url, done_at, key in due:
        offer = NUMBERS[e164].offer(e164)
        books.execute(
            "INSERT INTO owned VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)",
            [
                e164,
                ref,
                account,
                webhook_url,
                str(offer.monthly_cost),
                done_at,
                _month_start(done_at, 1),
                key,
            ],
        )
        _write_bill(books, account, "buy", e164, ref, offer.monthly_cost + offer.setup_cost, done_at)


def _bill_months(books: sqlite3.Connection) -> None:
    """Every further month on the day of the purchase, or the month's last."""
    begun = "SELECT e164, ref, account, monthly_cost, bought_at, months FROM owned WHERE next_month_at <= ?"
    for e164, ref, account, cost, bought_at, months in books.execute(begun, [_unix_now()]).fetchall():
        following = months
        while (at := _month_start(bought_at, following)) <= _unix_now():
            period = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
            _write_bill(books, account, "month", e164, ref, Decimal(cost), at, period)
            following += 1
        books.execute("UPDATE owned SET months = ?, next_month_at = ? WHERE ref = ?", [following, at, ref])


def _month_start(bought_at: float, number: int) -> float:
    """When a month of a lease begins, the first one being 0: at midnight UTC."""
    day = datetime.fromtimestamp(bought_at, UTC).date() + relativedelta(months=number)
    return datetime.combine(day, time(), UTC).timestamp()


def _get_order(books: sqlite3.Connection, ref: str) -> Owned | Ordered:
    row = books.execute(
        "SELECT ref, e164, webhook_url, monthly_cost FROM owned WHERE ref = ?", [ref]
    ).fetchone()
    if row:
        return _make_owned(row)
    if books.execute("SELECT 1 FROM ordered WHERE ref = ?", [ref]).fetchone():
        return Ordered(ref)
    raise Rejected(f"there is no order {ref}", code="not_found")


def _make_owned(row: tuple[str, str, str, str]) -> Owned:
    return Owned(row[0], row[1], row[2], Decimal(row[3]), CURRENCY)


def _write_message(books: sqlite3.Connection, ref: str, e164: str, body: bytes, now: float) -> bool:
    written = books.execute(
        "INSERT INTO message (id, account, webhook_url, body, written_at, due_at)"
        " SELECT ?, account, webhook_url, ?, ?, ? FROM owned WHERE e164 = ?",
        [ref, body, now, now, e164],
    )
    return written.rowcount == 1


def _find_account(books: sqlite3.Connection, keys: list[str]) -> int:
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


def _write_bill(
    books: sqlite3.Connection,
    account: int,
    deed: str,
    e164: str,
    ref: str,
    amount: Decimal,
    at: float | None = None,
    period: str = "",
) -> None:
    books.execute(
        "INSERT INTO ledger (at, account, deed, e164, ref, period, amount, currency) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [_unix_now() if at is None else at, account, deed, e164, ref, period, str(amount), CURRENCY],
    )
