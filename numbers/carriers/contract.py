"""The contract that every carrier's adapter fulfils: what it takes and what it returns.

An adapter has two faces: `Carrier`, a stateless object that reads signed webhooks (`verify`, `parse`, `answer`), and
`Api`, which calls the carrier for one account (`search`, `buy`, `release`, `owned`). It knows neither our database
nor Django.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal, Self

import httpx

from numbers.carriers import setting_checks
from numbers.carriers.errors import NotSet, Unsupported

Secrets = Mapping[str, str | Sequence[str]]
"""Secrets of one account by name; a list holds several that are valid at once, for rotation."""

Purpose = Literal["inbound", "status"]

CAPABILITIES = ("sms", "mms", "voice", "fax")
"""What a number may be able to do, as far as any carrier sells it."""


class Kind(StrEnum):
    """Kinds of numbers."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"
    NATIONAL = "national"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


@dataclass(frozen=True, slots=True)
class Request:
    """A webhook as the carrier sent it.

    `url` is the public address that the carrier was given (never rebuilt from Host headers); `body` is raw.
    Header names are matched whatever their case.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""

    def __post_init__(self) -> None:
        object.__setattr__(self, "headers", {name.lower(): value for name, value in self.headers.items()})

    def header(self, name: str) -> str:
        """The header's value, or an empty string."""
        return self.headers.get(name.lower(), "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the carrier expects to hear after a webhook."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with an MMS, still at the carrier."""

    url: str
    content_type: str = ""


_SMIL_TYPES = ("application/smil", "application/smil+xml")
_VAGUE_TYPES = (
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
    "text/xml",
    "application/xml",
)
_SMIL_NAME = re.compile(r"(?:\A|/)(?:[^/]*\.smil?|smil(?:\.xml)?)\Z", re.IGNORECASE)


def is_presentation(content_type: str, name: str) -> bool:
    """Whether a part of an MMS only says how the others are laid out (SMIL), and is not an attachment.

    `name` is a file's name or path. It counts where the type says nothing (OMA MMS Conformance, section 7).
    """
    kind = content_type.partition(";")[0].strip().lower()
    return kind in _SMIL_TYPES or (kind in _VAGUE_TYPES and bool(_SMIL_NAME.search(name)))


@dataclass(frozen=True, slots=True)
class Part:
    """The place of a text in a message whose parts come one by one: `index` of `total`, counted from 1.

    `group` is the same for all parts of a message, and for no other message of that sender and recipient soon.
    `content` are the bytes of the text where the carrier hands on bytes: a part may end in the middle of a character,
    so they are joined before they are decoded by `charset` (see `charsets`). Without them the bodies are joined.
    """

    group: str
    index: int
    total: int
    content: bytes = b""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One SMS or MMS that came in, or one part of it.

    `ref` is the carrier's id of the message (of the part, where parts come one by one), the same on every
    repetition; empty where the carrier gave none, and then `identity` is not. `recipient` is E.164 with `+` or a
    short code; `sender` is whatever the carrier said: E.164, short
    code or letters. `segments` is the carrier's own count, 0 if it reports none. A binary body is given in
    hex, with the flag "binary". `identity` is what a repetition has in common where the carrier's id is the event's and
    not the message's; it may hold the text, so only a keyed hash of it is stored. A presentation part among
    `media` is left out, whatever the adapter gives.
    """

    ref: str
    sender: str
    recipient: str
    body: str
    sent_at: datetime | None = None
    segments: int = 0
    media: tuple[Media, ...] = ()
    flags: tuple[str, ...] = ()
    part: Part | None = None
    identity: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        kept = (item for item in self.media if not is_presentation(item.content_type, _path(item.url)))
        object.__setattr__(self, "media", tuple(kept))


def _path(url: str) -> str:
    """The path of an address that anybody may have written."""
    return url.partition("?")[0].partition("#")[0]


class Status(StrEnum):
    """Statuses of a message that we sent; they only move forward."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report for a message that we sent; `word` is the carrier's own status."""

    ref: str
    status: Status
    word: str = ""
    error_code: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NumberQuery:
    """What a number must be, for `search`. Country is ISO 3166-1 alpha-2, upper-case."""

    country: str
    kind: Kind = Kind.LOCAL
    capabilities: frozenset[str] = frozenset({"sms"})
    contains: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that the carrier would lease to us now. Costs are in `currency` (ISO 4217).

    Without an `e164` it is blind: the carrier chooses the number when it is bought. One such offer represents any
    number of purchases.
    """

    e164: str
    country: str
    kind: Kind
    capabilities: frozenset[str]
    monthly_cost: Decimal
    setup_cost: Decimal = Decimal(0)
    currency: str = "USD"

    @property
    def blind(self) -> bool:
        """Whether the number is the carrier's choice."""
        return not self.e164


@dataclass(frozen=True, slots=True)
class Owned:
    """A number that the carrier says is ours. `ref` is the carrier's id of it.

    `webhook_url` is where its messages go: empty if none is set, None if the carrier does not report it.
    """

    ref: str
    e164: str
    webhook_url: str | None = None
    monthly_cost: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order that the carrier has taken but not carried out; `ref` is its id there."""

    ref: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `sender` is a number of ours or letters; `status_url` hears of its fate."""

    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the carrier has taken: its id there, and what the carrier said of size and price so far."""

    ref: str
    segments: int = 0
    price: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One secret or setting of an account at this carrier."""

    name: str
    needed: bool = True
    help: str = ""
    check: setting_checks.Check = setting_checks.token
    """Says what is wrong with a value that cannot work; an empty text if nothing is."""
    usual: setting_checks.Check = setting_checks.anything
    """Says what is unusual about a value that may still work; an empty text if nothing is."""


class Feature(StrEnum):
    """A feature that carriers may have; `Unsupported` names it by its value."""

    SIGNED = "signed webhooks"
    RECEIPTS = "delivery receipts"
    MEDIA = "MMS media"
    PARTS = "separate delivery of parts"
    SEARCH = "searching for numbers"
    BLIND = "choosing numbers itself"
    BUY = "buying numbers"
    ORDERS = "orders completed later"
    KEYS = "looking up purchases by key"
    CONFIGURE = "setting webhook addresses by API"
    RELEASE = "releasing numbers"
    OWNED = "listing numbers"
    MESSAGES = "listing messages"
    SEND = "sending messages"
    LOGIN = "testing the login"


LEASING = (
    Feature.SEARCH,
    Feature.BLIND,
    Feature.BUY,
    Feature.ORDERS,
    Feature.KEYS,
    Feature.RELEASE,
)
"""What a carrier lacks that has no numbers for lease."""

METHODS = {
    Feature.SEARCH: "search",
    Feature.BUY: "buy",
    Feature.ORDERS: "order",
    Feature.KEYS: "find",
    Feature.CONFIGURE: "configure",
    Feature.RELEASE: "release",
    Feature.OWNED: "owned",
    Feature.MESSAGES: "messages",
    Feature.SEND: "send",
    Feature.LOGIN: "log_in",
}
"""The method of `Api` that is a feature; a carrier has it if its adapter overrides the method."""


class Carrier:
    """A carrier's webhooks. Subclasses set the class attributes and override what the carrier has."""

    name: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    body_limit: ClassVar[int] = 64 * 1024
    """Bytes that a webhook of it may have."""
    notices: ClassVar[frozenset[str]] = frozenset()
    """Kinds of events that the carrier is known to send and that need no action."""
    proof_headers: ClassVar[frozenset[str]] = frozenset({"authorization"})
    """Headers that prove who sent a request, in lower case: they are never kept."""
    proof_parameters: ClassVar[frozenset[str]] = frozenset({"token"})
    """Parameters of the query that do the same."""
    verify_blocks: ClassVar[bool] = False
    """Whether `verify` may ask the network, and must not be called in an event loop."""
    signed: ClassVar[bool] = True
    """Whether the carrier proves who sent a webhook, by a signature or a login; without, a token of ours does."""
    receipts: ClassVar[bool] = True
    """Whether `parse` reads delivery receipts,"""
    media: ClassVar[bool] = False
    """the files of an MMS,"""
    parts: ClassVar[bool] = False
    """and parts of long messages that come one by one."""
    lacks: ClassVar[Mapping[Feature, str]] = {}
    """What the carrier itself does not have, with the reason; all else that is missing is not built."""

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Raise `BadSignature` unless the carrier holding these secrets sent this request at about `now`.

        A carrier that signs nothing is held to a secret of our own in the webhook's address.
        """
        raise NotImplementedError

    def confirm(self, request: Request) -> bool:
        """Say yes to a carrier that asks whether the webhook's address is meant; False when it asks nothing.

        Only for verified requests, and only where `verify_blocks`: it may ask the network. Raises `CannotVerify` when
        the carrier cannot be reached now, `Unparsable` when it does not take the answer.
        """
        return False

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """What a verified request says; raises `Unparsable`. An empty list is a notice that needs no action."""
        raise NotImplementedError

    def media_login(self, url: str, secrets: Secrets) -> tuple[str, str] | None:
        """The name and password with which to ask for a received file; None where its address is all that is needed.

        Raises `Unsupported` for an address where the carrier has no file of this account: it must not be asked.
        """
        return None

    def answer(self, purpose: Purpose) -> Answer:
        """What the carrier expects to hear once the request is safely stored."""
        return Answer()


class Api:
    """An account's API at its carrier, until the end of a `with` block. Subclasses override what the carrier has.

    `http` is closed with it. What is not overridden raises `Unsupported`.
    """

    carrier: ClassVar[type[Carrier]]
    blind: ClassVar[bool] = False
    """Whether `search` may give offers without a number, for which the carrier chooses one when it is bought."""
    clock_error: ClassVar[timedelta] = timedelta()
    """How far off the times in `messages` may be: they are a phone's own where phones are the carrier."""
    listed_within: ClassVar[timedelta] = timedelta(minutes=10)
    """How late a purchase may appear in `owned`: one that nobody answered counts as not made only after that."""

    def __init__(self, secrets: Secrets, http: httpx.Client | None = None) -> None:
        self.secrets = secrets
        self.http = http or httpx.Client(timeout=15.0, follow_redirects=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.http.close()

    def setting(self, name: str) -> str:
        """The account's setting, the first where there are several; raises `NotSet` without one."""
        value = first_secret(self.secrets, name)
        if not value:
            raise NotSet(name)
        return value

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers for lease that fit, cheapest first; blind offers only where `blind`."""
        raise self._unsupported(Feature.SEARCH)

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str] | None:
        """The monthly cost of every number of this kind, and the currency; None if it is not reported.

        For carriers whose list of numbers has no prices.
        """
        return None

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Lease this very number and point it at the webhook; raises `Rejected` or `Uncertain`.

        `Ordered`: the carrier will do it; ask `order` until it is done. `key` is our name for the purchase, up to 32
        letters and digits: a carrier that has `find` keeps it, so that a purchase is known by it whatever got lost.
        A blind purchase can be known by nothing else: a carrier with such offers has keys.
        """
        raise self._unsupported(Feature.BUY)

    def order(self, ref: str) -> Owned | Ordered:
        """What became of an order; raises `Rejected` when it failed. Never buys anything."""
        raise self._unsupported(Feature.ORDERS)

    def find(self, key: str) -> Owned | Ordered | None:
        """What was bought under a key; None where nothing was, or the order failed. Known as soon as it is placed."""
        raise self._unsupported(Feature.KEYS)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point a number of ours at the webhook."""
        raise self._unsupported(Feature.CONFIGURE)

    def release(self, ref: str) -> None:
        """End the lease; releasing what is already released is not an error."""
        raise self._unsupported(Feature.RELEASE)

    def owned(self) -> Iterable[Owned]:
        """Every number that the carrier bills us for, or an error: a list cut short would look like numbers lost."""
        raise self._unsupported(Feature.OWNED)

    def messages(self, since: datetime) -> Iterable[Inbound]:
        """What came in since a time, by the carrier's log, with the same `ref` as by webhook; all of it or an error."""
        raise self._unsupported(Feature.MESSAGES)

    def log_in(self) -> None:
        """Make the cheapest call that needs the login and changes nothing; raises `NotSet` and `CallFailed`."""
        raise self._unsupported(Feature.LOGIN)

    def send(self, message: Outgoing) -> Sent:
        """Send a message; raises `Rejected` or `Uncertain`, and after the latter it must not be tried again."""
        raise self._unsupported(Feature.SEND)

    @classmethod
    def features(cls) -> frozenset[Feature]:
        """What the two faces of the adapter have."""
        declared = {
            Feature.SIGNED: cls.carrier.signed,
            Feature.RECEIPTS: cls.carrier.receipts,
            Feature.MEDIA: cls.carrier.media,
            Feature.PARTS: cls.carrier.parts,
            Feature.BLIND: cls.blind,
        }
        overridden = {
            feature: getattr(cls, name) is not getattr(Api, name) for feature, name in METHODS.items()
        }
        found = {feature for feature, has in (declared | overridden).items() if has}
        return frozenset(found - cls.carrier.lacks.keys())

    def _unsupported(self, feature: Feature) -> Unsupported:
        return Unsupported(self.carrier.name, feature)


def common_price(offers: Iterable[Offer]) -> tuple[Decimal, str] | None:
    """What all of them cost a month, and the currency; None where prices differ, or nothing is on sale."""
    prices = {(offer.monthly_cost, offer.currency) for offer in offers}
    return prices.pop() if len(prices) == 1 else None


def secret_values(secrets: Secrets, name: str) -> list[str]:
    """All values of a secret that are valid now; an empty list when it is not set."""
    value = secrets.get(name, "")
    return [value] if isinstance(value, str) and value else [item for item in value if item]


def first_secret(secrets: Secrets, name: str) -> str:
    """The value of a secret that is used for calls, or an empty text."""
    return next(iter(secret_values(secrets, name)), "")


def unix_seconds(now: float | datetime) -> float:
    """A point in time as seconds since 1970 UTC."""
    return now.timestamp() if isinstance(now, datetime) else float(now)
