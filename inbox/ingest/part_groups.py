"""Which parts belong to one message: those that were sent closest together.

Senders reuse references: those of eight bits come round again within minutes. So the closest parts find each other
first, in whatever order they came, and what was sent minutes apart waits a moment for something closer. Where no time
of sending is known the time of arrival counts, roughly: of parts that came together the first ones belong together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

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


class _Group:
    """Parts of one message, and what decides whether others may join them, at a cost that does not grow with them."""

    def __init__(self, part: Kept) -> None:
        self.parts = [part]
        self._indexes = {part.index}
        self._sent = _Range(part.sent_at, part.sent_at)
        self._received = _Range(part.received_at, part.received_at)
        self._received_of_unsent = self._received if part.sent_at is None else _NEVER

    def may_take(self, other: "_Group") -> bool:
        """Whether each part of one may belong to each of the other; the totals are known to be the same."""
        return (
            self._indexes.isdisjoint(other._indexes)
            and self._sent.is_within(SENT_WITHIN, other._sent)
            and self._received_of_unsent.is_within(CAME_WITHIN, other._received)
            and self._received.is_within(CAME_WITHIN, other._received_of_unsent)
        )

    def take(self, other: "_Group") -> None:
        """Take over the parts of another group."""
        self.parts += other.parts
        self._indexes |= other._indexes
        self._sent = self._sent.union(other._sent)
        self._received = self._received.union(other._received)
        self._received_of_unsent = self._received_of_unsent.union(other._received_of_unsent)


class _Range(NamedTuple):
    """The first and last of some times; None where there are none."""

    first: datetime | None
    last: datetime | None

    def is_within(self, limit: timedelta, other: "_Range") -> bool:
        """Whether no time of one is further than a limit from any of the other."""
        if self.first is None or self.last is None or other.first is None or other.last is None:
            return True
        return max(self.last - other.first, other.last - self.first) <= limit

    def union(self, other: "_Range") -> "_Range":
        """The first and last of both."""
        if self.first is None or self.last is None:
            return other
        if other.first is None or other.last is None:
            return self
        return _Range(min(self.first, other.first), max(self.last, other.last))


_NEVER = _Range(None, None)


def by_message(parts: list[Kept]) -> list[list[Kept]]:
    """Parts by message: of one total, none twice, the closest together; both in order of arrival."""
    if _are_one_message(parts):
        return [parts]
    groups = {part.id: _Group(part) for part in parts}
    pairs = [pair for pair in combinations(parts, 2) if _belong(*pair)]
    for one, other in sorted(pairs, key=lambda pair: (_distance(*pair), pair[0].id, pair[1].id)):
        group, joining = groups[one.id], groups[other.id]
        if group is not joining and group.may_take(joining):
            group.take(joining)
            groups.update((part.id, group) for part in joining.parts)
    distinct = {id(group): group.parts for group in groups.values()}
    return [sorted(found, key=lambda part: part.id) for found in distinct.values()]


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
