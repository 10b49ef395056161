"""`/usage`: what a client has spent on numbers and on sending, and how much more it may."""

from decimal import Decimal

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from ninja import Router
from pydantic import Field

from inbox.api import keys
from inbox.api.operations import ApiRequest, needs
from inbox.api.schemas import Output
from inbox.api.scopes import Scope
from numbers import ledger, spending
from numbers.models import Lease
from tempsms.lib.money import write_price

router = Router(tags=["Usage"])


class UsageOut(Output):
    """What the numbers that this key leased, and the messages that it sent, cost in this calendar month (UTC)."""

    month: str = Field(examples=["2026-11"])
    currency: str = Field(examples=["USD"])
    ceiling: str = Field(examples=["100.00"], description="What they may cost in a month")
    spent: str = Field(
        examples=["3.45"], description="With what is due before the month ends, open orders, and `sending`"
    )
    sending: str = Field(
        examples=["0.45"], description="Of it on messages; expected prices until the carrier reports them"
    )
    left: str = Field(examples=["96.55"], description="0 also where numbers are in another currency")
    numbers: int = Field(examples=[3], description="Leased by this key now")
    rentals: int = Field(examples=[1], description="Rentals of this key that run now")


@router.get("/usage", response=UsageOut, operation_id="getUsage", summary="See what was spent")
@needs(Scope.USAGE)
def get_usage(request: ApiRequest) -> UsageOut:
    """What this key has spent in this month, and what it may still spend."""
    today, currency = timezone.now().date(), settings.API_MONTHLY_CEILING_CURRENCY
    own: QuerySet[Lease] = Lease.objects.filter(owner=request.principal.owner)
    live = own.filter(state__in=Lease.LIVE)
    sending = spending.spent_in_month([request.principal.owner], currency, today)
    ceiling, spent = keys.find_ceiling(request.principal), ledger.lease_spending(own, today) + sending
    # What is paid in another currency cannot be compared with the ceiling: then nothing counts as left
    is_mixed = live.exclude(currency=currency).exists()
    return UsageOut(
        month=f"{today:%Y-%m}",
        currency=currency,
        ceiling=write_price(ceiling),
        spent=write_price(spent),
        sending=write_price(sending),
        left=write_price(Decimal(0) if is_mixed else max(Decimal(0), ceiling - spent)),
        numbers=live.count(),
        rentals=request.principal.rentals().running().count(),
    )
