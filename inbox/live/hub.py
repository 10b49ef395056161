"""One per event loop: knows who watches which number, and hands each of them what is published.

One Redis subscription a process and watched number, one frame made for all viewers of it. Viewers are called in a
plain loop that yields every 200, which reaches the last of 1,000 some twenty times sooner than one task and one
message a viewer (Channels' group_send).
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Protocol
from weakref import WeakKeyDictionary

import orjson
from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from inbox import reading
from inbox.live.frames import channel, message_frame, notice_frame
from tempsms.lib import metrics, redis

logger = logging.getLogger(__name__)

CHUNK = 200
SUBSCRIBED_WITHIN = 2.0
RETRY_EVERY = 0.5
_ALWAYS = channel("")  # redis-py stops listening when the last subscription goes


class Viewer(Protocol):
    """Whoever gets frames."""

    def push(self, frame: str) -> None:
        """Take a frame without waiting."""

    def end(self) -> None:
        """The number has ended."""


class Hub:
    """The viewers of one event loop."""

    def __init__(self) -> None:
        self._viewers: dict[str, set[Viewer]] = {}
        self._number_ids: dict[str, int] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._stale: set[str] = set()  # numbers to be read again once their subscription is back
        self._listener: asyncio.Task[None] | None = None
        self._lock = (
            asyncio.Lock()
        )  # one subscribes or unsubscribes at a time, and only on an open connection

    async def watch(self, e164: str, number_id: int, viewer: Viewer) -> None:
        """Begin to hand a number's frames to a viewer; returns once Redis confirmed, or is not there."""
        viewers = self._viewers.setdefault(e164, set())
        viewers.add(viewer)
        self._number_ids[e164] = number_id
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        if e164 not in self._confirmed:
            self._confirmed[e164] = asyncio.Event()
            await self._subscribe(e164)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._confirmed[e164].wait(), SUBSCRIBED_WITHIN)

    async def leave(self, e164: str, viewer: Viewer) -> None:
        """Stop handing frames to a viewer."""
        viewers = self._viewers.get(e164, set())
        viewers.discard(viewer)
        if not viewers and self._viewers.pop(e164, None) is not None:
            self._confirmed.pop(e164, None)
            self._number_ids.pop(e164, None)
            async with self._lock:
                if self._pubsub is not None and e164 not in self._viewers:
                    with suppress(RedisError, OSError):
                        await self._pubsub.unsubscribe(channel(e164))

    async def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)

    async def _subscribe(self, e164: str) -> None:
        async with self._lock:
            if self._pubsub is not None:
                with suppress(RedisError, OSError):
                    await self._pubsub.subscribe(channel(e164))

    async def _listen(self) -> None:
        """Hold the subscription; after an outage, subscribe again and read what was missed."""
        while True:
            client = redis.subscriber()
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(_ALWAYS)  # opens the connection
                    async with self._lock:
                        self._pubsub = pubsub
                        if self._viewers:
                            await pubsub.subscribe(*map(channel, self._viewers))
                    async for incoming in pubsub.listen():
                        await self._handle(incoming)
            except (RedisError, OSError) as error:
                logger.warning("live subscription lost: %s", type(error).__name__)
            finally:
                self._pubsub = None
                await client.aclose()
            self._stale.update(self._viewers)
            for confirmed in self._confirmed.values():
                confirmed.clear()
            await asyncio.sleep(RETRY_EVERY)

    async def _handle(self, incoming: dict[str, Any]) -> None:
        e164 = incoming["channel"].decode().partition(":")[2]
        if incoming["type"] == "subscribe" and e164 in self._confirmed:
            self._confirmed[e164].set()
            if e164 in self._stale:
                self._stale.discard(e164)
                await self._catch_up(e164)
        elif incoming["type"] == "message":
            await self._deal(e164, orjson.loads(incoming["data"]))

    async def _deal(self, e164: str, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "messages":
            for message in event["messages"]:
                await self._fan(e164, message_frame(message))
        elif kind == "catch up":
            await self._catch_up(e164)
        elif kind == "restored":
            for message_id in event["ids"]:
                await self._fan(e164, notice_frame("restored", message_id))
            await self._catch_up(e164)
        elif kind == "retired":
            await self._fan(e164, notice_frame("retired"))
            for viewer in list(self._viewers.get(e164, ())):
                viewer.end()
        else:
            for message_id in event["ids"]:
                await self._fan(e164, notice_frame(kind, message_id))

    async def _catch_up(self, e164: str) -> None:
        """Hand the newest messages to everyone again: viewers drop those they have."""
        try:
            messages = await reading.newest_async(self._number_ids[e164], e164)
        except (PostgresError, PoolTimeout, OSError, KeyError):
            return  # viewers ask again themselves
        for message in reversed(messages):
            await self._fan(e164, message_frame(message))

    async def _fan(self, e164: str, frame: str) -> None:
        viewers = list(self._viewers.get(e164, ()))
        for chunk in _chunks(viewers):
            for viewer in chunk:
                viewer.push(frame)
            await asyncio.sleep(0)  # without it daphne sends nothing until the loop is over
        metrics.FRAMES.inc(len(viewers))


def _chunks(viewers: list[Viewer]) -> Iterable[list[Viewer]]:
    return (viewers[start : start + CHUNK] for start in range(0, len(viewers), CHUNK))


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The running loop's hub."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


async def close() -> None:
    """Close the running loop's hub."""
    if found := _hubs.pop(asyncio.get_running_loop(), None):
        await found.close()
