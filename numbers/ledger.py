"""The ledger: what every lease costs, month by month, and what the ceilings leave to spend.

Carriers bill a number's set-up and first month when it is bought, and each further month on the same day. What an
order under way will cost counts as spent. Ceilings fail closed: another currency, or a sum that cannot be known,
leaves nothing to spend.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F, Q, Sum

from numbers.carriers.base import Offer
from numbers.models import Account, Charge, Lease, PoolTarget

PENDING = (Lease.State.ORDERED, Lease.State.PROVISIONING)
What = Charge.What


def charge_purchase(lease: Lease) -> None:
    """Write the set-up cost and the first month of a lease that has just begun."""
    assert lease.leased_at
    day = lease.leased_at.astimezone(UTC).date()
    lines = [_line(lease, What.MONTH, day, lease.monthly_cost)]
    if lease.setup_cost:
        lines.append(_line(lease, What.SETUP, day, lease.setup_cost))
    Charge.objects.bulk_create(lines, ignore_conflicts=True)


def charge_months(now: datetime) -> int:
    """Write the lines of all months that have begun meanwhile; how many."""
    written = 0
    held = Lease.objects.filter(
        state__in=Lease.LIVE, leased_at__lte=now - timedelta(days=28), monthly_cost__gt=0
    )
    for lease in held.iterator():
        known = set(lease.charges.filter(what=What.MONTH).values_list("period", flat=True))
        lines = [
            _line(lease, What.MONTH, day, lease.monthly_cost)
            for day in _months(lease, now)
            if day not in known
        ]
        written += len(Charge.objects.bulk_create(lines, ignore_conflicts=True))
    return written


def spent(account: Account, month: date) -> Decimal:
    """What an account takes in a calendar month: lines written, months to come, orders under way, canaries."""
    first = month.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    written = Q(charges__period__gte=first, charges__period__lt=after)
    paid = account.leases.filter(written).aggregate(sum=Sum("charges__amount"))["sum"] or Decimal(0)
    live = account.leases.filter(state__in=Lease.LIVE)
    charged = live.filter(written, charges__what=What.MONTH).values("pk")
    due = live.exclude(pk__in=charged).aggregate(sum=Sum("monthly_cost"))["sum"] or Decimal(0)
    setup = live.filter(state__in=PENDING).aggregate(sum=Sum("setup_cost"))["sum"] or Decimal(0)
    sent = account.canaries.filter(sent_at__gte=_midnight(first), sent_at__lt=_midnight(after))
    canaries = sent.aggregate(sum=Sum("price"))["sum"] or Decimal(0)
    return Decimal(paid) + Decimal(due) + Decimal(setup) + Decimal(canaries)


def objection(target: PoolTarget, account: Account, offer: Offer, today: date) -> str:
    """Why this offer must not be bought, or an empty string. The account's and the target's rows must be locked."""
    if offer.currency != target.currency:
        return f"offers in {offer.currency}, the target's ceilings are in {target.currency}"
    if offer.monthly_cost > target.max_monthly_cost:
        return "dearer than the target allows"
    if target.monthly_ceiling is not None:
        holding = target.leases.filter(state__in=Lease.LIVE)
        if holding.exclude(currency=target.currency).exists():
            return "the target holds numbers in another currency"
        total = holding.aggregate(sum=Sum("monthly_cost"))["sum"] or Decimal(0)
        if total + offer.monthly_cost > target.monthly_ceiling:
            return "the target's monthly ceiling is reached"
    if account.monthly_ceiling is not None:
        if offer.currency != account.currency:
            return f"offers in {offer.currency}, the account's ceiling is in {account.currency}"
        if account.leases.filter(state__in=Lease.LIVE).exclude(currency=F("account__currency")).exists():
            return "the account holds numbers in another currency"
        if spent(account, today) + offer.monthly_cost + offer.setup_cost > account.monthly_ceiling:
            return "the account's monthly ceiling is reached"
    return ""


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _line(lease: Lease, what: Charge.What, day: date, amount: Decimal) -> Charge:
    return Charge(lease=lease, what=what, period=day, amount=amount, currency=lease.currency)


def _months(lease: Lease, now: datetime) -> Iterator[date]:
    """First days of the paid months of a lease up to now: the same day of the month, or the month's last."""
    assert lease.leased_at
    first, today = lease.leased_at.astimezone(UTC).date(), now.astimezone(UTC).date()
    year, month = first.year, first.month
    while True:
        day = date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
        if day > today:
            return
        yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
