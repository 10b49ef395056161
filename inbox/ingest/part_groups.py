"""Which parts belong to one message: those that were sent closest together.

Senders reuse references: those of eight bits come round again within minutes. So the closest parts find each other
first, in whatever order they came, and what was sent minutes apart waits a moment for something closer. Where no time
of sending is known the time of arrival counts, roughly: of parts that came together the first ones belong together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

SENT_WITHIN = timedelta(minutes=10)
CAME_WITHIN = timedelta(minutes=30)
CLOSE = timedelta(minutes=1)  # parts of one message are sent seconds apart
MOMENT = timedelta(seconds=30)  # that what was sent further apart waits for something closer
ROUGHLY = 30  # seconds: arrivals are told apart no better


@dataclass(frozen=True, slots=True)
class Kept:
    """A part on disk; `said` is the message that it is, `message_id` the partial one that is shown, or 0."""

    id: int
    index: int
    total: int
    received_at: datetime
    sent_at: datetime | None
    said: dict[str, Any]
    message_id: int


def by_message(parts: list[Kept]) -> list[list[Kept]]:
    """Parts by message: of one total, none twice, the closest together; both in order of arrival."""
    if _are_one_message(parts):
        return [parts]
    groups = {part.id: [part] for part in parts}
    pairs = [pair for pair in combinations(parts, 2) if _belong(*pair)]
    for one, other in sorted(pairs, key=lambda pair: (_distance(*pair), pair[0].id, pair[1].id)):
        group, joining = groups[one.id], groups[other.id]
        if group is not joining and all(_belong(a, b) for a in group for b in joining):
            group += joining
            groups.update((part.id, group) for part in joining)
    return list({id(group): sorted(group, key=lambda part: part.id) for group in groups.values()}.values())


def is_settled(group: list[Kept], now: datetime) -> bool:
    """Whether nothing closer can be expected: all were sent within a minute, or the last one has waited a moment."""
    times = [part.sent_at for part in group if part.sent_at]
    if not times or max(times) - min(times) <= CLOSE:
        return True
    return now - max(part.received_at for part in group) >= MOMENT


def _are_one_message(parts: list[Kept]) -> bool:
    """Whether all are, as they nearly always are: a cheap look."""
    if len({part.total for part in parts}) != 1 or len({part.index for part in parts}) != len(parts):
        return False
    sent = [part.sent_at for part in parts if part.sent_at]
    if len(sent) == len(parts):
        return _span(sent) <= SENT_WITHIN
    return not sent and _span(part.received_at for part in parts) <= CAME_WITHIN


def _span(times: Iterable[datetime]) -> timedelta:
    found = list(times)
    return max(found) - min(found)


def _belong(one: Kept, other: Kept) -> bool:
    if one.index == other.index or one.total != other.total:
        return False
    if one.sent_at and other.sent_at:
        return abs(one.sent_at - other.sent_at) <= SENT_WITHIN
    return abs(one.received_at - other.received_at) <= CAME_WITHIN


def _distance(one: Kept, other: Kept) -> float:
    """Seconds between two parts."""
    if one.sent_at and other.sent_at:
        return abs((one.sent_at - other.sent_at).total_seconds())
    return abs((one.received_at - other.received_at).total_seconds()) // ROUGHLY * ROUGHLY
