"""What follows an attempt: when the next one is made, when a target is left alone for a while, and when it is disabled.

The waits are those that Standard Webhooks recommends: ten tries over 75 hours. They are spread by a tenth, so that what
failed together does not come back together. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tempsms.lib.effects import BackOff

WAITS = [
    *(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
]
TRIES = len(WAITS) + 1
SPREAD = 0.1
LONGEST_RETRY_AFTER = timedelta(hours=24)
BREAKS_AFTER = 5
"""Failures in a row after which a target gets one try at a time, with pauses."""
PAUSES = BackOff(timedelta(seconds=10), timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Reply:
    """What a target said: the status of its answer, 0 without one, and a note that may be logged."""

    ok: bool
    status: int = 0
    note: str = ""
    gone: bool = False
    """It wants nothing any more."""
    final: bool = False
    """It will never take this one."""
    retry_after: timedelta | None = None


def next_wait(tries: int, reply: Reply) -> timedelta | None:
    """Return how long to wait after so many tries, the last of which got this reply; None if it was the last."""
    if reply.final or reply.gone or tries >= TRIES:
        return None
    spread = random.uniform(1 - SPREAD, 1 + SPREAD)  # noqa: S311  (no secret)
    return max(WAITS[tries - 1] * spread, reply.retry_after or timedelta(0))


def pause_after(failures: int) -> timedelta | None:
    """How long a target is left alone after so many failures in a row, if it is."""
    return PAUSES.after(failures - BREAKS_AFTER + 1) if failures >= BREAKS_AFTER else None


def parse_retry_after(value: str, now: datetime) -> timedelta | None:
    """The wait that a Retry-After header asks for: seconds or a date (RFC 9110 section 10.2.3); None without one."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), 10**6))
    else:
        try:
            at = parsedate_to_datetime(value)
            wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            return None
    return min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)
