"""Orders a number for an API client, within three ceilings that fail closed."""

from decimal import Decimal

from django.conf import settings
from pydantic import ConfigDict, Field

from inbox.api import keys
from inbox.api.principals import Principal
from inbox.api.problems import Code, Problem
from inbox.api.schemas import E164, Country, Input
from inbox.numbering.numbers import Capability, Kind, MaxCost
from numbers import orders
from numbers.carriers import leasing
from numbers.models import Lease
from numbers.orders import Ceilings, NoOffer, OrderRefused

PROBLEMS = (Code.NO_NUMBERS, Code.BUDGET_EXCEEDED)


class LeaseIn(Input):
    """What to lease, and what it may cost."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"country": "US", "max_monthly_cost": "1.50"}]})

    country: Country = Field(examples=["US"])
    kind: Kind = "local"
    capabilities: list[Capability] = Field(default=["sms"], max_length=4)
    number: E164 | None = Field(default=None, description="This number and no other; a carrier must offer it")
    contains: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$", examples=["500"])
    max_monthly_cost: MaxCost
    max_setup_cost: MaxCost = "0"
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")

    def query(self) -> leasing.NumberQuery:
        """What to ask carriers for."""
        digits = self.number[1:] if self.number else self.contains or ""
        return leasing.NumberQuery(
            self.country, leasing.Kind(self.kind), frozenset({"sms", *self.capabilities}), digits
        )


def order(wanted: LeaseIn, principal: Principal) -> Lease:
    """Order a number; raises `Problem`. A worker buys it a few seconds after this is committed."""
    currency = settings.API_MONTHLY_CEILING_CURRENCY
    if wanted.currency != currency:
        raise Problem(Code.BUDGET_EXCEEDED, f"the ceilings are in {currency}")
    most = Decimal(wanted.max_monthly_cost), Decimal(wanted.max_setup_cost)
    ceilings = Ceilings(*most, keys.find_ceiling(principal), currency)
    try:
        return orders.place(wanted.query(), wanted.number, ceilings, principal.owner)
    except NoOffer as error:
        raise Problem(Code.NO_NUMBERS, str(error)) from None
    except OrderRefused as error:
        raise Problem(Code.BUDGET_EXCEEDED, str(error)) from None
