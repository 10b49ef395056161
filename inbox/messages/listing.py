"""Messages of an inbox that came after a cursor: each once, and none left out, however late it became visible.

Ids of different writers become visible out of order: behind the highest id that a program has seen, a lower one may
still appear. So a cursor is an id and PostgreSQL's snapshot, which tells exactly which transactions were over. After it
comes what has a higher id, and what has a lower one but was written by a transaction that was not over then.
https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DataError, connection

from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.messages.queries import LOOKED_THROUGH, VIEWED, Message, Row, build_query, may_match, view_recent
from inbox.messages.search import SearchTerms
from inbox.messages.search_candidates import Candidates

MOST = 100
BATCH = 100
# rows below the cursor that may have become visible since: more than the batches of four writers of ingest hold
_LATE = 2500
_SNAPSHOT = "SELECT pg_current_snapshot()::text"
_RECENT = "SELECT m.id, m.xmin::text::bigint AS xid FROM inbox_message m"
_BELOW = " AND m.id <= %(after)s ORDER BY m.id DESC LIMIT %(late)s"
# a row's transaction id has 32 bits: those above are as in the latest one
_NOT_SEEN = """
SELECT recent.id FROM ({recent}) recent, (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS latest) now
WHERE NOT pg_visible_in_snapshot(
    (now.latest - ((now.latest - recent.xid) & 4294967295))::text::xid8, %(snapshot)s::pg_snapshot)
AND (recent.id > %(late_to)s OR NOT pg_visible_in_snapshot(
    (now.latest - ((now.latest - recent.xid) & 4294967295))::text::xid8, %(late_snapshot)s::pg_snapshot))
"""
_THESE = " AND m.id = ANY(%(ids)s) ORDER BY m.id"
_ABOVE = " AND m.id > %(after)s ORDER BY m.id LIMIT %(limit)s"
_LONGEST_CURSOR = 2000
_READ_SNAPSHOT = "([0-9]{1,19}:[0-9]{1,19}:[0-9,]{0,2000})"
_CURSOR = re.compile(
    rf"([0-9]{{1,18}})(?:~{_READ_SNAPSHOT}(?:~([0-9]{{1,18}})~{_READ_SNAPSHOT})?)?", re.ASCII
)


class BadCursor(ValueError):
    """It is neither a message's id nor a cursor of ours."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list ended: at the id `after`, with what was visible then; of a mere id `snapshot` is empty.

    One that ended among messages that had become visible late is still there, and has those up to the id `late_to`
    that were visible in `late_snapshot`.
    """

    after: int
    snapshot: str = ""
    late_to: int = 0
    late_snapshot: str = ""

    def __str__(self) -> str:
        """The cursor as programs keep it."""
        late = f"~{self.late_to}~{self.late_snapshot}" if self.late_to else ""
        return f"{self.after}~{self.snapshot}{late}" if self.snapshot else str(self.after)

    def move_to(self, last: int, snapshot: str) -> "Cursor":
        """Return the cursor behind a message, with what was visible before it was read; there is more after it."""
        moved = Cursor(self.after, self.snapshot, last, snapshot)
        is_late = bool(self.snapshot) and self.late_to <= last <= self.after
        # otherwise some are repeated, which is better than leaving any out
        return moved if is_late and len(str(moved)) <= _LONGEST_CURSOR else Cursor(last, snapshot)


@dataclass(frozen=True, slots=True)
class Page:
    """Messages, the cursor behind them, and whether there are more right now."""

    messages: list[Message]
    cursor: Cursor
    more: bool


def read_cursor(text: str) -> Cursor:
    """Read a cursor, or an id; raises `BadCursor`."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise BadCursor
    return Cursor(int(found[1]), found[2] or "", int(found[3] or 0), found[4] or "")


def current_snapshot() -> str:
    """What is visible now, for a cursor."""
    with connection.cursor() as asked:
        asked.execute(_SNAPSHOT)
        (snapshot,) = asked.fetchone() or ("",)
    return str(snapshot)


def after(
    inbox: Inbox, cursor: Cursor, *, sender: str = "", text: str = "", limit: int = queries.PAGE
) -> Page:
    """The messages after a cursor, from a sender, with a text in them, oldest first; raises `BadCursor`.

    As many are looked through as a search of older messages does.
    """
    # before the messages are read: what commits meanwhile comes again rather than not at all
    snapshot = current_snapshot()
    found: list[Message] = []
    wanted, candidates = SearchTerms(text), Candidates(text)
    last, viewed, looked_at = cursor.after, 0, 0
    for row in _read_rows(inbox, cursor):
        if len(found) == limit or viewed == VIEWED or looked_at == LOOKED_THROUGH:
            return Page(found, cursor.move_to(last, snapshot), more=True)
        last, looked_at = row.id, looked_at + 1
        if may_match(inbox, row, sender, candidates if text else None):
            viewed += 1
            message = view_recent(inbox, row)
            if wanted.is_in(message["from"], message["body"]):
                found.append(message)
    return Page(found, Cursor(max(last, cursor.after), snapshot), more=False)


def _read_rows(inbox: Inbox, cursor: Cursor) -> Iterator[Row]:
    """Yield the rows after a cursor in the order of their ids."""
    if cursor.snapshot and (late := _find_late(inbox, cursor)):
        yield from _fetch_rows(inbox, _THESE, ids=late)
    last = cursor.after
    while True:
        rows = _fetch_rows(inbox, _ABOVE, after=last, limit=BATCH)
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _find_late(inbox: Inbox, cursor: Cursor) -> list[int]:
    """Return the ids below a cursor that were not visible at its time."""
    recent, values = build_query(inbox, _BELOW, of=_RECENT, after=cursor.after, late=_LATE)
    with connection.cursor() as asked:
        try:
            late: dict[str, Any] = {
                "late_to": cursor.late_to,
                "late_snapshot": cursor.late_snapshot or cursor.snapshot,
            }
            asked.execute(_NOT_SEEN.format(recent=recent), {**values, **late, "snapshot": cursor.snapshot})
        except DataError:
            raise BadCursor from None
        return [message_id for (message_id,) in asked.fetchall()]


def _fetch_rows(inbox: Inbox, rest: str, **values: Any) -> list[Row]:
    with connection.cursor() as asked:
        asked.execute(*build_query(inbox, rest, **values))
        return [Row(*row) for row in asked.fetchall()]
