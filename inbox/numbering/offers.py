"""Offers of carriers as the API gives them."""

from decimal import Decimal

from pydantic import Field

from inbox.api.schemas import Country, Filter, Output
from inbox.numbering.numbers import Capability, Kind, MaxCost, Price
from numbers import offers
from numbers.carriers import leasing
from numbers.models import Account
from tempsms.lib.money import write_price

MOST = 50


class OfferFilter(Filter):
    """What is wanted."""

    country: Country
    kind: Kind = "local"
    capability: Capability = "sms"
    contains: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$", examples=["500"])
    max_monthly_cost: MaxCost | None = None

    def find(self) -> "OfferList":
        """Ask the carriers."""
        wanted = leasing.NumberQuery(
            self.country, leasing.Kind(self.kind), frozenset({self.capability}), self.contains or "", MOST
        )
        found = offers.search(wanted)
        most = Decimal(self.max_monthly_cost) if self.max_monthly_cost else None
        # Here and not at the carriers: a query has no price
        fitting = [pair for pair in found.offers if most is None or pair[1].monthly_cost <= most]
        carrier_of = dict(Account.objects.values_list("pk", "carrier"))
        return OfferList(
            offers=[_describe_offer(offer, carrier_of[pk]) for pk, offer in fitting[:MOST]],
            reasons=found.reasons,
        )


class OfferOut(Output):
    """A number that a carrier would lease to us; `number` is null where the carrier chooses it."""

    number: str | None = Field(examples=["+15005550006"])
    country: str = Field(examples=["US"])
    kind: str = Field(examples=["local"])
    capabilities: list[str] = Field(examples=[["sms"]])
    carrier: str = Field(examples=["twilio"])
    monthly_cost: Price
    setup_cost: Price


class OfferList(Output):
    """Offers, the cheapest first, and why there are not more."""

    offers: list[OfferOut]
    reasons: list[str]


def _describe_offer(offer: leasing.Offer, carrier: str) -> OfferOut:
    return OfferOut(
        number=offer.e164 or None,
        country=offer.country,
        kind=offer.kind.value,
        capabilities=sorted(offer.capabilities),
        carrier=carrier,
        monthly_cost=Price(amount=write_price(offer.monthly_cost), currency=offer.currency),
        setup_cost=Price(amount=write_price(offer.setup_cost), currency=offer.currency),
    )
