"""Ceilings on what sending costs: reserved before a message goes, so that many at once cannot pass them together.

A payer's day is one row. Whoever reserves locks the payer's first, so that everybody sees what all others have
reserved. Ceilings fail closed: what is in another currency than the ceiling is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection
from django.db.models import F, Sum

from numbers.models.spending import Spending

SITE = "site"
_LOCK = """
INSERT INTO numbers_spending (payer, day, currency, amount) VALUES (%(payer)s, %(day)s, %(currency)s, 0)
ON CONFLICT (payer, currency, day) DO UPDATE SET amount = numbers_spending.amount
RETURNING amount
"""


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What a payer may spend at most; None is no bound. `besides` is what the payer spends otherwise in the month."""

    payer: str
    title: str
    currency: str
    monthly: Decimal | None = None
    daily: Decimal | None = None
    besides: Decimal = Decimal(0)


def payer_of_account(account_id: int) -> str:
    """The name of an account among payers."""
    return f"account:{account_id}"


def reserve(amount: Decimal, currency: str, ceilings: Iterable[Ceiling], day: date) -> str:
    """Add an amount to what each payer spends on a day; return why not, after which the caller rolls back.

    In a transaction: the payers stay locked until it ends.
    """
    # all in one order, so that two who reserve do not deadlock
    for ceiling in sorted(ceilings, key=lambda one: one.payer):
        bounded = ceiling.monthly is not None or ceiling.daily is not None
        if bounded and ceiling.currency != currency:
            return f"{ceiling.title} is in {ceiling.currency}, and the price in {currency}"
        today = _lock_day(ceiling.payer, currency, day)
        if ceiling.daily is not None and today + amount > ceiling.daily:
            return f"{ceiling.title} for a day is reached"
        in_month = spent_in_month([ceiling.payer], currency, day) + ceiling.besides
        if ceiling.monthly is not None and in_month + amount > ceiling.monthly:
            return f"{ceiling.title} for a month is reached"
        correct([ceiling.payer], currency, day, amount)
    return ""


def correct(payers: Sequence[str], currency: str, day: date, difference: Decimal) -> None:
    """Add a difference, which may be negative, to what payers spent on a day."""
    if difference:
        rows = Spending.objects.filter(payer__in=payers, currency=currency, day=day)
        rows.update(amount=F("amount") + difference)


def spent_in_month(payers: Sequence[str], currency: str, day: date) -> Decimal:
    """What payers spent on sending in a day's calendar month."""
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    rows = Spending.objects.filter(payer__in=payers, currency=currency, day__gte=first, day__lt=after)
    return rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def _lock_day(payer: str, currency: str, day: date) -> Decimal:
    """Lock a payer's day, which may be new, and return what was spent on it."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, {"payer": payer, "day": day, "currency": currency})
        (amount,) = cursor.fetchone() or (Decimal(0),)
    return Decimal(amount)
