"""Whether open pages show what the database shows: each watched public number is compared with it now and then.

A notice can get lost with Redis, or before it reaches Redis, and then nobody knows. So pages need not ask the poll all
the time for what they may have missed: one query asks for a hundred numbers, and their pages only where it differs.
"""

import time
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nlargest

from inbox.messages import queries
from inbox.messages.inboxes import Inbox

CHECKED_EVERY = 30.0  # seconds
UNHEARD_EVERY = 5.0  # seconds while nothing is heard from Redis
AT_ONCE = 100  # numbers of a query: some 20 ms
_REMEMBERED = 2 * queries.PAGE  # ids of a number: comparisons show no more than `PAGE`


@dataclass(slots=True)
class Told:
    """What the open pages of a number were told of: the ids of its newest messages, and when to compare them."""

    inbox: Inbox
    ids: "array[int]" = field(default_factory=lambda: array("q"))  # a tenth of a set's memory
    due: float = 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What a number's pages do not know: messages, which are gone, or that the number itself is."""

    topic: str
    missed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    over: bool = False


class Checks:
    """What the open pages of one event loop's watched public numbers know."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}  # by topic

    def begin(self, inbox: Inbox, ids: list[int]) -> None:
        """Compare a number from now on: a page has these messages; where others know less, compare it at once."""
        told = self._told.get(inbox.topic)
        if told is None:
            self._told[inbox.topic] = Told(inbox, _newest_of(ids), time.monotonic() + CHECKED_EVERY)
        elif not set(told.ids).issuperset(ids):
            told.due = 0.0

    def end(self, topic: str) -> None:
        """Compare it no more: nobody watches it."""
        self._told.pop(topic, None)

    def note_told(self, topic: str, ids: Iterable[int]) -> None:
        """Pages were told of these messages."""
        if told := self._told.get(topic):
            told.ids = _newest_of({*told.ids, *ids})

    def note_gone(self, topic: str, ids: Iterable[int]) -> None:
        """Pages were told that these are gone."""
        if told := self._told.get(topic):
            told.ids = _newest_of(set(told.ids).difference(ids))

    def put_back(self, difference: Difference) -> None:
        """Pages could not be told of a difference: find it again."""
        if told := self._told.get(difference.topic):
            told.ids = _newest_of({*told.ids, *difference.gone} - difference.missed)

    def hurry(self) -> None:
        """Nothing is heard of changes: compare all of them soon."""
        soon = time.monotonic() + UNHEARD_EVERY
        for told in self._told.values():
            told.due = min(told.due, soon)

    async def compare_due(self) -> list[Difference]:
        """Compare the numbers whose turn it is, `AT_ONCE` at most; raises `postgres.Unavailable`."""
        now = time.monotonic()
        due = sorted((told.due, topic) for topic, told in self._told.items() if told.due <= now)[:AT_ONCE]
        before = {topic: frozenset(self._told[topic].ids) for _, topic in due}
        if not before:
            return []
        shown = await queries.shown_ids([self._told[topic].inbox.number_id for topic in before])
        differences = []
        for topic, ids in before.items():
            told = self._told.get(topic)
            if told is not None:
                told.due = now + CHECKED_EVERY
                differences.append(_compare(topic, told, ids, shown.get(told.inbox.number_id)))
        return [one for one in differences if one.missed or one.gone or one.over]


def _compare(topic: str, told: Told, before: frozenset[int], shown: list[int] | None) -> Difference:
    """Compare what the database showed with what pages knew before and know now; note that they are told of it."""
    if shown is None:
        return Difference(topic, over=True)
    ids = frozenset(shown)
    # older ones made room for newer ones
    oldest = shown[-1] if len(shown) == queries.PAGE else 0
    after = set(told.ids)
    gone = frozenset(one for one in (before & after) - ids if one >= oldest)
    missed = ids - before - after
    told.ids = _newest_of((ids - (before - after)) | (after - before))
    return Difference(topic, missed, gone)


def _newest_of(ids: Iterable[int]) -> "array[int]":
    return array("q", nlargest(_REMEMBERED, ids))
