"""Numbers as carriers offer, sell and list them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

CAPABILITIES = ("sms", "mms", "voice", "fax")
"""The capabilities that carriers sell."""


class Kind(StrEnum):
    """Kinds of numbers."""

    LOCAL = "local"
    MOBILE = "mobile"
    TOLL_FREE = "toll_free"
    NATIONAL = "national"
    SHORT_CODE = "short_code"
    ALPHANUMERIC = "alphanumeric"


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
    """An order that the carrier has accepted but not carried out; `ref` is its id there."""

    ref: str


def cheapest(offers: Iterable[Offer], limit: int) -> list[Offer]:
    """The cheapest of some offers, cheapest first."""
    return sorted(offers, key=lambda offer: offer.monthly_cost)[:limit]


def common_price(offers: Iterable[Offer]) -> tuple[Decimal, str] | None:
    """What all of them cost a month, and the currency; None where prices differ, or nothing is on sale."""
    # With two prices on sale nobody knows which one a number was bought at, and a ceiling needs the right one
    prices = {(offer.monthly_cost, offer.currency) for offer in offers}
    return prices.pop() if len(prices) == 1 else None
