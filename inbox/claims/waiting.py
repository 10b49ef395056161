"""Waits for the message of a claim, by the session of sockets, streams and waits."""

import asyncio
from contextlib import suppress
from uuid import UUID

from inbox.claims import claims
from inbox.claims.claims import LiveClaim
from inbox.claims.matching import settlements
from inbox.live.endings import ended_with_server
from inbox.live.frames import Frame
from inbox.live.session import NoInbox, Session
from inbox.live.waits import MOST_SEEN, Outcome
from inbox.messages import queries
from inbox.messages.queries import Message
from tempsms.lib import postgres
from tempsms.lib.postgres import Unavailable

_AGAIN_AFTER = 1.0  # seconds, when the database does not answer


class Alarm:
    """A subscriber that only notices that something came."""

    def __init__(self) -> None:
        self.over = False
        self._rung = asyncio.Event()

    def push(self, frame: Frame) -> None:
        """Wake who waits, if it is a message."""
        if frame.message is not None:
            self._rung.set()

    def end(self) -> None:
        """Wake who waits for the last time."""
        self.over = True
        self._rung.set()

    async def ring(self, until: float) -> bool:
        """Wait for the next message, or the end; return whether it came before `until`, by the loop's clock."""
        try:
            async with asyncio.timeout_at(until):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


async def wait(visitor: str, owner: str, key: UUID, seconds: float) -> Outcome:
    """Wait for the message of an owner's claim, at most until it expires.

    A claim that has its message answers with it again. Raises what `Session.open` raises; `NoInbox` also for a claim
    that does not exist, or is dropped meanwhile.
    """
    alarm = Alarm()
    session = Session(alarm)
    try:
        claim = await claims.find(owner, key)
        if claim is None:
            raise NoInbox
        until = asyncio.get_running_loop().time() + min(seconds, max(claim.seconds_left, 0.0))
        await session.open(visitor, lambda _: claims.find_inbox(owner, key), str(key))
        # what comes from here on is pushed, or else found by comparing
        await session.newest()
        with ended_with_server(alarm), settlements.get().waiting_for(claim.inbox, claim.id):
            message_id = await _follow(claim, alarm, until)
        # without Redis nobody says that the inbox has ended
        if await claims.find(owner, key) is None:
            return Outcome(claim.inbox, None, [])
        return await _read_outcome(session, claim, message_id)
    finally:
        await session.close()


async def _follow(claim: LiveClaim, alarm: Alarm, until: float) -> int | None:
    """Settle the inbox now, for every message that comes, and at the end; return the claim's message."""
    first, more = True, True
    while True:
        try:
            states = await settlements.get().settle(claim.inbox)
        except Unavailable:
            if first:
                raise
            if more and not alarm.over:  # the database is back before most waits end
                more = asyncio.get_running_loop().time() + _AGAIN_AFTER < until
                await asyncio.sleep(_AGAIN_AFTER)
                continue
            return None
        if claim.id not in states:
            raise NoInbox
        if states[claim.id] is not None or not more or alarm.over:
            return states[claim.id]
        first, more = False, await alarm.ring(until)


async def _read_outcome(session: Session, claim: LiveClaim, message_id: int | None) -> Outcome:
    """Read the message, or what came and was not for this claim."""
    if message_id is not None:
        async with postgres.connection() as connection:
            return Outcome(claim.inbox, await queries.read_one(connection, claim.inbox, message_id), [])
    newest: list[Message] = []
    with suppress(Unavailable):
        newest = await session.newest()
    return Outcome(claim.inbox, None, [m for m in reversed(newest[:MOST_SEEN]) if m["id"] > claim.after_id])
