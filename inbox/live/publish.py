"""Publishes new messages to the hubs of all processes: after the commit, which never depends on it.

Public messages go out under their number, a rental's under the rental. When Redis does not take it, the numbers
concerned are remembered, and "catch up" is published for them as soon as Redis is back: the hubs then read from
PostgreSQL what viewers missed, of the number or of its rental.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any

from redis.exceptions import RedisError

from inbox.live.frames import channel, event
from inbox.messages.views import MessageView
from tempsms.lib import metrics, redis

logger = logging.getLogger(__name__)
RETRY_EVERY = 1.0


class Publisher:
    """One per event loop: while one pipeline is on its way, the next one collects."""

    def __init__(self) -> None:
        self._pending: dict[str, list[dict[str, Any]]] = {}
        self._missed: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def publish(self, fresh: Iterable[tuple[str, MessageView]]) -> None:
        """Have stored messages published, each to an inbox by its `Inbox.topic`; one event an inbox."""
        for where, view in fresh:
            self._pending.setdefault(where, []).append(view.as_json())
        if self._pending and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._publish_pending())

    def catch_up(self, numbers: Iterable[str]) -> None:
        """Have the hubs reread these numbers: it is unknown whether their messages were stored."""
        self._missed.update(numbers)
        if self._missed and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._publish_pending())

    async def close(self) -> None:
        """Wait for what is being published; viewers find the rest by their own polls."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=3)
            self._task.cancel()

    async def _publish_pending(self) -> None:
        while self._pending or self._missed:
            # Ids stay in order: one pipeline at a time, and the next takes all that came meanwhile
            pending, self._pending = self._pending, {}
            # what is missed while this is sent has to be said again
            missed, self._missed = self._missed, set()
            events = [(where, event("messages", messages=messages)) for where, messages in pending.items()]
            events += [("", event("catch up", number=number)) for number in missed]
            try:
                await _send_events(events)
            except (RedisError, OSError) as error:
                metrics.PUBLISH_FAILURES.inc()
                logger.warning("live push failed: %s", type(error).__name__)
                self._missed |= missed
                self._missed.update(
                    message["number"] for messages in pending.values() for message in messages
                )
                await asyncio.sleep(RETRY_EVERY)


async def _send_events(events: list[tuple[str, bytes]]) -> None:
    async with redis.client().pipeline(transaction=False) as pipeline:
        for where, payload in events:
            pipeline.publish(channel(where), payload)
        await pipeline.execute()
