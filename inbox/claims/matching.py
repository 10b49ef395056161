"""Gives messages to claims: each message to the oldest claim that matches, once.

A message is not given away when it is stored. Most numbers have no claims, the statement that stores messages is the
hottest of all, and what a pattern is compared with, the text as its reader sees it, exists only after codes are
unsealed and digits redacted. It is given away when somebody waits: whoever waits at an inbox `settle`s it, first for
what came before, and again for each message that is pushed. So claims need no process of their own, survive any, and
what nobody waited for in time is given away by whoever waits next.

It makes no difference who settles. An advisory lock lets one settle an inbox at a time, in any process, so the next one
sees what the last one gave away; and whether a message counts for a claim depends on the two rows alone: its id was
drawn after the claim was made, and it arrived before the claim expired. Behind that the database has the last word: no
two claims can have the same message.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from inbox.messages.queries import Message
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

STEP = 50
"""Messages that are read at once: making their texts holds up the event loop."""
MOST = 1000
"""Messages that one transaction looks at."""
# seconds that a transaction compares: a pattern may take a millisecond, and its connection is not lent for long
COMPARES_FOR = 2.0
# so many are looked at again each time before it is written down how far they were
LOOKED_AT_AGAIN = 50
_AT_ONCE = 2  # inboxes of a process: of its six connections, the others are for whoever else asks
_LOCK = 7_011_003  # advisory, with the number's id
_LOCK_INBOX = "SELECT pg_advisory_xact_lock(%(lock)s, %(number)s::int)"
_INBOX = "number_id = %(number)s AND rental_id IS NOT DISTINCT FROM %(rental)s"
_OPEN = f"""
SELECT id, sender, match, needs_code, after_id, expires_at, examined_id, now() FROM claims_claim
WHERE {_INBOX} AND message_id IS NULL ORDER BY id
"""  # noqa: S608
_GIVEN = "SELECT message_id FROM claims_claim WHERE message_id = ANY(%s)"
_GIVE = """
UPDATE claims_claim claim SET message_id = given.message_id, matched_at = now()
FROM unnest(%s::bigint[], %s::bigint[]) AS given (claim_id, message_id)
WHERE claim.id = given.claim_id AND claim.message_id IS NULL
"""
_EXAMINED = f"""
UPDATE claims_claim SET examined_id = %(examined)s
WHERE {_INBOX} AND message_id IS NULL AND examined_id < %(examined)s AND id = ANY(%(claims)s)
"""  # noqa: S608
_STATES = "SELECT id, message_id FROM claims_claim WHERE id = ANY(%s)"


@dataclass(slots=True)
class OpenClaim:
    """A claim without a message yet."""

    id: int
    wanted: MessageFilter
    after_id: int
    expires_at: datetime

    def takes(self, message: Message) -> bool:
        """Whether a message is one that it is for."""
        return (
            message["id"] > self.after_id
            and datetime.fromisoformat(message["received_at"]) <= self.expires_at
            and self._is_wanted(message)
        )

    def _is_wanted(self, message: Message) -> bool:
        """Whether its filter matches; what is recent is offered again and again, but compared once."""
        # the text counts: a code that ends, or a late part, changes it. Only its hash is kept
        seen = self.id, message["id"], hash((message["from"], message["body"], message["code"] is None))
        if seen in _not_wanted:
            return False
        if self.wanted.matches(message):
            return True
        if len(_not_wanted) >= _REMEMBERED:
            _not_wanted.clear()
        _not_wanted.add(seen)
        return False


_not_wanted: set[tuple[int, int, int]] = set()  # claims, messages and their texts
_REMEMBERED = 32_768


@dataclass(slots=True)
class _Round:
    """The open claims of an inbox, oldest first, and which of them get a message in this round."""

    claims: list[OpenClaim]
    examined_id: int
    now: datetime
    given: dict[int, int] = field(default_factory=dict)  # messages by claim
    looked_at: int = 0

    def offer_all(self, messages: Iterable[Message], until: float) -> bool:
        """Offer messages until a time of `time.monotonic`; return whether all of them were."""
        for message in messages:
            if time.monotonic() >= until:
                return False
            self.offer(message)
        return True

    def offer(self, message: Message) -> None:
        """Give a message to the oldest claim that takes it."""
        self.looked_at += 1
        for claim in self.claims:
            if claim.takes(message):
                self.given[claim.id] = message["id"]
                self.claims.remove(claim)
                break
        # ids become visible out of order, so what is recent has to be looked at again
        if datetime.fromisoformat(message["received_at"]) < self.now - queries.OVERLAP:
            self.examined_id = max(self.examined_id, message["id"])


class Settlements:
    """Settles inboxes for those of one event loop who wait there."""

    def __init__(self) -> None:
        self._waiting: dict[Inbox, Counter[int]] = {}
        self._calls = SharedCalls(self._settle_now)
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @contextmanager
    def waiting_for(self, inbox: Inbox, claim_id: int) -> Iterator[None]:
        """While this lasts, what `settle` returns includes the claim."""
        claims = self._waiting.setdefault(inbox, Counter())
        claims[claim_id] += 1
        try:
            yield
        finally:
            claims[claim_id] -= 1
            if claims[claim_id] <= 0:
                del claims[claim_id]
            if not claims:
                self._waiting.pop(inbox, None)

    async def settle(self, inbox: Inbox) -> dict[int, int | None]:
        """Give away what has come; return the claims that are waited for, each with its message.

        Those that do not exist any more are left out. Raises `postgres.Unavailable`.
        """
        return await self._calls.join(inbox)

    async def _settle_now(self, inbox: Inbox) -> dict[int, int | None]:
        more = True
        while more:
            # each time in turn: an inbox with much to compare keeps neither the others nor a connection
            async with self._turns, postgres.connection() as connection, connection.transaction():
                more = await settle(connection, inbox)
        async with postgres.connection() as connection:
            cursor = await connection.execute(_STATES, [list(self._waiting.get(inbox, ()))])
            return dict(await cursor.fetchall())


settlements = PerLoop(Settlements)


async def settle(connection: AsyncConnection[TupleRow], inbox: Inbox) -> bool:
    """In a transaction: give the messages of an inbox to its claims; return whether there is more to do."""
    names = {"lock": _LOCK, "number": inbox.number_id, "rental": inbox.rental_id}
    await connection.execute(_LOCK_INBOX, names)
    # a statement of its own: it sees what whoever had the lock before has committed
    rows = await (await connection.execute(_OPEN, names)).fetchall()
    if not rows:
        return False
    claims = [
        OpenClaim(claim_id, MessageFilter(sender, match, needs_code), after_id, expires_at)
        for claim_id, sender, match, needs_code, after_id, expires_at, *_ in rows
    ]
    lowest, now = min(examined_id for *_, examined_id, _ in rows), rows[0][-1]
    round_ = _Round(claims, lowest, now)
    more = await _offer_messages(connection, inbox, round_)
    if round_.given:
        given = await connection.execute(_GIVE, [list(round_.given), list(round_.given.values())])
        if given.rowcount < len(
            round_.given
        ):  # a claim was dropped meanwhile: its message is for another one
            return True
    if (more or round_.looked_at > LOOKED_AT_AGAIN) and round_.examined_id > lowest:
        ids = [claim.id for claim in round_.claims]
        await connection.execute(_EXAMINED, {**names, "examined": round_.examined_id, "claims": ids})
    return more and round_.examined_id > lowest


async def _offer_messages(connection: AsyncConnection[TupleRow], inbox: Inbox, round_: _Round) -> bool:
    """Offer every message that no claim has yet, oldest first; return whether there are more, or time was over."""
    after, until = round_.examined_id, time.monotonic() + COMPARES_FOR
    for _ in range(MOST // STEP):
        messages = await queries.read_after(connection, inbox, after, STEP)
        given = await connection.execute(_GIVEN, [[message["id"] for message in messages]])
        taken = {message_id for (message_id,) in await given.fetchall()}
        fresh = [message for message in messages if message["id"] not in taken]
        # hundreds of costly patterns must not hold up the event loop
        if not await asyncio.to_thread(round_.offer_all, fresh, until):
            return True
        if len(messages) < STEP or not round_.claims:
            return False
        after = messages[-1]["id"]
    return True
