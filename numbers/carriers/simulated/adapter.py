"""A carrier inside the product, for demonstrations and tests: it sells fictional numbers and posts signed webhooks."""

import hmac
import secrets as random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson

from numbers.carriers import setting_checks
from numbers.carriers.contract import (
    Access,
    Answer,
    Carrier,
    Feature,
    Inbound,
    NumberQuery,
    Offer,
    Ordered,
    Outgoing,
    Owned,
    Purpose,
    Receipt,
    Request,
    Secrets,
    Sent,
    Setting,
    Status,
    secret_values,
    unix_seconds,
)
from numbers.carriers.errors import BadSignature, NotSet, Rejected, Unparsable, Unsupported
from numbers.carriers.simulated import faults
from numbers.carriers.simulated.books import Books
from numbers.carriers.toolkit import signatures

T = TypeVar("T")

SIGNATURE_HEADER = "X-Simulated-Signature"
WINDOW = 300
LONGEST_ORDER = 10.0

_STATUSES = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERED,
    "failed": Status.FAILED,
}


class Simulated(Carrier):
    """Set-up of a simulated account

    Nothing to set up: an account automatically gets a `signing_key` and, as `books`, a file for the carrier's books.
    Numbers are from ranges reserved for fiction and cost no real money; sent messages arrive if the number has an
    owner. An account with `blind` set to yes buys as at AWS: numbers of the carrier's choice, at their maximum price.
    `manage.py simulate` sends messages to every number bought; it signs them with the first signing key and retries
    for a day until the answer is 2xx. To rotate the key, put the new one before the old one.
    """

    name = "simulated"
    title = "Simulated carrier"
    settings = (
        Setting(
            "signing_key",
            help="key that signs webhooks; two while you rotate it",
            check=setting_checks.anything,
        ),
        Setting(
            "books", help="path of the SQLite file with the carrier's books", check=setting_checks.anything
        ),
        Setting(
            "order_seconds",
            needed=False,
            help="seconds that a purchase takes, up to 10 (default: 0)",
            check=setting_checks.number(LONGEST_ORDER),
        ),
        Setting(
            "blind",
            needed=False,
            help="yes: the carrier chooses the numbers",
            check=setting_checks.one_of(("yes", "no")),
        ),
        Setting(
            "faults",
            needed=False,
            help="share of calls that fail, from 0 to 1, for drills",
            check=setting_checks.number(1),
        ),
    )

    features = frozenset(
        {
            Feature.SIGNED,
            Feature.RECEIPTS,
            Feature.SEARCH,
            Feature.BLIND,
            Feature.BUY,
            Feature.ORDERS,
            Feature.KEYS,
            Feature.CONFIGURE,
            Feature.RELEASE,
            Feature.OWNED,
            Feature.MESSAGES,
            Feature.SEND,
            Feature.LOGIN,
        }
    )
    listed_within = timedelta(seconds=15)  # its books know a purchase once its order is over

    @staticmethod
    def defaults(var: Path) -> dict[str, str]:
        """Settings of a new account: a key of its own, and books that all accounts share."""
        return {"signing_key": random.token_hex(32), "books": str(var / "simulated.sqlite3")}

    proof_headers = frozenset({"authorization", SIGNATURE_HEADER.lower()})

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Check the signature over time and body, then that the time is at most 300 s off."""
        given = [part.partition("=")[::2] for part in request.header(SIGNATURE_HEADER).split(",")]
        sent = next((value for name, value in given if name == "t"), "")
        if not sent:
            raise BadSignature("no signature")
        keys = secret_values(secrets, "signing_key")
        if not keys:
            raise BadSignature("no secret set")
        expected = [signature(key, sent, request.body).encode() for key in keys]
        if not any(signatures.matches(value, expected) for name, value in given if name == "v1"):
            raise BadSignature("signature")
        if not (sent.isdecimal() and len(sent) < 13 and abs(int(sent) - unix_seconds(now)) <= WINDOW):
            raise BadSignature("clock")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """A message `{"id", "from", "to", "text", "segments", "sent_at"}`, or a receipt `{"id", "status", ...}`."""
        try:
            said = orjson.loads(request.body)
        except orjson.JSONDecodeError:
            raise Unparsable("the body is not JSON") from None
        if not isinstance(said, dict):
            raise Unparsable("the body is not a JSON object")
        ref = _text(said, "id", 128)
        if "status" in said:
            word = _text(said, "status", 64)
            status = _STATUSES.get(word, Status.UNKNOWN)
            return [Receipt(ref, status, word, str(said.get("error_code") or "")[:64], _time(said.get("at")))]
        sender, recipient, text = _text(said, "from", 64), _text(said, "to", 64), said.get("text")
        if not isinstance(text, str):
            raise Unparsable("no text")
        segments = _segments(said.get("segments"))
        return [Inbound(ref, sender, recipient, text, _time(said.get("sent_at")), segments)]

    def answer(self, purpose: Purpose) -> Answer:
        """Any 2xx will do."""
        return Answer(204)

    def search(self, access: Access, wanted: NumberQuery) -> list[Offer]:
        """Numbers of the stock that nobody has, or what one of the carrier's choice costs at most."""
        if secret_values(access.secrets, "blind") == ["yes"]:
            return _read(access, lambda: _books(access).kinds(wanted))
        return _read(access, lambda: _books(access).search(wanted))

    def buy(self, access: Access, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Buy it; a number that somebody has, even we, is refused."""
        lasts = _number(access, "order_seconds", at_most=LONGEST_ORDER)
        if offer.blind:
            wanted = NumberQuery(offer.country, offer.kind, offer.capabilities)
            return _change(
                access, lambda: _books(access).choose(_keys(access), wanted, webhook_url, lasts, key)
            )
        return _change(access, lambda: _books(access).buy(_keys(access), offer.e164, webhook_url, lasts, key))

    def order(self, access: Access, ref: str) -> Owned | Ordered:
        """Whether an order has been carried out."""
        return _read(access, lambda: _books(access).order(_keys(access), ref))

    def find(self, access: Access, key: str) -> Owned | Ordered | None:
        """What the books have under this key."""
        return _read(access, lambda: _books(access).find(_keys(access), key))

    def configure(self, access: Access, ref: str, webhook_url: str) -> None:
        """Point it at this address."""
        _change(access, lambda: _books(access).configure(_keys(access), ref, webhook_url))

    def release(self, access: Access, ref: str) -> None:
        """Give it back."""
        _change(access, lambda: _books(access).release(_keys(access), ref))

    def owned(self, access: Access) -> list[Owned]:
        """What the books say is ours."""
        return _read(access, lambda: _books(access).owned(_keys(access)))

    def messages(self, access: Access, since: datetime) -> list[Inbound]:
        """What the books say was written to our numbers; they keep it for two days."""
        bodies = _read(access, lambda: _books(access).log(_keys(access), since.timestamp()))
        found = [event for body in bodies for event in self.parse(Request("POST", "", {}, body))]
        return [event for event in found if isinstance(event, Inbound)]

    def log_in(self, access: Access) -> None:
        """Open the books."""
        _read(access, lambda: _books(access).owned(_keys(access)))

    def send(self, access: Access, message: Outgoing) -> Sent:
        """Send it: to a number that is owned it arrives as a message, to others it cannot be delivered."""
        if message.media:
            raise Unsupported(self.name, "sending files")
        return _change(access, lambda: _books(access).send(_keys(access), message))


def signature(key: str, sent: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over the time (Unix seconds as text), a dot, and the body."""
    return hmac.digest(key.encode(), sent.encode(errors="replace") + b"." + body, "sha256").hex()


def signature_header(key: str, sent: int, body: bytes) -> dict[str, str]:
    """The header that signs this body at this time."""
    return {SIGNATURE_HEADER: f"t={sent},v1={signature(key, str(sent), body)}"}


def _read(access: Access, function: Callable[[], T]) -> T:
    return faults.call(function, _share_of_faults(access), reads=True)


def _change(access: Access, function: Callable[[], T]) -> T:
    return faults.call(function, _share_of_faults(access))


def _share_of_faults(access: Access) -> float:
    return _number(access, "faults", at_most=1)


def _number(access: Access, name: str, at_most: float) -> float:
    given = secret_values(access.secrets, name)
    try:
        value = float(given[0]) if given else 0.0
    except ValueError:
        value = -1.0
    if not 0 <= value <= at_most:
        raise Rejected(f"the setting {name} is not a number from 0 to {at_most:g}", fault="account")
    return value


def _keys(access: Access) -> list[str]:
    keys = secret_values(access.secrets, "signing_key")
    if not keys:
        raise NotSet("signing_key")
    return keys


def _books(access: Access) -> Books:
    paths = secret_values(access.secrets, "books")
    if not paths:
        raise NotSet("books")
    return Books(Path(paths[0]))


def _text(said: dict[str, Any], name: str, longest: int) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        raise Unparsable(f"no {name}")
    if len(value) > longest:
        raise Unparsable(f"{name} is longer than {longest} characters")
    return value


def _segments(value: object) -> int:
    return value if type(value) is int and 0 <= value < 1000 else 0


def _time(value: object) -> datetime | None:
    """An RFC 3339 time; without a zone it is UTC; None for anything else."""
    try:
        time = datetime.fromisoformat(str(value))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
