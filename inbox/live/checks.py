"""Whether those who watch know what the database shows: each watched inbox is compared with it now and then.

A notice can get lost with Redis, or before it reaches Redis, and then nobody knows. So pages need not ask the poll all
the time for what they may have missed: one query asks for a hundred inboxes, and their pages only where it differs. The
waits and streams of the API do not ask; they are sent what they missed.
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
AT_ONCE = 100  # inboxes of a query: some 20 ms
_REMEMBERED = 2 * queries.PAGE  # ids of a number: comparisons show no more than `PAGE`


@dataclass(slots=True)
class Knowledge:
    """What the open pages of a number know: the ids of its newest messages, and when to compare them."""

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
    """What those know who watch inboxes on one event loop."""

    def __init__(self) -> None:
        self._known: dict[str, Knowledge] = {}  # by topic

    def begin(self, inbox: Inbox, ids: list[int]) -> None:
        """Compare a number from now on: a page has these messages; where others know less, compare it at once."""
        known = self._known.get(inbox.topic)
        if known is None:
            self._known[inbox.topic] = Knowledge(inbox, _newest_of(ids), time.monotonic() + CHECKED_EVERY)
        elif not set(known.ids).issuperset(ids):
            known.due = 0.0

    def end(self, topic: str) -> None:
        """Compare it no more: nobody watches it."""
        self._known.pop(topic, None)

    def note_sent(self, topic: str, ids: Iterable[int]) -> None:
        """Note that these messages were sent to pages."""
        if known := self._known.get(topic):
            known.ids = _newest_of({*known.ids, *ids})

    def note_gone(self, topic: str, ids: Iterable[int]) -> None:
        """Note that pages were sent word that these are gone."""
        if known := self._known.get(topic):
            known.ids = _newest_of(set(known.ids).difference(ids))

    def put_back(self, difference: Difference) -> None:
        """Find a difference again: it could not be sent to pages."""
        if known := self._known.get(difference.topic):
            known.ids = _newest_of({*known.ids, *difference.gone} - difference.missed)

    def hurry(self) -> None:
        """Compare all of them soon: nothing is heard of changes."""
        soon = time.monotonic() + UNHEARD_EVERY
        for known in self._known.values():
            known.due = min(known.due, soon)

    async def compare_due(self) -> list[Difference]:
        """Compare the numbers whose turn it is, `AT_ONCE` at most; raises `postgres.Unavailable`."""
        now = time.monotonic()
        due = sorted((known.due, topic) for topic, known in self._known.items() if known.due <= now)[:AT_ONCE]
        before = {topic: frozenset(self._known[topic].ids) for _, topic in due}
        if not before:
            return []
        shown = await read_shown([self._known[topic].inbox for topic in before])
        differences = []
        for topic, ids in before.items():
            known = self._known.get(topic)
            if known is not None:
                known.due = now + CHECKED_EVERY
                differences.append(_compare(topic, known, ids, shown.get(topic)))
        return [one for one in differences if one.missed or one.gone or one.over]


async def read_shown(inboxes: Iterable[Inbox]) -> dict[str, list[int]]:
    """The newest ids of inboxes by their topics, newest first, without those that have ended.

    Raises `postgres.Unavailable`.
    """
    asked = list(inboxes)
    numbers = {inbox.number_id: inbox.topic for inbox in asked if inbox.rental_id is None}
    rentals = {inbox.rental_id: inbox.topic for inbox in asked if inbox.rental_id is not None}
    shown = await queries.shown_ids(list(numbers)) if numbers else {}
    rented = await queries.rented_ids(list(rentals)) if rentals else {}
    of_numbers = {numbers[number_id]: ids for number_id, ids in shown.items()}
    return of_numbers | {rentals[rental_id]: ids for rental_id, ids in rented.items()}


def _compare(topic: str, known: Knowledge, before: frozenset[int], shown: list[int] | None) -> Difference:
    """Compare what the database showed with what pages knew before and know now; note it as known."""
    if shown is None:
        return Difference(topic, over=True)
    ids = frozenset(shown)
    # older ones made room for newer ones
    oldest = shown[-1] if len(shown) == queries.PAGE else 0
    after = set(known.ids)
    gone = frozenset(one for one in (before & after) - ids if one >= oldest)
    missed = ids - before - after
    known.ids = _newest_of((ids - (before - after)) | (after - before))
    return Difference(topic, missed, gone)


def _newest_of(ids: Iterable[int]) -> "array[int]":
    return array("q", nlargest(_REMEMBERED, ids))
