"""The expected monthly cost of a target, from what such numbers cost us or are offered for."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from numbers import offers
from numbers.models import Lease, PoolTarget
from tempsms.lib.durations import in_words
from tempsms.lib.money import write_amount

MONTH = timedelta(days=365.25 / 12)
PERIOD = timedelta(days=30)
"""The shortest period that carriers bill: a number released earlier is still paid for the whole month."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one number costs per month and once."""

    monthly: Decimal
    once: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """The monthly cost of a target; `monthly` is None if prices are unknown, and `why` says why."""

    monthly: Decimal | None
    ceiling: Decimal | None
    currency: str
    why: str = ""

    def __str__(self) -> str:
        limit = (
            f"at most {write_amount(self.ceiling)} {self.currency}"
            if self.ceiling is not None
            else "no ceiling"
        )
        if self.monthly is None:
            return f"unknown monthly cost ({self.why}); {limit}"
        return f"about {self.monthly:.2f} {self.currency} per month; {limit}"


def of(target: PoolTarget, *, ask: bool = True) -> Forecast:
    """The forecast of a target, saved or not. `ask`: ask carriers for offers if we have no such numbers."""
    price, why = known_price(target), "no number of this kind has been leased yet"
    if price is None and ask:
        price, why = _ask_mean_price(target)
    monthly = None if price is None else cost(target, price, target.rotate_after)
    return Forecast(monthly, target.monthly_ceiling, target.currency, why)


def cost(target: PoolTarget, price: Price, rotate_after: timedelta) -> Decimal:
    """What a target costs per month at a given price and rotation.

    Each number is paid for, by whole months, until it is released after its quarantine, plus its set-up cost.
    """
    held = rotate_after + target.quarantine_for
    # Rounded up: carriers bill whole months, also for a number released on their first day
    paid_months = -(-held // MONTH)
    begun_a_month = Decimal(MONTH / rotate_after)
    each = paid_months * price.monthly + price.once
    monthly: Decimal = target.count * begun_a_month * each
    return monthly.quantize(Decimal("0.01"))


def rotates_early(target: PoolTarget) -> bool:
    """Whether numbers are replaced before the month paid for them is over."""
    return bool(target.rotate_after < PERIOD)


def early_terms(target: PoolTarget) -> str:
    """The operator's choices that decide the cost of early rotation: what an agreement covers."""
    numbers = f"{target.count} {target.kind} in {target.country}"
    limit = f"{write_amount(target.monthly_ceiling or Decimal(0))} {target.currency}"
    return f"{numbers} every {in_words(target.rotate_after)} after {in_words(target.quarantine_for)}, {limit}"


def early_cost(target: PoolTarget) -> str:
    """A sentence for the operator to agree to: what early rotation costs, compared with monthly rotation."""
    price, why = known_price(target), ""
    if price is None:
        price, why = _ask_mean_price(target)
    every = f"a new number every {in_words(target.rotate_after)} for each of {target.count}"
    limit = f"at most {write_amount(target.monthly_ceiling or Decimal(0))} {target.currency} per month"
    if price is None:
        return f"{every}, each paid for a whole month; the cost is unknown ({why}); {limit}"
    now, later = (cost(target, price, rotation) for rotation in (target.rotate_after, PERIOD))
    costs = f"about {now} {target.currency} per month instead of {later} with {in_words(PERIOD)}"
    return f"{every}, each paid for a whole month: {costs}; {limit}"


def known_price(target: PoolTarget) -> Price | None:
    """What our newest number of this kind costs, at the target's account if it has one."""
    like = Lease.objects.filter(
        number__country=target.country,
        number__kind=target.kind,
        currency=target.currency,
        # An adopted number whose price nobody knows yet would make the target look free
        monthly_cost__gt=0,
        state__in=Lease.LIVE,
    )
    if target.account_id:
        like = like.filter(account=target.account_id)
    newest = like.order_by("-pk").first()
    return Price(newest.monthly_cost, newest.setup_cost) if newest else None


def _ask_mean_price(target: PoolTarget) -> tuple[Price | None, str]:
    """The mean price of as many of the cheapest offers as are wanted; or why there is none."""
    found = offers.find(target)
    # Offers come sorted by price, and the pool buys the cheapest first
    cheapest = [offer for _, offer in found.offers if offer.currency == target.currency][
        : max(1, target.count)
    ]
    if not cheapest:
        elsewhere = sorted({offer.currency for _, offer in found.offers})
        currencies = [f"offers are in {', '.join(elsewhere)}"] if elsewhere else []
        return None, "; ".join([*found.reasons, *currencies]) or "no offers"
    monthly = sum((offer.monthly_cost for offer in cheapest), Decimal(0)) / len(cheapest)
    once = sum((offer.setup_cost for offer in cheapest), Decimal(0)) / len(cheapest)
    return Price(monthly, once), ""
