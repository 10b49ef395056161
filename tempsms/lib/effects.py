"""Work that is claimed, attempted and settled: rows that say when they are due.

A worker claims due rows in a short transaction, works outside of it, and settles. A claim counts the attempt and moves
the due time on, so that the row of a worker that failed or was killed becomes due again. Whoever settles looks first,
under a lock, whether a later attempt has begun: of two workers with one row only the newer one records an outcome.

So each row is attempted at least once. What may not happen twice (a purchase) the caller looks up before it repeats it.
Due times are by the database's clock.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models.functions import Now


class Work(models.Model):
    """A row of work: when it is due, and how often it was attempted."""

    due_at = models.DateTimeField("next attempt at", db_default=Now())
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        abstract = True


MOST_ATTEMPTS = 32_767
"""What the column holds: a row that is tried for months goes on, unfenced, rather than stop all others."""
Row = TypeVar("Row", bound=Work)


@dataclass(frozen=True, slots=True)
class BackOff:
    """The wait before the next attempt: `first`, doubled with each attempt, `most` at the longest."""

    first: timedelta
    most: timedelta

    def after(self, attempts: int) -> timedelta:
        """The wait after so many attempts."""
        # doubled more often, a duration overflows
        doublings: int = min(max(attempts - 1, 0), 20)
        return min(self.most, self.first * (1 << doublings))


@transaction.atomic
def claim(rows: "models.QuerySet[Row]", again: Callable[[Row], timedelta], limit: int = 1) -> list[Row]:
    """Claim rows that are due and that nobody else is claiming, the longest due first.

    Each is due again after the time that `again` gives for it, unless it is settled or rescheduled before.
    """
    due = rows.filter(due_at__lte=Now()).order_by("due_at", "pk")
    # SKIP LOCKED: workers pass each other instead of queueing for the same rows
    claimed = list(due.select_for_update(skip_locked=True, of=("self",), no_key=True)[:limit])
    # One UPDATE for all rows with the same attempt and delay, as most of a batch have
    same: dict[tuple[int, timedelta], list[Row]] = defaultdict(list)
    for row in claimed:
        row.attempts = min(row.attempts + 1, MOST_ATTEMPTS)
        same[row.attempts, again(row)].append(row)
    for (attempts, wait), some in same.items():
        found = rows.model._default_manager.filter(pk__in=[row.pk for row in some])
        found.update(attempts=attempts, due_at=Now() + wait)
    return claimed


def lock_if_newest(row: Row) -> bool:
    """In a transaction: lock and reload a claimed row; return whether no later attempt has been claimed."""
    attempt = row.attempts
    rows: models.QuerySet[Any] = type(row)._default_manager.select_for_update(of=("self",), no_key=True)
    try:
        row.refresh_from_db(from_queryset=rows)
    except type(row).DoesNotExist:  # a later attempt has settled it
        return False
    # The attempt is the fence: every claim raises it, so a worker that
    # was too slow sees that it is no longer its row
    return row.attempts == attempt
