"""What a target will cost a month, from what such numbers cost us now or are offered for; and when to ask first."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from numbers import offers
from numbers.ledger import plain
from numbers.models import Lease, PoolTarget
from tempsms.lib.durations import in_words

MONTH = timedelta(days=365.25 / 12)
PERIOD = timedelta(days=30)
"""What carriers bill at least: a number that is given back earlier is paid for the whole month all the same."""


@dataclass(frozen=True, slots=True)
class Price:
    """What one number costs: a month, and once."""

    monthly: Decimal
    once: Decimal


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a target costs a month; `monthly` is None where nobody tells what such numbers cost, and `why` says why."""

    monthly: Decimal | None
    ceiling: Decimal | None
    currency: str
    why: str = ""

    def __str__(self) -> str:
        limit = f"at most {plain(self.ceiling)} {self.currency}" if self.ceiling is not None else "no ceiling"
        if self.monthly is None:
            return f"an unknown cost a month ({self.why}); {limit}"
        return f"about {self.monthly:.2f} {self.currency} a month; {limit}"


def of(target: PoolTarget, *, ask: bool = True) -> Forecast:
    """The forecast of a target, saved or not. `ask`: carriers are asked for offers if we have no such numbers."""
    price, why = known_price(target), "no number of this kind was leased yet"
    if price is None and ask:
        price, why = _offered_price(target)
    monthly = None if price is None else cost(target, price, target.rotate_after)
    return Forecast(monthly, target.monthly_ceiling, target.currency, why)


def cost(target: PoolTarget, price: Price, rotate_after: timedelta) -> Decimal:
    """What the target costs a month with such a price and rotation.

    A number is paid until it is given back, after its quarantine, by whole months; its set-up comes with each one.
    """
    held = rotate_after + target.quarantine_for
    paid_months = -(-held // MONTH)
    begun_a_month = Decimal(MONTH / rotate_after)
    each = paid_months * price.monthly + price.once
    monthly: Decimal = target.count * begun_a_month * each
    return monthly.quantize(Decimal("0.01"))


def rotates_early(target: PoolTarget) -> bool:
    """Whether numbers are replaced before the month that was paid for them is over."""
    return bool(target.rotate_after < PERIOD)


def early_terms(target: PoolTarget) -> str:
    """What decides the cost of rotating early, as far as the operator does: what an agreement is for."""
    numbers = f"{target.count} {target.kind} in {target.country}"
    limit = f"{plain(target.monthly_ceiling or Decimal(0))} {target.currency}"
    return f"{numbers} every {in_words(target.rotate_after)} after {in_words(target.quarantine_for)}, {limit}"


def early_cost(target: PoolTarget) -> str:
    """What rotating early costs, and what it would be without, in words for an operator to agree to."""
    price, why = known_price(target), ""
    if price is None:
        price, why = _offered_price(target)
    every = f"a new number every {in_words(target.rotate_after)} for each of {target.count}"
    limit = f"at most {plain(target.monthly_ceiling or Decimal(0))} {target.currency} a month"
    if price is None:
        return f"{every}, each paid for a whole month; what it costs is unknown ({why}); {limit}"
    now, later = (cost(target, price, rotation) for rotation in (target.rotate_after, PERIOD))
    told = f"about {now} {target.currency} a month instead of {later} with {in_words(PERIOD)}"
    return f"{every}, each paid for a whole month: {told}; {limit}"


def known_price(target: PoolTarget) -> Price | None:
    """What the newest of our numbers of this kind costs, at the target's account if it names one."""
    like = Lease.objects.filter(
        number__country=target.country,
        number__kind=target.kind,
        currency=target.currency,
        monthly_cost__gt=0,
        state__in=Lease.LIVE,
    )
    if target.account_id:
        like = like.filter(account=target.account_id)
    newest = like.order_by("-pk").first()
    return Price(newest.monthly_cost, newest.setup_cost) if newest else None


def _offered_price(target: PoolTarget) -> tuple[Price | None, str]:
    """The mean of the cheapest offers, as many as are wanted; or why there is none."""
    found = offers.look(target)
    cheapest = [offer for _, offer in found.offers if offer.currency == target.currency][
        : max(1, target.count)
    ]
    if not cheapest:
        elsewhere = sorted({offer.currency for _, offer in found.offers})
        told = [f"offers are in {', '.join(elsewhere)}"] if elsewhere else []
        return None, "; ".join([*found.reasons, *told]) or "nothing on offer"
    monthly = sum((offer.monthly_cost for offer in cheapest), Decimal(0)) / len(cheapest)
    once = sum((offer.setup_cost for offer in cheapest), Decimal(0)) / len(cheapest)
    return Price(monthly, once), ""
