"""The newest messages of an inbox as its readers get them: for the page, the socket and the poll alike.

One statement serves public numbers and rentals, synchronous and asynchronous callers. Its index is (number_id, id DESC)
in each partition; `expires_at > now()` leaves out the partitions that are only waiting to be dropped. Of a rental it
gives what came in its time, as long as that lasts, whoever asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import orjson
from django.db import connection
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from inbox.messages import redaction, sealed_text
from inbox.messages.flags import Flag
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import is_from
from inbox.messages.recent import RecentMessages
from inbox.messages.search import SearchTerms
from inbox.messages.search_candidates import Candidates
from inbox.messages.views import Code, File, WholeMessage, is_fetchable
from numbers.carriers.contract import Secrets
from numbers.models import Account
from tempsms.lib import postgres, vault

PAGE = 50
BATCH = 200
LISTED = 500  # an open page holds no more of its older messages (static/js/list.js)
# anyone may search: so many rows are looked at, and so many of them unsealed and redacted; some 50 ms in all
LOOKED_THROUGH, VIEWED = 2000, 300
_NEWEST = 2**63 - 1
OVERLAP = timedelta(seconds=10)  # ids of different writers become visible out of order by less than this

Message = dict[str, Any]
"""`MessageView.as_json`: a message as the page, the socket, the poll and the API have it."""

_COLUMNS = """
m.id, m.direction, m.sender, m.body, m.cuts, m.code_confidence, m.code_reason, m.segments, m.encoding,
    m.flags, m.media, m.received_at, c.sealed, c.expires_at AS code_expires_at
FROM inbox_message m
LEFT JOIN inbox_code c ON c.message_id = m.id AND c.expires_at > now()
"""
MESSAGES = f"SELECT {_COLUMNS}"
_WHOLE = f"""
SELECT m.number_id, number.e164, m.rental_id, {_COLUMNS} JOIN numbers_number number ON number.id = m.number_id
WHERE m.id = ANY(%(ids)s) AND m.expires_at > now()
"""
_FILE = """
SELECT account.carrier, account.secrets, m.media -> %(place)s
FROM inbox_message m JOIN numbers_account account ON account.id = m.account_id
"""
_IDS = "SELECT m.id FROM inbox_message m"
_OF_NUMBER = " WHERE m.number_id = %(number)s AND m.public AND m.expires_at > now()"
_SHOWN = f"""
SELECT number.number_id, ARRAY({_IDS} WHERE m.number_id = number.number_id AND m.public AND m.expires_at > now()
    ORDER BY m.id DESC LIMIT {PAGE})
FROM numbers_receiving number WHERE number.number_id = ANY(%s) AND number.has_public_page
"""  # noqa: S608 (constants)
_RENTED = f"""
SELECT rental.id, ARRAY({_IDS} WHERE m.number_id = rental.number_id AND m.rental_id = rental.id AND m.expires_at > now()
    ORDER BY m.id DESC LIMIT {PAGE})
FROM numbers_running_rental rental JOIN numbers_receiving number ON number.number_id = rental.number_id AND number.shown
WHERE rental.id = ANY(%s)
"""  # noqa: S608 (constants)
# while a rental lasts nothing is too late for it; the planner takes a join with it, or a second bound, for so selective
# that it reads and sorts everything (300 ms for 100,000 messages)
_OF_RENTAL = """
WHERE m.number_id = %(number)s AND m.rental_id = %(rental)s AND m.expires_at > now() AND m.received_at >= (
    SELECT lower(during) FROM numbers_running_rental WHERE id = %(rental)s)
"""
_NEWEST_FIRST = " ORDER BY m.id DESC LIMIT %(limit)s"
_OLDER = f" AND m.id < %(before)s{_NEWEST_FIRST}"
_FROM = f" AND m.id >= %(lowest)s{_NEWEST_FIRST}"
_ONE = " AND m.id = %(id)s"
_AFTER = " AND m.id > %(after)s ORDER BY m.id LIMIT %(limit)s"
_THESE = " AND m.id = ANY(%(ids)s) ORDER BY m.id"
# ids below a cursor that may have become visible since: more than the batches of four writers of ingest hold
_LATE = 2500
_AFTER_IN_ALL = """
WITH cursor AS MATERIALIZED (
    SELECT received_at FROM inbox_message WHERE id <= %(after)s ORDER BY id DESC LIMIT 1)
