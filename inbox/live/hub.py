"""One per event loop: knows who watches which inbox, and hands each of them what is published.

One Redis subscription a process and watched inbox, one frame made for all viewers of it. Viewers are called in a
plain loop that yields every 200, which reaches the last of 1,000 some twenty times sooner than one task and one
message a viewer (Channels' group_send). A watched rental is also monitored: its viewers go when it ends, by the
database's clock, and when their link is revoked, whether or not anybody says so.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Protocol

import orjson
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from inbox.live.access import Shown, open_links
from inbox.live.frames import BEAT, channel, message_frame, notice_frame
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib import metrics, redis
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

CHUNK = 200
SUBSCRIBED_WITHIN = (
    1.0  # seconds that a viewer waits for Redis; without it the first replay is read all the same
)
RETRY_EVERY = 0.5
BEAT_EVERY = (
    15.0  # seconds; pages take twice as much silence, and a little more, for a dead connection (silence.js)
)
LOOKED_AFTER_EVERY = 30.0
_ALWAYS = channel("")  # for every hub; and redis-py stops listening when the last subscription goes


class Viewer(Protocol):
    """Whoever gets frames."""

    def push(self, frame: str) -> None:
        """Take a frame without waiting."""

    def end(self) -> None:
        """The inbox has ended, for this viewer at least."""


class Hub:
    """The viewers of one event loop."""

    def __init__(self) -> None:
        self._viewers: dict[str, dict[Viewer, int]] = {}  # by topic: each with the link it came by, or 0
        self._inboxes: dict[str, Inbox] = {}
        self._looked_after: dict[str, asyncio.Task[None]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._stale: set[str] = set()  # topics to be read again once their subscription is back
        self._listener: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Future[None]] = set()
        self._beating: asyncio.Task[None] | None = None
        self._lock = (
            asyncio.Lock()
        )  # one subscribes or unsubscribes at a time, and only on an open connection

    async def watch(self, shown: Shown, viewer: Viewer) -> None:
        """Begin to hand an inbox's frames to a viewer; returns once Redis confirmed, or is not there."""
        topic = shown.inbox.topic
        self._viewers.setdefault(topic, {})[viewer] = shown.link_id
        self._inboxes[topic] = shown.inbox
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        if self._beating is None or self._beating.done():
            self._beating = asyncio.create_task(self._beat())
        if shown.inbox.rental_id is not None and (
            topic not in self._looked_after or self._looked_after[topic].done()
        ):
            self._looked_after[topic] = asyncio.create_task(self._look_after(topic, shown.inbox.rental_id))
        if topic not in self._confirmed:
            self._confirmed[topic] = asyncio.Event()
            self._do_soon(self._subscribe(topic))
        try:
            await asyncio.wait_for(self._confirmed[topic].wait(), SUBSCRIBED_WITHIN)
        except TimeoutError:
            self._stale.add(topic)  # what comes before the subscription is read once there is one

    async def leave(self, inbox: Inbox, viewer: Viewer) -> None:
        """Stop handing frames to a viewer."""
        topic = inbox.topic
        viewers = self._viewers.get(topic, {})
        viewers.pop(viewer, None)
        if not viewers and self._viewers.pop(topic, None) is not None:
            self._confirmed.pop(topic, None)
            self._inboxes.pop(topic, None)
            if task := self._looked_after.pop(topic, None):
                task.cancel()
            self._do_soon(self._unsubscribe(topic))

    async def close(self) -> None:
        """Stop listening."""
        tasks = [*self._looked_after.values(), *self._errands, *filter(None, (self._listener, self._beating))]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _do_soon(self, errand: Coroutine[Any, Any, None]) -> None:
        """Have Redis told without waiting: a frozen one takes as long as it takes, and viewers come and go."""
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _unsubscribe(self, topic: str) -> None:
        async with self._lock:
            if self._pubsub is not None and topic not in self._viewers:
                with suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(channel(topic))

    async def _subscribe(self, topic: str) -> None:
        async with self._lock:
            if self._pubsub is not None and topic in self._viewers:
                with suppress(RedisError, OSError):
                    await self._pubsub.subscribe(channel(topic))

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
        topic = incoming["channel"].decode().partition(":")[2]
        if incoming["type"] == "subscribe" and topic in self._confirmed:
            self._confirmed[topic].set()
            if topic in self._stale:
                self._stale.discard(topic)
                await self._catch_up(topic)
        elif incoming["type"] == "message":
            await self._deal(topic, orjson.loads(incoming["data"]))

    async def _deal(self, topic: str, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "catch up":
            number = event["number"]
            for watched in [watched for watched, inbox in self._inboxes.items() if inbox.e164 == number]:
                await self._catch_up(watched)
        elif kind == "messages":
            await self._fan_messages(topic, event["messages"])
        elif kind == "restored":
            for message_id in event["ids"]:
                await self._fan(topic, notice_frame("restored", message_id))
            await self._catch_up(topic)
        elif kind == "retired":
            await self._end(topic, lambda link: True)
        elif kind == "revoked":
            await self._end(topic, lambda link: link == event["link"])
        else:
            for message_id in event["ids"]:
                await self._fan(topic, notice_frame(kind, message_id))

    async def _beat(self) -> None:
        """Let every viewer hear from us now and then: a connection that died without a word is known by its silence."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for topic in list(self._viewers):
                await self._fan(topic, BEAT)

    async def _catch_up(self, topic: str) -> None:
        """Hand the newest messages to everyone again: viewers drop those they have."""
        try:
            inbox = self._inboxes[topic]
            if inbox.rental_id is not None:
                await self._dismiss(topic, inbox.rental_id)
            messages = await queries.newest_async(inbox)
        except (Unavailable, KeyError):
            return  # viewers ask again themselves
        await self._fan_messages(topic, reversed(messages))

    async def _look_after(self, topic: str, rental_id: int) -> None:
        """End a rental's viewers when it is over, or when their link is revoked and nobody says so."""
        left: float | None = 0.0
        while left is not None:
            await asyncio.sleep(min(left, LOOKED_AFTER_EVERY))
            try:
                left = await self._dismiss(topic, rental_id)
            except Unavailable:
                left = RETRY_EVERY  # meanwhile nothing comes either

    async def _dismiss(self, topic: str, rental_id: int) -> float | None:
        """End those viewers of a rental who may not see it any more; how many seconds the others have, if any."""
        links, left = await open_links(rental_id)
        await self._end(topic, lambda link: link not in links)
        return left if links else None

    async def _end(self, topic: str, concerned: Callable[[int], bool]) -> None:
        """The last frame for those viewers whose link it concerns; nothing reaches them any more."""
        viewers = self._viewers.get(topic, {})
        for chunk in _chunks([viewer for viewer, link in viewers.items() if concerned(link)]):
            for viewer in chunk:
                viewers.pop(viewer, None)
                viewer.push(notice_frame("retired"))
                viewer.end()
            await asyncio.sleep(0)

    async def _fan_messages(self, topic: str, messages: Iterable[queries.Message]) -> None:
        if inbox := self._inboxes.get(topic):
            for message in messages:
                await self._fan(topic, message_frame(message, private=inbox.private))

    async def _fan(self, topic: str, frame: str) -> None:
        viewers = list(self._viewers.get(topic, ()))
        for chunk in _chunks(viewers):
            for viewer in chunk:
                viewer.push(frame)
            await asyncio.sleep(0)  # without it daphne sends nothing until the loop is over
        metrics.FRAMES.inc(len(viewers))


def _chunks(viewers: list[Viewer]) -> Iterable[list[Viewer]]:
    return (viewers[start : start + CHUNK] for start in range(0, len(viewers), CHUNK))


_hubs = PerLoop(Hub)


def hub() -> Hub:
    """The running loop's hub."""
    return _hubs.get()


async def close() -> None:
    """Close the running loop's hub."""
    if found := _hubs.pop():
        await found.close()
