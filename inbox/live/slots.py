"""Slots for viewers: so many a visitor or API key, and so many a process; and the cursor that a viewer comes with.

What a visitor or a key may have is shared out among the web processes, each of which counts for itself: that takes no
question to Redis for an opening, and a process that is killed leaves no count behind.
"""

from collections import Counter
from urllib.parse import parse_qs

from django.conf import settings

from tempsms.lib import metrics

LEAST = 4  # of any share: connections do not spread evenly

_taken: Counter[str] = Counter()  # slots of this process by visitor
_together = 0


def take(visitor: str) -> bool:
    """Take a slot for a visitor, or for a client of the API (`key:7`); return whether there was one."""
    global _together
    full = _together >= settings.SOCKETS_PER_PROCESS
    most = settings.SOCKETS_PER_KEY if ":" in visitor else settings.SOCKETS_PER_VISITOR
    if full or (settings.VISITOR_LIMITS and _taken[visitor] >= _share_out(most)):
        return False
    _taken[visitor] += 1
    _together += 1
    metrics.SOCKETS.inc()
    return True


def _share_out(most: int) -> int:
    """This process's share of so many slots."""
    return min(most, max(LEAST, -(-most // settings.WEB_PROCESSES)))


def give_back(visitor: str) -> None:
    """Give a visitor's slot back."""
    global _together
    metrics.SOCKETS.dec()
    _together -= 1
    _taken[visitor] -= 1
    if _taken[visitor] <= 0:
        del _taken[visitor]


def cursor(query: bytes) -> int | None:
    """`after` of a query string: 0 when absent, None if it is not an id."""
    return message_id(parse_qs(query.decode("latin-1")).get("after", ["0"])[-1])


def message_id(text: str) -> int | None:
    """A message's id, or None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
