"""The contract between us and a carrier: what an adapter takes and gives, whoever the carrier is.

An adapter is a stateless object. It reads signed webhooks (`verify`, `parse`, `answer`) and calls the carrier's
API (`search`, `buy`, `release`, `owned`). It knows neither our database nor Django. What the carrier cannot do
stays as it is here and raises `Unsupported`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal

import httpx

from numbers.carriers.errors import Unsupported

Secrets = Mapping[str, str | Sequence[str]]
"""Secrets of one account by name; a list holds several that are valid at once, for rotation."""

Purpose = Literal["inbound", "status"]


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


@dataclass(frozen=True, slots=True)
class Inbound:
    """One SMS or MMS that came in.

    `ref` is the carrier's id of the message, the same on every repetition. `recipient` is E.164 with `+` or a
    short code; `sender` is whatever the carrier said: E.164, short code or letters. `segments` is the carrier's
    own count, 0 when it told none.
    """

    ref: str
    sender: str
    recipient: str
    body: str
    sent_at: datetime | None = None
    segments: int = 0
    media: tuple[Media, ...] = ()
    flags: tuple[str, ...] = ()


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
class Wish:
    """What a number must be, for `search`. Country is ISO 3166-1 alpha-2, upper-case."""

    country: str
    kind: Kind = Kind.LOCAL
    capabilities: frozenset[str] = frozenset({"sms"})
    contains: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A number that the carrier would lease to us now. Costs are in `currency` (ISO 4217)."""

    e164: str
    country: str
    kind: Kind
    capabilities: frozenset[str]
    monthly_cost: Decimal
    setup_cost: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Owned:
    """A number that the carrier says is ours. `ref` is the carrier's id of it."""

    ref: str
    e164: str
    webhook_url: str = ""
    monthly_cost: Decimal = Decimal(0)
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Access:
    """What an API call needs: the account's secrets and the HTTP client to use."""

    secrets: Secrets
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=15.0, follow_redirects=False))


@dataclass(frozen=True, slots=True)
class Setting:
    """One secret or setting of an account at this carrier."""

    name: str
    needed: bool = True
    help: str = ""


class Carrier:
    """An adapter. Subclasses set the class attributes and override what the carrier has."""

    name: ClassVar[str]
    title: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Raise `BadSignature` unless the carrier holding these secrets sent this request at about `now`."""
        raise Unsupported(self.name, "signed webhooks")

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """What a verified request says; raises `Unparsable`. An empty list is a notice that needs no action."""
        raise Unsupported(self.name, "webhooks")

    def answer(self, purpose: Purpose) -> Answer:
        """What the carrier expects to hear once the request is safely stored."""
        return Answer()

    def search(self, access: Access, wish: Wish) -> list[Offer]:
        """Numbers for lease that fit the wish, cheapest first."""
        raise Unsupported(self.name, "search for numbers")

    def buy(self, access: Access, offer: Offer, webhook_url: str) -> Owned:
        """Lease this very number and point it at the webhook; raises `Rejected` or `Uncertain`."""
        raise Unsupported(self.name, "purchase of numbers")

    def release(self, access: Access, ref: str) -> None:
        """End the lease; releasing what is already released is not an error."""
        raise Unsupported(self.name, "release of numbers")

    def owned(self, access: Access) -> Iterable[Owned]:
        """Every number that the carrier bills us for."""
        raise Unsupported(self.name, "list of numbers")


def secret_values(secrets: Secrets, name: str) -> list[str]:
    """All values of a secret that are valid now; an empty list when it is not set."""
    value = secrets.get(name, "")
    return [value] if isinstance(value, str) and value else [item for item in value if item]


def unix_seconds(now: float | datetime) -> float:
    """A point in time as seconds since 1970 UTC."""
    return now.timestamp() if isinstance(now, datetime) else float(now)
