"""Guards against those who have codes sent to numbers that pay them (SMS pumping), and against nagging a person.

All count what was sent, in the database, under a lock of the person: nothing that restarts or is away resets them.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet

from inbox.api.problems import Code, Problem
from inbox.verification.models import SentCode
from tempsms.lib import vault

logger = logging.getLogger(__name__)

TO_PERSON = (6, timedelta(hours=1))
TO_PREFIX = (20, timedelta(hours=1))
"""Codes to numbers that are alike but for their last four digits."""
WATCHED = timedelta(hours=6)
LEAST_WATCHED = 20
LEAST_CONVERTED = 0.2
"""What share of the codes to a prefix or country must be typed in: codes that nobody types were sent for money."""
TYPED_WITHIN = timedelta(minutes=3)
_DAY = timedelta(days=1)


def lock_person(e164: str) -> None:
    """Have whoever else sends a code to this person wait, until the transaction ends."""
    # Advisory locks have names of 64 bits: two people who share one only wait for each other
    name = int.from_bytes(hash_person(e164)[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [name])


def check(owner: str, e164: str, country: str, now: datetime) -> None:
    """Raise `Problem` unless another code may be sent to a number."""
    _refuse_above(
        SentCode.objects.filter(person=hash_person(e164)), *TO_PERSON, "to this number", country, now
    )
    prefix = SentCode.objects.filter(prefix=hash_prefix(e164))
    # A company's own numbers are alike, too: as long as its people type their codes, more of them may be sent
    if not _is_converting(prefix, now):
        _refuse_above(prefix, *TO_PREFIX, "to numbers like this one", country, now)
    own = SentCode.objects.filter(owner=owner)
    _refuse_above(own, settings.VERIFY_DAILY_LIMIT, _DAY, "of this key", country, now)
    for rows, what in (
        (prefix, "numbers like this one"),
        (SentCode.objects.filter(country=country), "this country"),
    ):
        if _is_fruitless(rows, now):
            logger.warning("no code is sent: too few codes to %s (%s) are typed in", what, country)
            raise _make_refusal(f"too few of the codes to {what} are typed in", WATCHED)


def hash_person(e164: str) -> bytes:
    """A number, as it is counted."""
    return vault.keyed_hash("verified person", e164)


def hash_prefix(e164: str) -> bytes:
    """The numbers that are alike but for the last four digits, as they are counted."""
    return vault.keyed_hash("verified prefix", e164[:-4])


def _refuse_above(
    rows: QuerySet[SentCode], most: int, within: timedelta, what: str, country: str, now: datetime
) -> None:
    recent = rows.filter(at__gt=now - within).order_by("-at")
    # The oldest code that still counts: once it is too old, another one may be sent
    limiting = recent.values_list("at", flat=True)[most - 1 : most].first() if most else now
    if limiting is not None:
        span = "a day" if within == _DAY else "an hour"
        # The country, not the number: there are no people in the log
        logger.warning("no code is sent: %d codes %s (%s) in %s", most, what, country, span)
        raise _make_refusal(f"at most {most} codes {what} {span}", limiting + within - now)


def _is_converting(rows: QuerySet[SentCode], now: datetime) -> bool:
    """Whether most of the codes are typed in: then they are wanted, however many there are."""
    sent, approved = _count(rows, now)
    return sent >= LEAST_WATCHED / 2 and approved * 2 >= sent


def _is_fruitless(rows: QuerySet[SentCode], now: datetime) -> bool:
    sent, approved = _count(rows, now)
    return sent >= LEAST_WATCHED and approved < sent * LEAST_CONVERTED


def _count(rows: QuerySet[SentCode], now: datetime) -> tuple[int, int]:
    """How many codes were sent long enough ago to have been typed in, and how many were."""
    watched = rows.filter(at__gt=now - WATCHED).filter(Q(at__lt=now - TYPED_WITHIN) | Q(approved=True))
    found = watched.aggregate(sent=Count("pk"), approved=Count("pk", filter=Q(approved=True)))
    return found["sent"], found["approved"]


def _make_refusal(detail: str, wait: timedelta) -> Problem:
    return Problem(
        Code.TOO_MANY_CODES, detail, headers={"Retry-After": str(max(1, round(wait.total_seconds())))}
    )
