"""Tells every process's hub what is new: after the commit, and never at its expense.

When Redis does not take it, the numbers concerned are remembered, and "catch up" is published for them as soon as
Redis is back: the hubs then read from PostgreSQL what viewers missed.
"""

import asyncio
import logging
from datetime import datetime
from functools import lru_cache
from typing import Any

from redis.exceptions import RedisError

from inbox.ingest.rows import Row, Stored
from inbox.live.frames import channel, event
from inbox.reading import rfc3339
from inbox.safety import masking
from tempsms.lib import metrics, redis

logger = logging.getLogger(__name__)
RETRY_EVERY = 1.0


class Publisher:
    """One per event loop: while one pipeline is on its way, the next one collects."""

    def __init__(self) -> None:
        self._pending: dict[str, list[dict[str, Any]]] = {}
        self._missed: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def publish(self, fresh: list[tuple[Row, Stored]]) -> None:
        """Have the public ones of a stored batch published, one event a number; returns at once."""
        for row, stored in fresh:
            if stored.public:
                self._pending.setdefault(row.values["recipient"], []).append(_message(row, stored))
        if self._pending and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    def missed(self, rows: list[Row]) -> None:
        """Have viewers of these rows' numbers look what there is: nobody knows whether the rows are stored."""
        self._missed.update(row.values["recipient"] for row in rows)
        if self._missed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Wait for what is on its way; what Redis does not take now is left to the viewers' own polls."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=3)
            self._task.cancel()

    async def _run(self) -> None:
        while self._pending or self._missed:
            pending, self._pending = self._pending, {}
            events = {number: event("messages", messages=messages) for number, messages in pending.items()}
            events |= {number: event("catch up") for number in self._missed}
            try:
                await _send(events)
                self._missed.clear()
            except (RedisError, OSError, TimeoutError) as error:
                metrics.PUBLISH_FAILURES.inc()
                logger.warning("live push failed: %s", type(error).__name__)
                self._missed.update(events)
                await asyncio.sleep(RETRY_EVERY)


async def _send(events: dict[str, bytes]) -> None:
    async with redis.client().pipeline(transaction=False) as pipeline:
        for number, payload in events.items():
            pipeline.publish(channel(number), payload)
        await pipeline.execute()


def _message(row: Row, stored: Stored) -> dict[str, Any]:
    view = masking.public_view(row.whole, row.code_spans)
    message = {"id": stored.id, **view, "received_at": _time(stored.received_at)}
    if message["code"]:
        message["code"] = {**message["code"], "expires_at": _time(stored.code_expires_at)}
    return message


@lru_cache(maxsize=8)  # a batch has one time
def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None
