"""How much one visitor may ask for: so many requests a minute of a kind, counted in Redis for all processes together.

A process draws a visitor's requests from Redis in shares, each twice the last one up to a twentieth of the budget, and
hands them out from memory, so that most requests of those who ask much cost a look into a dictionary. With Redis away
it counts for itself.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from limits import RateLimitItemPerMinute
from limits.aio import storage as async_storages
from limits.aio.strategies import FixedWindowRateLimiter as AsyncFixedWindow
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis.asyncio import BlockingConnectionPool
from redis.exceptions import RedisError

from tempsms.lib.per_loop import PerLoop

logger = logging.getLogger(__name__)

SHARES = 20
ANSWERED_WITHIN = 0.3  # seconds; nobody waits longer for a count
AWAY_FOR = 10.0  # seconds for which Redis is not asked again
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Budget:
    """So many requests of a kind in a minute."""

    name: str
    a_minute: int

    @property
    def largest_share(self) -> int:
        """How many are drawn at once, at most."""
        return max(1, self.a_minute // SHARES)


@dataclass(slots=True)
class Share:
    """What a process may still hand out to a visitor until a time of its clock; below 0, nothing before that time.

    `rest` is what was left in Redis when it was drawn.
    """

    units: int
    until: float
    size: int
    rest: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How many requests are left of a budget, and for how many seconds that holds."""

    remaining: int
    seconds: float


class Counters:
    """The counters of one event loop."""

    def __init__(self) -> None:
        self._shares: dict[tuple[str, str], Share] = {}
        self._draws: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._away_until = 0.0
        self._shared: AsyncFixedWindow | None = None
        self._pool: BlockingConnectionPool | None = None
        self._own: FixedWindowRateLimiter | None = None

    async def take(self, budget: Budget, visitor: str) -> float:
        """Take one request out of a visitor's budget: 0, or the seconds until there is another one."""
        key = budget.name, visitor
        while True:
            now = time.monotonic()
            share = self._shares.get(key)
            if share is not None and share.until > now:
                if share.units > 0:
                    share.units -= 1
                    return 0.0
                if share.units < 0:
                    return share.until - now
            # those that ask at the same time share one draw
            if key not in self._draws:
                self._draws[key] = asyncio.create_task(self._draw_share(budget, key))
            await asyncio.shield(self._draws[key])

    def standing(self, budget: Budget, visitor: str) -> Standing:
        """What is left of a visitor's budget, as far as this process knows."""
        share = self._shares.get((budget.name, visitor))
        now = time.monotonic()
        if share is None or share.until <= now:
            return Standing(budget.a_minute, 60.0)
        return Standing(max(0, share.units) + share.rest, share.until - now)

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.disconnect()

    async def _draw_share(self, budget: Budget, key: tuple[str, str]) -> None:
        """Put another share into memory, or the fact that there is none."""
        try:
            await self._replace_share(budget, key)
        finally:
            # here, not in a callback, which runs a little later: who asks in between would wait for what is over,
            # and so never let the loop go on
            del self._draws[key]

    async def _replace_share(self, budget: Budget, key: tuple[str, str]) -> None:
        last = self._shares.get(key)
        wanted = min(2 * last.size, budget.largest_share) if last else 1
        units, rest, seconds = await self._count_remaining(budget, key, wanted)
        if len(self._shares) > _REMEMBERED:
            now = time.monotonic()
            self._shares = {kept: share for kept, share in self._shares.items() if share.until > now}
            if len(self._shares) > _REMEMBERED:
                self._shares.clear()
        self._shares[key] = Share(units or -1, time.monotonic() + seconds, wanted, rest)

    async def _count_remaining(
        self, budget: Budget, key: tuple[str, str], wanted: int
    ) -> tuple[int, int, float]:
        """How many of the wanted requests are granted, how many are left then, and for how many seconds that holds."""
        item = RateLimitItemPerMinute(budget.a_minute, 1, namespace="tempsms")
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(ANSWERED_WITHIN):
                    shared = self._in_redis()
                    # refused hits count too, so no more is requested than is left
                    units = min(wanted, (await shared.get_window_stats(item, *key)).remaining)
                    granted = units > 0 and await shared.hit(item, *key, cost=units)
                    stats = await shared.get_window_stats(item, *key)
                    return units * granted, stats.remaining, _seconds_until(stats.reset_time)
            except (RedisError, OSError) as error:
                # One request in ten seconds finds out whether Redis is back, not every one by waiting for it
                self._away_until = time.monotonic() + AWAY_FOR
                logger.warning(
                    "Redis is unavailable, so this process counts visitors alone: %s", type(error).__name__
                )
        self._own = self._own or FixedWindowRateLimiter(MemoryStorage())
        granted = self._own.hit(item, *key)
        stats = self._own.get_window_stats(item, *key)
        return int(granted), stats.remaining, _seconds_until(stats.reset_time)

    def _in_redis(self) -> AsyncFixedWindow:
        if self._shared is None:
            # connections of its own: a crowd of new visitors must not keep live push waiting for one
            self._pool = BlockingConnectionPool.from_url(
                settings.REDIS_URL, max_connections=4, timeout=1, socket_timeout=1, socket_connect_timeout=1
            )
            storage = async_storages.RedisStorage(
                "async+redis://",
                implementation="redispy",
                connection_pool=self._pool,  # type: ignore[arg-type]
            )
            self._shared = AsyncFixedWindow(storage)
        return self._shared


def _seconds_until(reset_time: float) -> float:
    """Seconds, at least a few: the clocks of Redis and of this process differ."""
    return min(60.0, max(1.0, reset_time - time.time()))


_counters = PerLoop(Counters)


async def take(budget: Budget, visitor: str) -> float:
    """Take one request out of a visitor's budget: 0, or the seconds until there is another one."""
    return await _counters.get().take(budget, visitor)


def standing(budget: Budget, visitor: str) -> Standing:
    """What is left of a visitor's budget, as far as this process knows."""
    return _counters.get().standing(budget, visitor)


async def close() -> None:
    """Close the running loop's connections."""
    if found := _counters.pop():
        await found.close()
