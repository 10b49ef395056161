"""A turn at delivering: one event loop that serves many targets at the same time, each in a lane of its own.

A lane has few deliveries under way: more as they succeed, one after a failure, none for a while after several. A target
that is slow thus keeps nobody but itself waiting. A turn ends after some seconds, so that the worker's other tasks get
theirs; a lane whose target fails, or has not answered yet, begins nothing that could outlast it.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Protocol, TypeVar
from uuid import uuid4

from django.db import InterfaceError, OperationalError, connection

from inbox.forwarding import content, deliveries, queue, retries, targets
from inbox.forwarding.chat import ChatSender
from inbox.forwarding.content import Content
from inbox.forwarding.mail import MailSender
from inbox.forwarding.models import Delivery, Target
from inbox.forwarding.queue import Result
from inbox.forwarding.retries import Reply
from inbox.forwarding.webhooks import WebhookSender
from tempsms.lib.aimed_requests import AddressRefused
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)

TURN = 20.0  # seconds
LONGEST_TRY = 12.0
LANES, FAILING_LANES = 200, 100
"""Targets that are served at the same time; of those whose last delivery failed."""
UNDER_WAY = 8
"""Deliveries that are under way to one target."""
FRESH = 5.0  # seconds for which what was read of a message may wait to be sent
LOOK_EVERY = 0.1  # seconds between looks for what has become due
_THREADS = 64  # for resolvers, SMTP and chat apps: each holds one while it waits
_PATIENCE = 30.0  # seconds for which results wait for PostgreSQL to come back
_PAUSE_OF_BUGS = timedelta(minutes=1)
_BUG = "internal error: see the log"
_Found = TypeVar("_Found")


class Sender(Protocol):
    """Sends to one target."""

    async def send(self, delivery: Delivery, content: Content) -> Reply:
        """Send a delivery; what became of it."""

    async def close(self) -> None:
        """Close what is open."""


@dataclass(slots=True)
class ClaimedDelivery:
    """A delivery, what it carries, and when that was read."""

    delivery: Delivery
    content: Content
    read_at: float


class Lane:
    """A target while this turn serves it."""

    def __init__(self, target: Target, sender: Sender) -> None:
        self.target = target
        self.sender = sender
        self.waiting: deque[ClaimedDelivery] = deque()
        self.under_way = 0
        self.width = 1 if target.failures else UNDER_WAY // 2
        self.proven = False
        self.pause: timedelta | None = None
        self.idle = False

    @property
    def room(self) -> int:
        """How many more deliveries it can take, those that wait their turn here included."""
        return 0 if self.pause else max(0, 2 * self.width - self.under_way - len(self.waiting))

    def note_reply(self, reply: Reply) -> None:
        """Widen or narrow the lane, or close it for a while."""
        if reply.ok:
            self.proven, self.target.failures = True, 0
            self.target.succeeded_at = datetime.now(UTC)
            self.width = min(UNDER_WAY, self.width + 1)
            return
        self.proven, self.width = False, 1
        self.target.failures += 1
        self.pause = retries.pause_after(self.target.failures) or self.pause
        if reply.retry_after and reply.status in (429, 503):
            self.pause = max(reply.retry_after, self.pause or timedelta(0))


class Turn:
    """A worker's turn."""

    def __init__(self, seconds: float) -> None:
        self._worker = uuid4()
        self._ends_at = monotonic() + seconds
        self._margin = min(LONGEST_TRY, seconds / 2)
        self._lanes: dict[int, Lane] = {}
        self._results: list[Result] = []
        self._attempts: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._book = ThreadPoolExecutor(1, "deliveries")
        self._looked_at = 0.0
        self._tried = 0

    async def run(self) -> int:
        """Deliver what is due until there is nothing, or the turn is over; return how many tries were made."""
        unavailable_since = 0.0
        try:
            while True:
                try:
                    await self._settle_results()
                    if not await self._serve_lanes():
                        return self._tried
                    unavailable_since = 0.0
                except (OperationalError, InterfaceError):
                    unavailable_since = unavailable_since or monotonic()
                    if monotonic() - unavailable_since > _PATIENCE:
                        raise
                    await self._ask(_close_connection)
                    await asyncio.sleep(0.5)
                await self._wait_for_change()
        finally:
            for attempt in self._attempts:
                attempt.cancel()
            await asyncio.gather(*self._attempts, return_exceptions=True)
            for lane in self._lanes.values():
                await lane.sender.close()
            # after a failure of ours others may go on with them at once
            with suppress(OperationalError, InterfaceError):
                for lane in self._lanes.values():
                    await self._ask(queue.release_target, self._worker, lane.target, lane.pause)
            await self._ask(_close_connection)
            self._book.shutdown(wait=False)

    @property
    def _is_over(self) -> bool:
        return monotonic() >= self._ends_at

    async def _serve_lanes(self) -> bool:
        """Take targets, claim their deliveries, begin attempts; return whether there is anything left to wait for."""
        looks = not self._is_over and monotonic() - self._looked_at >= LOOK_EVERY
        if looks:
            self._looked_at = monotonic()
            await self._take_targets()
        if not self._is_over:
            await self._claim(look=looks)
        for lane in list(self._lanes.values()):
            self._begin_attempts(lane)
        await self._release_lanes()
        if self._is_over and not self._lanes:
            # what is due now is for the next turn, after the worker's other tasks
            await self._ask(deliveries.wake_worker)
        return bool(self._lanes)

    async def _take_targets(self) -> None:
        failing = sum(bool(lane.target.failures) for lane in self._lanes.values())
        for room, kind in ((LANES - len(self._lanes), False), (FAILING_LANES - failing, True)):
            if room <= 0:
                continue
            for target in await self._ask(queue.take_targets, self._worker, room, failing=kind):
                try:
                    self._lanes[target.pk] = Lane(target, make_sender(target))
                # what the operator no longer allows, or no key opens, is that target's trouble alone
                except (Unsealable, AddressRefused) as error:
                    await self._ask(targets.disable, target.pk, str(error))
                    await self._ask(queue.fail_tests, target.pk, str(error))
                    await self._ask(queue.release_target, self._worker, target, None)
                except Exception:
                    logger.exception("target %d cannot be served", target.pk)
                    await self._ask(queue.fail_tests, target.pk, _BUG)
                    await self._ask(queue.release_target, self._worker, target, _PAUSE_OF_BUGS)

    async def _claim(self, *, look: bool) -> None:
        """Claim for lanes that have used up half of their room; the others wait for the next look."""
        rooms = {
            key: lane.room
            for key, lane in self._lanes.items()
            if lane.room and (look or (not lane.idle and lane.room >= lane.width)) and self._may_begin(lane)
        }
        if not rooms:
            return
        claimed = await self._ask(queue.claim, self._worker, rooms)
        found = await self._ask(content.read, [one.pk for one in claimed]) if claimed else {}
        now = monotonic()
        for key in rooms:
            self._lanes[key].idle = True
        for delivery in claimed:
            lane = self._lanes[delivery.target_id]
            lane.idle = False
            # else it was deleted meanwhile, and its message or rule with it
            if delivery.pk in found:
                lane.waiting.append(ClaimedDelivery(delivery, found[delivery.pk], now))

    def _may_begin(self, lane: Lane) -> bool:
        """Whether an attempt that begins now ends in time, as far as can be known."""
        return monotonic() < self._ends_at - (0 if lane.proven else self._margin)

    def _begin_attempts(self, lane: Lane) -> None:
        while lane.waiting and lane.under_way < lane.width and not lane.pause and self._may_begin(lane):
            claimed = lane.waiting.popleft()
            lane.under_way += 1
            attempt = asyncio.create_task(self._attempt(lane, claimed))
            self._attempts.add(attempt)
            attempt.add_done_callback(self._attempts.discard)

    async def _attempt(self, lane: Lane, claimed: ClaimedDelivery) -> None:
        """Make an attempt and note what became of it."""
        try:
            result = await self._make_attempt(lane, claimed)
            if result is not None:
                self._results.append(result)
        # it is due again when its claim has run out
        except (OperationalError, InterfaceError) as error:
            logger.warning("a delivery could not be read: %s", type(error).__name__)
        except Exception:
            logger.exception("delivery %s failed for a reason of ours", claimed.delivery.pk)
            lane.note_reply(Reply(ok=False))
        finally:
            lane.under_way -= 1
            self._changed.set()

    async def _make_attempt(self, lane: Lane, claimed: ClaimedDelivery) -> Result | None:
        delivery, carried = claimed.delivery, claimed.content
        if monotonic() - claimed.read_at > FRESH or _has_expired(carried):
            found = await self._ask(content.read, [delivery.pk])
            if delivery.pk not in found:
                return None  # it was deleted, and its message or rule with it
            carried = found[delivery.pk]
        at = datetime.now(UTC)
        if carried.view is None:
            return Result(delivery, Delivery.Outcome.DROPPED, at, note=carried.reason)
        began = monotonic()
        try:
            reply = await lane.sender.send(delivery, carried)
        # a try like any other: without a result it would be repeated for ever
        except Exception:
            logger.exception("delivery %s failed for a reason of ours", delivery.pk)
            reply = Reply(ok=False, note=_BUG)
        self._tried += 1
        return await self._judge(lane, delivery, reply, at, round(1000 * (monotonic() - began)))

    async def _judge(self, lane: Lane, delivery: Delivery, reply: Reply, at: datetime, ms: int) -> Result:
        """The result of an attempt; a target that is gone, or fails for good, is disabled."""
        made_at = delivery.created_at
        lane.note_reply(reply)
        if reply.ok:
            return Result(delivery, Delivery.Outcome.DELIVERED, at, reply.status, reply.note, ms)
        tried = retries.TRIES if delivery.is_test else delivery.tries + 1
        wait = retries.next_wait(tried, reply)
        if reply.gone and not delivery.is_test:
            await self._ask(targets.disable, lane.target.pk, "it answered that it is gone (410)")
        elif wait is None and not reply.final and not delivery.is_test:
            last = lane.target.succeeded_at
            if last is None or last < made_at:
                problem = f"it took nothing in {retries.TRIES} tries, since {made_at:%Y-%m-%d %H:%M} UTC"
                await self._ask(targets.disable, lane.target.pk, problem)
        if wait is None:
            return Result(delivery, Delivery.Outcome.FAILED, at, reply.status, reply.note, ms)
        return Result(delivery, "", at, reply.status, reply.note, ms, wait)

    async def _settle_results(self) -> None:
        # a copy: attempts that end meanwhile add to the list
        results = [*self._results]
        if results:
            await self._ask(queue.settle, results)
            # only now: while PostgreSQL is away, they are kept
            self._results = self._results[len(results) :]

    async def _release_lanes(self) -> None:
        """Give back the targets for which nothing is left to do, and the deliveries that wait for a paused one."""
        for key, lane in list(self._lanes.items()):
            if lane.under_way or (lane.waiting and not lane.pause and self._may_begin(lane)):
                continue
            unsettled = any(result.delivery.target_id == key for result in self._results)
            if unsettled or not (lane.idle or lane.pause or not self._may_begin(lane)):
                continue
            if lane.waiting:
                await self._ask(queue.put_back, [claimed.delivery for claimed in lane.waiting])
                lane.waiting.clear()
            await self._ask(queue.release_target, self._worker, lane.target, lane.pause)
            del self._lanes[key]
            await lane.sender.close()

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()

    async def _ask(self, work: Callable[..., _Found], *arguments: Any, **named: Any) -> _Found:
        """Have the one thread that has a connection do something."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._book, lambda: work(*arguments, **named))


def make_sender(target: Target) -> Sender:
    """What sends to a target; raises `Unsealable`, or `AddressRefused` where nothing may be sent."""
    address = target.sealed["address"]
    if target.kind == Target.Kind.EMAIL:
        return MailSender(address)
    if target.kind == Target.Kind.CHAT:
        return ChatSender(address, target.owner)
    return WebhookSender(address, targets.valid_secrets(target, datetime.now(UTC)))


def deliver_due(seconds: float = TURN) -> int:
    """Have a turn; return how many tries were made."""
    loop = asyncio.new_event_loop()
    threads = ThreadPoolExecutor(_THREADS, "forwarding")
    loop.set_default_executor(threads)
    try:
        return loop.run_until_complete(Turn(seconds).run())
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        # not waited for: a resolver that hangs must not hold the worker
        threads.shutdown(wait=False)
        loop.close()


def _close_connection() -> None:
    # looked up in the thread whose connection it is
    connection.close()


def _has_expired(carried: Content) -> bool:
    view = carried.view
    return bool(view and view.sealed_until and view.sealed_until <= datetime.now(UTC))
