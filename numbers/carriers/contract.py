"""The contract that every carrier's adapter fulfils: what it takes and what it returns.

An adapter has two faces: `Carrier`, a stateless object that reads signed webhooks (`verify`, `parse`, `answer`), and
`Api`, which calls the carrier for one account (`search`, `buy`, `release`, `owned`). It knows neither our database
nor Django.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Literal, Self

import httpx

from numbers.carriers.errors import NotSet, Unsupported
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Sent
from numbers.carriers.settings import Setting

Secrets = Mapping[str, str | Sequence[str]]
"""Secrets of one account by name; a list holds several that are valid at once, for rotation."""

Purpose = Literal["inbound", "status"]


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
    """What the carrier expects as the response to a webhook."""

    status: int = 200
    content_type: str = "text/plain; charset=utf-8"
    body: bytes = b""


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
    """The largest body of a webhook, in bytes."""
    notices: ClassVar[frozenset[str]] = frozenset()
    """Kinds of events that the carrier is known to send and that need no action."""
    proof_headers: ClassVar[frozenset[str]] = frozenset({"authorization"})
    """Headers that prove who sent a request, in lower case: they are never kept."""
    proof_parameters: ClassVar[frozenset[str]] = frozenset({"token"})
    """Parameters of the query that do the same."""
    verify_blocks: ClassVar[bool] = False
    """Whether `verify` may ask the network, and must not be called in an event loop."""
    signed: ClassVar[bool] = True
    """Whether the carrier proves who sent a webhook, by a signature or a login; otherwise a token of ours does."""
    receipts: ClassVar[bool] = True
    """Whether `parse` reads delivery receipts."""
    media: ClassVar[bool] = False
    """Whether `parse` reads the files of an MMS."""
    parts: ClassVar[bool] = False
    """Whether `parse` reads parts of long messages that come one by one."""
    lacks: ClassVar[Mapping[Feature, str]] = {}
    """Features that the carrier itself does not have, each with the reason; all else that is missing is not built."""

    def verify(self, request: Request, secrets: Secrets, now: float | datetime) -> None:
        """Raise `BadSignature` unless the carrier holding these secrets sent this request at about `now`.

        A carrier that signs nothing is held to a secret of our own in the webhook's address.
        """
        raise NotImplementedError

    def confirm(self, request: Request) -> bool:
        """Confirm the webhook address to a carrier that asks for it; return False if this request does not ask.

        Only for verified requests, and only where `verify_blocks`: it may ask the network. Raises `CannotVerify` when
        the carrier cannot be reached now, `Unparsable` when it does not accept the answer.
        """
        return False

    def parse(self, request: Request) -> list[Inbound | Receipt]:
        """Return the events of a verified request; raises `Unparsable`. An empty list needs no action."""
        raise NotImplementedError

    def media_login(self, url: str, secrets: Secrets) -> tuple[str, str] | None:
        """The name and password for fetching a received file; None where its address is all that is needed.

        Raises `Unsupported` for an address where the carrier keeps no file of this account: nothing is fetched there.
        """
        return None

    def prove(self, request: Request, secrets: Secrets) -> Mapping[str, str]:
        """The headers by which a carrier that holds these secrets proves a request: what `verify` accepts.

        For the sandbox, which plays the carrier.
        """
        raise Unsupported(self.name, "signing in its place")

    def sign(self, request: Request, secrets: Secrets) -> Request:
        """A request with its proof, wherever the carrier puts that: in headers, unless it overrides this."""
        return replace(request, headers={**request.headers, **self.prove(request, secrets)})

    def answer(self, purpose: Purpose) -> Answer:
        """What the carrier expects as the response once the request is stored."""
        return Answer()


class Api:
    """An account's API at its carrier, until the end of a `with` block. Subclasses override what the carrier has.

    `http` is closed with it. What is not overridden raises `Unsupported`.
    """

    carrier: ClassVar[type[Carrier]]
    blind: ClassVar[bool] = False
    """Whether `search` may give offers without a number, for which the carrier chooses one when it is bought."""
    clock_error: ClassVar[timedelta] = timedelta()
    """How far off the times in `messages` may be: where phones are the carrier, they are from the phone's clock."""
    listed_within: ClassVar[timedelta] = timedelta(minutes=10)
    """How late a purchase may appear in `owned`: one that nobody answered counts as not made only after that."""

    def __init__(self, secrets: Secrets, http: httpx.Client | None = None) -> None:
        self.secrets = secrets
        # Redirects are not followed: they could lead the account's login to another host
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

    def check_sold(self, wanted: NumberQuery, kinds: Container[Kind], capabilities: Iterable[str]) -> None:
        """Raise `Unsupported` unless numbers of the wanted kind and capabilities are among those sold."""
        if wanted.kind not in kinds or wanted.capabilities.difference(capabilities):
            able = ", ".join(sorted(wanted.capabilities))
            raise Unsupported(self.carrier.name, f"{wanted.kind} numbers with {able}")

    def check_textual(self, message: Outgoing) -> None:
        """Raise `Unsupported` for a message with files."""
        if message.media:
            raise Unsupported(self.carrier.name, "sending files")

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers for lease that fit, cheapest first; blind offers only where `blind`."""
        raise self._make_unsupported(Feature.SEARCH)

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str] | None:
        """The monthly cost of every number of this kind, and the currency; None if it is not reported.

        For carriers whose list of numbers has no prices.
        """
        return None

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Lease this very number and point it at the webhook; raises `Rejected` or `Uncertain`.

        `Ordered`: the carrier will carry it out; poll `order` until it has. `key` is our name for the purchase, up to
        32 letters and digits: a carrier with `find` keeps it, so that a purchase whose answer got lost can be found.
        A blind purchase can be recognised by nothing else, so a carrier with such offers has keys.
        """
        raise self._make_unsupported(Feature.BUY)

    def order(self, ref: str) -> Owned | Ordered:
        """The current state of an order; raises `Rejected` if it failed. Never buys anything."""
        raise self._make_unsupported(Feature.ORDERS)

    def find(self, key: str) -> Owned | Ordered | None:
        """What was bought under a key; None if nothing was, or the order failed. Found as soon as it is placed."""
        raise self._make_unsupported(Feature.KEYS)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point one of our numbers at the webhook."""
        raise self._make_unsupported(Feature.CONFIGURE)

    def release(self, ref: str) -> None:
        """End the lease; releasing what is already released is not an error."""
        raise self._make_unsupported(Feature.RELEASE)

    def owned(self) -> Iterable[Owned]:
        """Every number that the carrier bills us for, or an error: a list cut short would look like numbers lost."""
        raise self._make_unsupported(Feature.OWNED)

    def messages(self, since: datetime) -> Iterable[Inbound]:
        """What was received since a time, by the carrier's log, with the webhook's `ref`; all of it or an error."""
        raise self._make_unsupported(Feature.MESSAGES)

    def log_in(self) -> None:
        """Make the cheapest call that needs the login and changes nothing; raises `NotSet` and `CallFailed`."""
        raise self._make_unsupported(Feature.LOGIN)

    def send(self, message: Outgoing) -> Sent:
        """Send a message; raises `Rejected` or `Uncertain`, and after the latter it must not be tried again."""
        raise self._make_unsupported(Feature.SEND)

    @classmethod
    def features(cls) -> frozenset[Feature]:
        """The features of the adapter's two faces."""
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

    def _make_unsupported(self, feature: Feature) -> Unsupported:
        return Unsupported(self.carrier.name, feature)


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