SELECT asked.number, asked.rental, found.id
FROM unnest(%(numbers)s::bigint[], %(rentals)s::bigint[]) AS asked (number, rental)
CROSS JOIN LATERAL (
    SELECT m.id FROM inbox_message m
    WHERE m.number_id = asked.number AND m.id > %(late)s AND m.expires_at > now()
        AND (m.id > %(after)s OR m.received_at >= (SELECT received_at FROM cursor) - %(overlap)s::interval)
        AND CASE WHEN asked.rental = 0 THEN m.public ELSE m.rental_id = asked.rental END
    ORDER BY m.id LIMIT %(limit)s) found
ORDER BY found.id LIMIT %(limit)s
"""


class Row(NamedTuple):
    """A row of `MESSAGES`."""

    id: int
    direction: str
    sender: str
    body: str
    cuts: list[int]
    code_confidence: float | None
    code_reason: str
    segments: int
    encoding: str
    flags: list[str]
    media: list[File] | str
    received_at: datetime
    sealed: str | None
    code_expires_at: datetime | None


_recent: RecentMessages[Row] = RecentMessages()


class Views:
    """Messages as the readers of one inbox get them, each made once for as long as its row stays the same."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Row, Message]] = {}

    def of(self, inbox: Inbox, rows: list[Row]) -> list[Message]:
        """Return the messages of these rows, and forget all others."""
        earlier = self._made
        self._made = {}
        for row in rows:
            made = earlier.get(row.id)
            same = made is not None and made[0] == row
            self._made[row.id] = made if made is not None and same else (row, view_for(inbox, row))
        return [message for _, message in self._made.values()]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, still at its carrier, and the account that it came to."""

    carrier: str
    url: str = field(repr=False)
    content_type: str
    secrets: Secrets = field(repr=False)


def whole_by_id(message_ids: list[int]) -> dict[int, tuple[Inbox, WholeMessage]]:
    """Return messages that are kept, each with its inbox, for whoever decides on its own who may see them."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOLE, {"ids": message_ids})
        found = [(Inbox(*row[:3]), Row(*row[3:])) for row in cursor.fetchall()]
    return {row.id: (inbox, _build_whole(inbox, row)) for inbox, row in found}


def newest(inbox: Inbox, limit: int = PAGE) -> list[Message]:
    """Return the newest messages of an inbox, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(*build_query(inbox, _NEWEST_FIRST, limit=limit))
        return [view_for(inbox, Row(*row)) for row in cursor.fetchall()]


def newest_id(inbox: Inbox) -> int:
    """Return the id of an inbox's newest message, 0 without one."""
    with connection.cursor() as cursor:
        cursor.execute(*build_query(inbox, _NEWEST_FIRST, of=_IDS, limit=1))
        (message_id,) = cursor.fetchone() or (0,)
    return int(message_id)


def one(inbox: Inbox, message_id: int) -> Message | None:
    """Return a message of an inbox, if it has one with this id."""
    with connection.cursor() as cursor:
        cursor.execute(*build_query(inbox, _ONE, id=message_id))
        row = cursor.fetchone()
    return view_for(inbox, Row(*row)) if row else None


def ids_from(inbox: Inbox, lowest: int) -> list[int]:
    """Return the ids of an inbox's messages from `lowest` on, newest first: the newest `LISTED` at most."""
    with connection.cursor() as cursor:
        cursor.execute(*build_query(inbox, _FROM, of=_IDS, lowest=lowest, limit=LISTED))
        return [message_id for (message_id,) in cursor.fetchall()]


