"""Threads for the API's operations that use the ORM, apart from those of pages: neither can hold up the other."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings

from inbox.api.problems import Code, Problem
from tempsms.lib import orm_lanes
from tempsms.lib.lanes import Crowded, TooLate
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.turns import NoTurn, Turns, rest_after

THREADS, SECONDS = 8, 30.0  # a lease asks carriers for offers
LANE = orm_lanes.make_lane("api", THREADS, SECONDS)
Result = TypeVar("Result")


AT_ONCE, WAITING, WAITS = 4, 150, 15.0
"""One key or visitor never has all threads; so many more of its requests may wait, for so many seconds."""
_turns = PerLoop(lambda: Turns(AT_ONCE, WAITING, WAITS))
_searches = PerLoop(lambda: Turns(1, WAITING, WAITS))


async def in_turn(name: str, work: Callable[[], Result], gone: Any, *, search: bool = False) -> Result | None:
    """What `in_thread` returns or raises, in turn with the other requests of a key or visitor. Raises `Problem`.

    The turn ends with the work, not when the client leaves, or leaving would be a way to have more at once; after a
    search the next one rests for a while, as on pages.
    """
    turns = _searches.get() if search else _turns.get()
    try:
        await turns.take(name)
    except NoTurn:
        detail = "too many of your requests are waiting"
        raise Problem(Code.TOO_MANY_REQUESTS, detail, headers={"Retry-After": "5"}) from None
    loop, begun, ended = asyncio.get_running_loop(), False, False

    def end_turn(rest: float = 0.0) -> None:
        nonlocal ended
        if not ended:
            ended = True
            loop.call_later(rest, turns.give_back, name) if rest else turns.give_back(name)

    def job() -> Result:
        nonlocal begun
        begun, begun_at = True, time.perf_counter()
        try:
            return work()
        finally:
            rest = rest_after(time.perf_counter() - begun_at) if search and settings.VISITOR_LIMITS else 0.0
            loop.call_soon_threadsafe(end_turn, rest)

    try:
        return await in_thread(job, gone)
    finally:
        if not begun:
            end_turn()


SLOW = orm_lanes.make_lane("api-slow", 4, 60.0)
"""For work that asks carriers."""


async def in_slow_thread(work: Callable[[], Result]) -> Result | None:
    """What work returns or raises that may take as long as a carrier. Raises `Problem`."""
    try:
        return await SLOW.run(work)
    except (Crowded, TooLate):
        raise unavailable() from None


async def in_thread(work: Callable[[], Result], gone: Any = None) -> Result | None:
    """What `work` returns or raises, done in a thread; None if the future `gone` is done first. Raises `Problem`."""
    try:
        return await LANE.run(work, gone)
    except (Crowded, TooLate):
        raise unavailable() from None


def unavailable() -> Problem:
    """The answer when the database, or a thread, is not to be had."""
    return Problem(Code.UNAVAILABLE, headers={"Retry-After": "5"})
