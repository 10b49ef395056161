"""How well the public numbers received in the last days, measured by our own test messages (`Canary`).

A test message counts once it has arrived or is lost. Its time is from handing it to the sending carrier until it was
stored, which is when it is on its page.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import Lock
from time import perf_counter
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from numbers.models import Canary

KEPT, SPARED = 60, 100
"""Figures are cached for a minute, or a hundred times as long as they took: 14,000 test messages take 0.2 s."""

# While one thread measures, others wait for its result instead of measuring the same
_one_at_a_time = Lock()

# one pass over the test messages for every sum that the page shows
_SUMS = """
SELECT country, number_id, day, count(*), count(seen_at),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM seen_at - sent_at)),
    max(sent_at), max(seen_at)
FROM (
    SELECT n.country, c.number_id, (c.sent_at AT TIME ZONE 'UTC')::date AS day, c.sent_at, c.seen_at
    FROM numbers_canary c JOIN numbers_receiving n ON n.number_id = c.number_id AND n.has_public_page
    WHERE c.state = ANY(%s) AND c.sent_at >= %s
) canary
GROUP BY GROUPING SETS ((), (day), (country), (country, day), (number_id), (number_id, day))
"""

_OF_NUMBER = """
SELECT (SELECT seen_at FROM numbers_canary WHERE number_id = %(number)s AND state = %(seen)s
    ORDER BY sent_at DESC LIMIT 1), extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY seen_at - sent_at))
FROM numbers_canary WHERE number_id = %(number)s AND state = %(seen)s AND sent_at >= %(since)s
"""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When the last test message to a number arrived, and how many seconds they take at the median."""

    last_seen: datetime | None
    median: float | None


@dataclass(frozen=True, slots=True)
class Sum:
    """Test messages of a day or of all days: `median` in seconds, None where none arrived."""

    sent: int = 0
    arrived: int = 0
    median: float | None = None
    last_sent: datetime | None = None
    last_seen: datetime | None = None

    @property
    def lost_last(self) -> bool:
        """Whether nothing has arrived since the last was sent."""
        return self.last_sent is not None and (self.last_seen is None or self.last_seen < self.last_sent)

    @property
    def percent(self) -> int:
        """The share that arrived; 100 only if nothing was lost."""
        # Rounded down: one lost message of a thousand is not 100 %
        return 100 * self.arrived // self.sent


@dataclass(slots=True)
class Record:
    """All days together, and each day, the oldest first."""

    all: Sum
    days: list[Sum]


@dataclass(slots=True)
class Measures:
    """Figures of all public numbers together, of each country by ISO code, and of each number by id."""

    everything: Record
    countries: dict[str, Record] = field(default_factory=dict)
    numbers: dict[int, Record] = field(default_factory=dict)


def of_days(days: int) -> Measures:
    """Return the figures of the last days, including today (UTC)."""
    with _one_at_a_time:
        found: Measures | None = cache.get("measures")
        if found is None:
            begun = perf_counter()
            found = _measure_days(days)
            cache.set("measures", found, max(KEPT, SPARED * (perf_counter() - begun)))
        return found


def of_number(number_id: int, looked_back: timedelta) -> Arrivals:
    """Return how test messages to one number arrived; the median is that of the time looked back."""
    values: dict[str, Any] = {
        "number": number_id,
        "seen": Canary.State.SEEN,
        "since": timezone.now() - looked_back,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_NUMBER, values)
        last_seen, median = cursor.fetchone()
    return Arrivals(last_seen, None if median is None else float(median))


def _measure_days(days: int) -> Measures:
    first = timezone.now().astimezone(UTC).date() - timedelta(days=days - 1)
    measures = Measures(unmeasured(days))
    decided = [Canary.State.SEEN, Canary.State.LOST]
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [decided, datetime(first.year, first.month, first.day, tzinfo=UTC)])
        for country, number_id, day, *values in cursor.fetchall():
            _add_to_record(_get_record(measures, country, number_id, days), first, day, Sum(*values))
    return measures


def _get_record(measures: Measures, country: str | None, number_id: int | None, days: int) -> Record:
    if number_id is not None:
        return measures.numbers.setdefault(number_id, unmeasured(days))
    if country is not None:
        return measures.countries.setdefault(country, unmeasured(days))
    return measures.everything


def _add_to_record(record: Record, first: date, day: date | None, found: Sum) -> None:
    if day is None:
        record.all = found
    else:
        record.days[(day - first).days] = found


def unmeasured(days: int) -> Record:
    """Of what was sent no test message."""
    return Record(Sum(), [Sum()] * days)
