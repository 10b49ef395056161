"""Which parts belong to one message: those that were sent closest together.

Senders reuse references: those of eight bits are repeated within minutes. So the closest parts are grouped first, in
whatever order they arrived, and parts that were sent minutes apart wait a moment for closer ones. Where the time of
sending is unknown the time of arrival counts, roughly: of parts that arrived together the first ones belong together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, NamedTuple

SENT_WITHIN = timedelta(minutes=10)
CAME_WITHIN = timedelta(minutes=30)
CLOSE = timedelta(minutes=1)  # parts of one message are sent seconds apart
MOMENT = timedelta(seconds=30)  # how long parts that were sent further apart wait for closer ones
ARRIVAL_GRAIN = 30  # seconds; arrival times are no more precise than that


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part on disk: `payload` is what the carrier sent, `message_id` the partial message that is shown, or 0."""

    id: int
    index: int
    total: int
    received_at: datetime
    sent_at: datetime | None
    payload: dict[str, Any]
    message_id: int


class _Group:
    """Parts of one message, and what decides whether others may join them, at a cost that does not grow with them."""

    def __init__(self, part: StoredPart) -> None:
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


def by_message(parts: list[StoredPart]) -> list[list[StoredPart]]:
    """Group parts by message: of one total, no index twice, the closest together; all in order of arrival."""
    if _are_one_message(parts):
        return [parts]
    groups = {part.id: _Group(part) for part in parts}
    # Every pair of up to 512 parts, which is why `multipart` calls this in a thread
    pairs = [pair for pair in combinations(parts, 2) if _may_belong(*pair)]
    # Closest first, and by id where that is equal, so that the result does not depend on the order of arrival
    for one, other in sorted(pairs, key=lambda pair: (_seconds_between(*pair), pair[0].id, pair[1].id)):
        group, joining = groups[one.id], groups[other.id]
        if group is not joining and group.may_take(joining):
            group.take(joining)
            groups.update((part.id, group) for part in joining.parts)
    distinct = {id(group): group.parts for group in groups.values()}
    return [sorted(found, key=lambda part: part.id) for found in distinct.values()]


def is_settled(group: list[StoredPart], now: datetime) -> bool:
    """Whether no closer part is expected: all were sent within a minute, or the last one has waited `MOMENT`."""
    times = [part.sent_at for part in group if part.sent_at]
    if not times or max(times) - min(times) <= CLOSE:
        return True
    return now - max(part.received_at for part in group) >= MOMENT


def _are_one_message(parts: list[StoredPart]) -> bool:
    """Whether all parts are one message: a cheap check, which nearly always succeeds."""
    if len({part.total for part in parts}) != 1 or len({part.index for part in parts}) != len(parts):
        return False
    sent = [part.sent_at for part in parts if part.sent_at]
    if len(sent) == len(parts):
        return _time_span(sent) <= SENT_WITHIN
    return not sent and _time_span(part.received_at for part in parts) <= CAME_WITHIN


def _time_span(times: Iterable[datetime]) -> timedelta:
    found = list(times)
    return max(found) - min(found)


def _may_belong(one: StoredPart, other: StoredPart) -> bool:
    if one.index == other.index or one.total != other.total:
        return False
    if one.sent_at and other.sent_at:
        return abs(one.sent_at - other.sent_at) <= SENT_WITHIN
    return abs(one.received_at - other.received_at) <= CAME_WITHIN


def _seconds_between(one: StoredPart, other: StoredPart) -> float:
    """Seconds between the sending of two parts, or roughly between their arrival."""
    if one.sent_at and other.sent_at:
        return abs((one.sent_at - other.sent_at).total_seconds())
    return abs((one.received_at - other.received_at).total_seconds()) // ARRIVAL_GRAIN * ARRIVAL_GRAIN
