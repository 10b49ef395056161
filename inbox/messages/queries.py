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

from inbox.messages import redaction, sealed_text
from inbox.messages.flags import Flag
from inbox.messages.inboxes import Inbox
from inbox.messages.search import Wanted
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

_MESSAGES = """
SELECT m.id, m.direction, m.sender, m.body, m.cuts, m.code_confidence, m.code_reason, m.segments, m.encoding,
    m.flags, m.media, m.received_at, c.sealed, c.expires_at AS code_expires_at
FROM inbox_message m
LEFT JOIN inbox_code c ON c.message_id = m.id AND c.expires_at > now()
"""
_FILE = """
SELECT account.carrier, account.secrets, m.media -> %(place)s
FROM inbox_message m JOIN numbers_account account ON account.id = m.account_id
"""
_IDS = "SELECT m.id FROM inbox_message m"
_OF_NUMBER = " WHERE m.number_id = %(number)s AND m.public AND m.expires_at > now()"
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


class _Row(NamedTuple):
    """A row of `_MESSAGES`."""

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


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, still at its carrier, and the account that it came to."""

    carrier: str
    url: str = field(repr=False)
    content_type: str
    secrets: Secrets = field(repr=False)


def newest(inbox: Inbox, limit: int = PAGE) -> list[Message]:
    """Return the newest messages of an inbox, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(*_build_query(inbox, _NEWEST_FIRST, limit=limit))
        return [_view_for(inbox, _Row(*row)) for row in cursor.fetchall()]


def one(inbox: Inbox, message_id: int) -> Message | None:
    """Return a message of an inbox, if it has one with this id."""
    with connection.cursor() as cursor:
        cursor.execute(*_build_query(inbox, _ONE, id=message_id))
        row = cursor.fetchone()
    return _view_for(inbox, _Row(*row)) if row else None


def ids_from(inbox: Inbox, lowest: int) -> list[int]:
    """Return the ids of an inbox's messages from `lowest` on, newest first: the newest `LISTED` at most."""
    with connection.cursor() as cursor:
        cursor.execute(*_build_query(inbox, _FROM, of=_IDS, lowest=lowest, limit=LISTED))
        return [message_id for (message_id,) in cursor.fetchall()]


def narrowed(inbox: Inbox, *, before: int = 0, sender: str = "", text: str = "") -> tuple[list[Message], int]:
    """A page of messages older than `before`, from a sender, with a text in them, and where to go on: newest first.

    What is compared is what readers see, so that nothing redacted can be guessed by searching. At most `LOOKED_THROUGH`
    messages are looked through, and `VIEWED` of those that may match; the second value is the id to go on before, 0 at
    the end.
    """
    found: list[Message] = []
    wanted, candidates = Wanted(text), Candidates(text)
    last, viewed = before or _NEWEST, 0
    with connection.cursor() as cursor:
        for _ in range(LOOKED_THROUGH // BATCH):
            cursor.execute(*_build_query(inbox, _OLDER, before=last, limit=BATCH))
            rows = [_Row(*row) for row in cursor.fetchall()]
            for row in rows:
                last = row.id
                if not _may_be_asked_for(inbox, row, sender, candidates if text else None):
                    continue
                message = _view_for(inbox, row)
                # Unsealing and redacting cost a hundred times as much as comparing a row: this is what a
                # stranger's search may use up
                viewed += 1
                if wanted.is_in(message["from"], message["body"]):
                    found.append(message)
                if len(found) == PAGE or viewed == VIEWED:
                    return found, last
            if len(rows) < BATCH:
                return found, 0
    return found, last


def _may_be_asked_for(inbox: Inbox, row: _Row, sender: str, candidates: Candidates | None) -> bool:
    """Whether a message is from a sender and may hold a text, as far as its row shows."""
    shown = redaction.visible if inbox.private else redaction.shown_sender
    if sender and shown(row.sender) != sender:
        return False
    return candidates is None or candidates.may_match(row.sender, row.body, row.cuts, row.sealed is not None)


async def newest_async(inbox: Inbox, limit: int = PAGE) -> list[Message]:
    """Return the same as `newest`, without Django's connection."""
    async with postgres.connection() as asynchronous:
        cursor = await asynchronous.execute(*_build_query(inbox, _NEWEST_FIRST, limit=limit))
        return [_view_for(inbox, _Row(*row)) for row in await cursor.fetchall()]


async def attachment(inbox: Inbox, message_id: int, place: int) -> Attachment | None:
    """Return a fetchable file of a rental's message by its index from 0; without Django's connection."""
    if not inbox.private:
        return None
    query = _build_query(inbox, _ONE, of=_FILE, id=message_id, place=place)
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


def _build_query(
    inbox: Inbox, rest: str, *, of: str = _MESSAGES, **values: int
) -> tuple[str, dict[str, Any]]:
    """Build the statement for an inbox, and its parameters."""
    where = _OF_RENTAL if inbox.private else _OF_NUMBER
    return of + where + rest, {"number": inbox.number_id, "rental": inbox.rental_id, **values}


def _build_whole(inbox: Inbox, row: _Row) -> WholeMessage:
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


def _view_for(inbox: Inbox, row: _Row) -> Message:
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
