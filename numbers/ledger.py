"""The ledger: what every lease costs per month, and what the ceilings leave to spend.

Carriers bill a number's set-up and first month on purchase, and each further month on the same day. The cost of an
order in progress counts as spent. Ceilings fail closed: another currency or an unknown cost leaves nothing to spend.
"""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet, Sum

from numbers import carriers, spending
from numbers.carriers.contract import Feature
from numbers.carriers.leasing import Offer
from numbers.models import Account, Charge, Intent, Lease, PoolTarget
from tempsms.lib.money import write_amount

PENDING = (Lease.State.ORDERED, Lease.State.PROVISIONING)
What = Charge.What


def lock_accounts() -> dict[int, Account]:
    """Lock every account until the transaction ends, and return them: whoever orders sees what all others have ordered.

    All in one order, so that two who order do not deadlock, and without their keys: a purchase that is being recorded
    refers to its account, and may hold the lease that an order waits for.
    """
    locked = Account.objects.select_for_update(no_key=True).order_by("pk")
    return {account.pk: account for account in locked}


def charge_purchase(lease: Lease) -> None:
    """Write the set-up and first-month lines of a lease that has just begun."""
    assert lease.leased_at
    day = lease.leased_at.astimezone(UTC).date()
    lines = [_make_line(lease, What.MONTH, day, lease.monthly_cost)]
    if lease.setup_cost:
        lines.append(_make_line(lease, What.SETUP, day, lease.setup_cost))
    # Charged again after a crash or by a second worker, the
    # constraint (one line per lease and period) drops the copy
    Charge.objects.bulk_create(lines, ignore_conflicts=True)


def charge_months(now: datetime) -> int:
    """Write the lines of all months begun by now, also of recently ended leases; return how many."""
    recently = Q(state=Lease.State.RELEASED, released_at__gte=now - timedelta(days=62))
    held = Lease.objects.filter(Q(state__in=Lease.LIVE) | recently, monthly_cost__gt=0)
    # No month is shorter than 28 days, so a younger lease has no second month yet
    begun = held.filter(leased_at__lte=now - timedelta(days=28))
    return sum(charge_lease(lease, now) for lease in begun.iterator())


def charge_lease(lease: Lease, now: datetime) -> int:
    """Write the missing lines of a lease's months begun by now or by its end; return how many."""
    if not lease.leased_at or not lease.monthly_cost:
        return 0
    known = set(lease.charges.filter(what=What.MONTH).values_list("period", flat=True))
    days = [day for day in _list_months(lease, min(now, lease.released_at or now)) if day not in known]
    lines = [_make_line(lease, What.MONTH, day, lease.monthly_cost) for day in days]
    return len(Charge.objects.bulk_create(lines, ignore_conflicts=True))


def account_spending(account: Account, month: date, *, sending: bool = True) -> Decimal:
    """What an account costs in a calendar month: its leases, its canaries, and what is sent through it."""
    first, after = _month_bounds(month)
    sent = account.canaries.filter(sent_at__gte=_start_of_day(first), sent_at__lt=_start_of_day(after))
    canaries = sent.aggregate(sum=Sum("price"))["sum"] or Decimal(0)
    found = lease_spending(account.leases.all(), month) + Decimal(canaries)
    if sending:
        found += spending.spent_in_month([spending.payer_of_account(account.pk)], account.currency, month)
    return found


def lease_spending(leases: QuerySet[Lease], month: date) -> Decimal:
    """What leases cost in a calendar month: lines written, also of ended leases; months to come; orders in progress."""
    written = _has_lines_in(month)
    paid = leases.filter(written).aggregate(sum=Sum("charges__amount"))["sum"] or Decimal(0)
    live = leases.filter(state__in=Lease.LIVE)
    # A live lease without a month line in this calendar month will get one before the month ends
    charged = live.filter(written, charges__what=What.MONTH).values("pk")
    due = live.exclude(pk__in=charged).aggregate(sum=Sum("monthly_cost"))["sum"] or Decimal(0)
    # Of orders in progress no line is written yet, but their money is promised
    setup = live.filter(state__in=PENDING).aggregate(sum=Sum("setup_cost"))["sum"] or Decimal(0)
    return Decimal(paid) + Decimal(due) + Decimal(setup)


def reason_to_refuse(target: PoolTarget, account: Account, offer: Offer, today: date) -> str:
    """Why this offer must not be bought, or an empty string. The account's and the target's rows must be locked."""
    if offer.currency != target.currency:
        return f"offers are in {offer.currency}, but the target's ceilings are in {target.currency}"
    if offer.monthly_cost > target.max_monthly_cost or offer.setup_cost > target.max_setup_cost:
        prices = f"from {write_amount(offer.monthly_cost)} per month, {write_amount(offer.setup_cost)} once"
        return f"more expensive than the target allows: {prices}"
    if target.monthly_ceiling is None:
        return "the target has no monthly ceiling: set one"
    counted = target.leases.filter(Q(state__in=Lease.LIVE) | _has_lines_in(today))
    if counted.exclude(currency=target.currency).exists():
        return "the target holds numbers in another currency"
    # includes released numbers: one replaced within a month is paid for the whole month
    spent = lease_spending(target.leases.all(), today)
    if spent + offer.monthly_cost + offer.setup_cost > target.monthly_ceiling:
        return "the target's monthly ceiling is reached"
    return account_reason(account, offer, today)


def account_reason(account: Account, offer: Offer, today: date) -> str:
    """Why an account's ceiling forbids to buy an offer, or an empty string. The account's row must be locked."""
    if account.monthly_ceiling is None:
        return ""
    if offer.currency != account.currency:
        return f"offers are in {offer.currency}, but the account's ceiling is in {account.currency}"
    if account.leases.filter(state__in=Lease.LIVE).exclude(currency=F("account__currency")).exists():
        return "the account holds numbers in another currency"
    if unknown := unpriced(account).count():
        numbers = "number" if unknown == 1 else "numbers"
        return f"the monthly cost of {unknown} adopted {numbers} is unknown: set it"
    if account_spending(account, today) + offer.monthly_cost + offer.setup_cost > account.monthly_ceiling:
        return "the account's monthly ceiling is reached"
    return ""


def unpriced(account: Account) -> QuerySet[Lease]:
    """An account's adopted numbers without a known cost, if its carrier sells numbers."""
    if Feature.BUY not in carriers.features(account.carrier):
        return Lease.objects.none()
    live = account.leases.filter(state__in=Lease.LIVE, monthly_cost=0)
    # What we bought has the price of its offer, which may well be zero
    return live.exclude(intents__effect=Intent.Effect.BUY)


def _month_bounds(month: date) -> tuple[date, date]:
    """The first days of a calendar month and of the next."""
    first = month.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _has_lines_in(month: date) -> Q:
    """Leases with lines of a calendar month."""
    first, after = _month_bounds(month)
    return Q(charges__period__gte=first, charges__period__lt=after)


def _start_of_day(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _make_line(lease: Lease, what: Charge.What, day: date, amount: Decimal) -> Charge:
    return Charge(lease=lease, what=what, period=day, amount=amount, currency=lease.currency)


def _list_months(lease: Lease, now: datetime) -> Iterator[date]:
    """The first days of a lease's paid months up to now: the day of purchase, or the month's last day."""
    assert lease.leased_at
    first, today = lease.leased_at.astimezone(UTC).date(), now.astimezone(UTC).date()
    year, month = first.year, first.month
    while True:
        # From the first day each time: bought on 31 January,
        # the months begin on 28 February and again on 31 March
        day = date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
        if day > today:
            return
        yield day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