def narrowed(
    inbox: Inbox, *, before: int = 0, sender: str = "", text: str = "", limit: int = PAGE
) -> tuple[list[Message], int]:
    """A page of messages older than `before`, from a sender, with a text in them, and where to go on: newest first.

    What is compared is what readers see, so that nothing redacted can be guessed by searching. At most `LOOKED_THROUGH`
    messages are looked through, and `VIEWED` of those that may match; the second value is the id to go on before, 0 at
    the end.
    """
    found: list[Message] = []
    # all that is read is shown where nothing is searched for
    batch = BATCH if sender or text else limit
    wanted, candidates = SearchTerms(text), Candidates(text)
    last, viewed = before or _NEWEST, 0
    with connection.cursor() as cursor:
        for _ in range(LOOKED_THROUGH // BATCH):
            cursor.execute(*build_query(inbox, _OLDER, before=last, limit=batch))
            rows = [Row(*row) for row in cursor.fetchall()]
            for row in rows:
                last = row.id
                if not may_match(inbox, row, sender, candidates if text else None):
                    continue
                message = view_recent(inbox, row)
                # Unsealing and redacting cost a hundred times as much as comparing a row: this is what a
                # stranger's search may use up
                viewed += 1
                if wanted.is_in(message["from"], message["body"]):
                    found.append(message)
                if len(found) == limit or viewed == VIEWED:
                    return found, last
            if len(rows) < batch:
                return found, 0
    return found, last


def may_match(inbox: Inbox, row: Row, sender: str, candidates: Candidates | None) -> bool:
    """Whether a message is from a sender and may hold a text, as far as its row shows."""
    shown = redaction.visible if inbox.private else redaction.shown_sender
    if sender and not is_from(sender, shown(row.sender)):
        return False
    return candidates is None or candidates.may_match(row.sender, row.body, row.cuts, row.sealed is not None)


async def newest_async(inbox: Inbox) -> list[Message]:
    """Return the same as `newest`, without Django's connection."""
    async with postgres.connection() as asynchronous:
        return await newest_on(asynchronous, inbox, views=Views())


async def newest_on(asynchronous: AsyncConnection[TupleRow], inbox: Inbox, *, views: Views) -> list[Message]:
    """Return the same on a connection that is at hand."""
    cursor = await asynchronous.execute(*build_query(inbox, _NEWEST_FIRST, limit=PAGE))
    return views.of(inbox, [Row(*row) for row in await cursor.fetchall()])


async def read_after(
    asynchronous: AsyncConnection[TupleRow], inbox: Inbox, after: int, limit: int
) -> list[Message]:
    """Return the oldest messages of an inbox after an id, oldest first."""
    cursor = await asynchronous.execute(*build_query(inbox, _AFTER, after=after, limit=limit))
    return [view_for(inbox, Row(*row)) for row in await cursor.fetchall()]


async def find_after(
    asynchronous: AsyncConnection[TupleRow], inboxes: list[Inbox], after: int, limit: int
) -> dict[Inbox, list[int]]:
    """Return the oldest ids after one in several inboxes, `limit` together; for late commits some shortly before it.

    Of a rental they may be of before its time: read them with `read_these`.
    """
    places = [inbox.number_id for inbox in inboxes], [inbox.rental_id or 0 for inbox in inboxes]
    names = {
        "numbers": places[0],
        "rentals": places[1],
        "after": after,
        "late": after - _LATE,
        "limit": limit,
    }
    cursor = await asynchronous.execute(_AFTER_IN_ALL, {**names, "overlap": OVERLAP})
    by_place = {(inbox.number_id, inbox.rental_id or 0): inbox for inbox in inboxes}
    found: dict[Inbox, list[int]] = {}
    for number_id, rental_id, message_id in await cursor.fetchall():
        found.setdefault(by_place[number_id, rental_id], []).append(message_id)
    return found


async def read_these(asynchronous: AsyncConnection[TupleRow], inbox: Inbox, ids: list[int]) -> list[Message]:
    """Return those of these messages that the inbox shows, oldest first."""
    cursor = await asynchronous.execute(*build_query(inbox, _THESE, ids=ids))
    return [view_for(inbox, Row(*row)) for row in await cursor.fetchall()]


async def read_one(asynchronous: AsyncConnection[TupleRow], inbox: Inbox, message_id: int) -> Message | None:
    """Return a message of an inbox, if it has one with this id."""
    row = await (await asynchronous.execute(*build_query(inbox, _ONE, id=message_id))).fetchone()
    return view_for(inbox, Row(*row)) if row else None


async def shown_ids(number_ids: list[int]) -> dict[int, list[int]]:
    """Return what the public inboxes of these numbers show, newest first; numbers without a page are left out."""
    async with postgres.connection() as asynchronous:
        cursor = await asynchronous.execute(_SHOWN, [number_ids])
        return dict(await cursor.fetchall())


async def rented_ids(rental_ids: list[int]) -> dict[int, list[int]]:
    """Return what came to these rentals, newest first; those that do not run now are left out."""
    async with postgres.connection() as asynchronous:
        cursor = await asynchronous.execute(_RENTED, [rental_ids])
        return dict(await cursor.fetchall())


async def attachment(inbox: Inbox, message_id: int, place: int) -> Attachment | None:
    """Return a fetchable file of a rental's message by its index from 0; without Django's connection."""
    if not inbox.private:
        return None
    query = build_query(inbox, _ONE, of=_FILE, id=message_id, place=place)
    async with postgres.connection() as asynchronous:
        row = await (await asynchronous.execute(*query)).fetchone()
    if row is None or row[2] is None or not is_fetchable(row[2]):
        return None
    secrets = Account._meta.get_field("secrets").from_db_value(row[1])
    return Attachment(row[0], row[2]["url"], row[2]["content_type"], secrets)


def since(messages: Iterable[Message], after: int) -> list[Message]:
    """Return, oldest first, the messages after an id and, for late commits, those shortly before it."""
    found = list(messages)
    times = [datetime.fromisoformat(message["received_at"]) for message in found if message["id"] <= after]
    earliest = max(times) - OVERLAP if times else datetime.min.replace(tzinfo=UTC)
    return [
        message
        for message in reversed(found)
        if message["id"] > after or datetime.fromisoformat(message["received_at"]) >= earliest
    ]


def build_query(inbox: Inbox, rest: str, *, of: str = MESSAGES, **values: Any) -> tuple[str, dict[str, Any]]:
    """Build the statement for an inbox, and its parameters."""
    where = _OF_RENTAL if inbox.private else _OF_NUMBER
    return of + where + rest, {"number": inbox.number_id, "rental": inbox.rental_id, **values}


def _build_whole(inbox: Inbox, row: Row) -> WholeMessage:
    joined, lives = _join_text(row.body, row.cuts, row.sealed)
    return WholeMessage(
        id=row.id,
        number=inbox.e164,
        direction=row.direction,
        sender=joined.sender(row.sender),
        body=joined.text,
        received_at=row.received_at,
        segments=row.segments,
        encoding=row.encoding,
        code=Code(joined.value, row.code_confidence, row.code_reason) if joined.value else None,
        code_spans=joined.marked,
        sealed_spans=joined.spans if lives else (),
        sealed_sender_spans=joined.sender_spans,
        sealed_until=row.code_expires_at if lives else None,
        flags=[*row.flags, Flag.REDACTED] if row.cuts and not lives else row.flags,
        # Django leaves JSON undecoded
        media=orjson.loads(row.media) if isinstance(row.media, str) else row.media,
        blank_spans=() if lives else joined.spans,
    )


def view_recent(inbox: Inbox, row: Row) -> Message:
    """Return the same as `view_for`, of a public inbox shared with others who asked a moment ago: do not change it."""
    if inbox.private:
        return view_for(inbox, row)
    return _recent.find(row.id, row, lambda: view_for(inbox, row))


def view_for(inbox: Inbox, row: Row) -> Message:
    """Return a message as the readers of an inbox get it."""
    whole = _build_whole(inbox, row)
    return (whole.for_holder() if inbox.private else whole.public()).as_json()


def _join_text(body: str, cuts: list[int], sealed: str | None) -> tuple[sealed_text.WholeText, bool]:
    """Return the text, and whether what was cut out of it has not expired yet."""
    if sealed:
        try:
            return sealed_text.join(body, cuts, sealed), True
        except vault.Unsealable:  # its key is gone: the code is forgotten, the message is not
            pass
    return sealed_text.redacted(body, cuts), False
