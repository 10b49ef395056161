"""Deletes messages by dropping the partitions of expired days, and codes by their own expiry.

A partition is dropped whole (0.12 s a million rows, against 1-15 s and a vacuum for deleting them). Messages are
partitioned by `expires_at`, so that a day's partition contains exactly what expires on that day, whatever the
retention of each message.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from inbox.live import notices
from inbox.messages.inboxes import topic

AHEAD = timedelta(days=3)
LONGEST = timedelta(days=30)
# requests without a signed time can be replayed as long as their key is valid: so long they are recognised
SEEN_FOR = timedelta(days=365)
_LOCK = 7_011_001  # advisory: one process at a time makes and drops partitions
_BATCH = 10_000
_TRIES = 5
_BY_INBOX = """
SELECT n.e164, m.rental_id, array_agg(m.id ORDER BY m.id) FROM gone JOIN inbox_message m ON m.id = gone.message_id
JOIN numbers_number n ON n.id = m.number_id WHERE m.expires_at > now() GROUP BY n.e164, m.rental_id
"""

logger = logging.getLogger(__name__)


def keep_partitions(now: datetime | None = None) -> tuple[list[str], list[str]]:
    """Create the partitions of the coming days and drop expired ones; return the names of both."""
    today = (now or timezone.now()).astimezone(UTC).date()
    existing = _list_tables(attached=True)
    wanted = [today + timedelta(days=n) for n in range((_longest_retention() + AHEAD).days + 1)]
    made = [
        _name_table(day)
        for day in wanted
        if _name_table(day) not in existing and _try_briefly(_create_partition, day)
    ]
    # Detached first, then dropped: a process that is killed in
    # between leaves a table that the next round finds
    for day in existing.values():
        if day < today:
            _try_briefly(_detach_partition, day)
    return made, [_drop_table(name) for name, day in _list_tables(attached=False).items() if day < today]


def forget_codes() -> int:
    """Delete expired codes and notify open pages; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM inbox_code WHERE message_id IN (SELECT message_id FROM inbox_code"
            " WHERE expires_at <= now() LIMIT %s) RETURNING message_id) " + _BY_INBOX,
            [_BATCH],
        )
        return _notify_pages(cursor.fetchall())


def consume(message_ids: list[int]) -> int:
    """Delete the codes of these messages now, as they have been used, and notify open pages; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM inbox_code WHERE message_id = ANY(%s) RETURNING message_id) "
            + _BY_INBOX,
            [message_ids],
        )
        return _notify_pages(cursor.fetchall())


def forget_seen() -> int:
    """Delete dedupe keys older than any possible repetition; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM inbox_seen WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox_seen"
            " WHERE seen_on < %s LIMIT %s))",
            [timezone.now().date() - SEEN_FOR, _BATCH],
        )
        return int(cursor.rowcount)


def _notify_pages(gone: list[tuple[str, int | None, list[int]]]) -> int:
    notices.tell("redacted", {topic(e164, rental_id): ids for e164, rental_id, ids in gone})
    return sum(len(ids) for *_, ids in gone)


def _longest_retention() -> timedelta:
    """Return the longest time for which a message that arrives now may be kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest((SELECT max(retention) FROM numbers_number),"
            " (SELECT max(retention) FROM numbers_rental WHERE upper(during) > now()))"
        )
        (longest,) = cursor.fetchone() or (None,)
    return min(LONGEST, max(settings.MESSAGE_RETENTION, longest or timedelta(0)))


@contextmanager
def _lock_partitions() -> Iterator[None]:
    """Open a transaction in which no other process creates or drops partitions."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def _list_tables(*, attached: bool) -> dict[str, date]:
    """List the tables of days: partitions, or those that a killed process left detached."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relname ~ '^inbox_message_[0-9]{8}$'"
            " AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'inbox_message'::regclass)"
            " AND c.relispartition = %s ORDER BY 1",
            [attached],
        )
        names = [name for (name,) in cursor.fetchall()]
    return {name: datetime.strptime(name[-8:], "%Y%m%d").date() for name in names}


def _name_table(day: date) -> str:
    return f"inbox_message_{day:%Y%m%d}"


def _try_briefly(change: Callable[[date], None], day: date) -> bool:
    """Change the partitions, or give up: the whole table is locked for an instant, which must not block others."""
    for _ in range(_TRIES):
        try:
            with _lock_partitions(), connection.cursor() as cursor:
                # Whoever waits for this lock makes everyone behind it wait too, webhooks among them
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                change(day)
            return True
        except OperationalError:
            logger.info("the partition of %s is locked by long reads: retrying later", day)
    return False


def _create_partition(day: date) -> None:
    """Create a day's partition, and move there what is in the default one because it came too early."""
    name, start, end = _name_table(day), f"{day} 00:00+00", f"{day + timedelta(days=1)} 00:00+00"
    if name in _list_tables(attached=True):
        return  # another process was first
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {name} (LIKE inbox_message INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)"
        )
        cursor.execute(
            "WITH moved AS (DELETE FROM inbox_message_rest WHERE expires_at >= %s AND expires_at < %s RETURNING *)"
            f" INSERT INTO {name} SELECT * FROM moved",
            [start, end],
        )
        cursor.execute(
            f"ALTER TABLE inbox_message ATTACH PARTITION {name} FOR VALUES FROM ('{start}') TO ('{end}')"
        )


def _detach_partition(day: date) -> None:
    """Detach a day's partition, unless another process has."""
    if _name_table(day) in _list_tables(attached=True):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE inbox_message DETACH PARTITION {_name_table(day)}")


def _drop_table(name: str) -> str:
    """Drop a detached table: nobody has to wait until its files are deleted."""
    with _lock_partitions(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {name}")
    return name
