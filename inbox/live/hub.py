"""One per event loop: knows who watches which inbox, and hands each of them what is published.

One Redis subscription a process and watched inbox, one frame made for all its subscribers. They are called in a plain
loop that yields every 200, which reaches the last of 1,000 some twenty times sooner than one task and one message each
(Channels' group_send). A watched rental is also monitored: its subscribers go when it ends, by the database's clock,
and when their link is revoked, whether or not a notice comes.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Protocol

import orjson
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from inbox.live.access import Grant, open_links
from inbox.live.frames import BEAT, channel, message_frame, notice_frame
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib import metrics, redis
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

CHUNK = 200
# seconds that a subscriber waits for Redis; without it the first replay is read all the same
SUBSCRIBED_WITHIN = 1.0
RETRY_EVERY = 0.5
# seconds; pages take twice as much silence, and a little more, for a dead connection (silence.js)
BEAT_EVERY = 15.0
RENTALS_CHECKED_EVERY = 30.0
_ALWAYS = channel("")  # for every hub; and redis-py stops listening when the last subscription goes


class Subscriber(Protocol):
    """Receives the frames of an inbox."""

    def push(self, frame: str) -> None:
        """Take a frame without waiting."""

    def end(self) -> None:
        """The inbox has ended, for this subscriber at least."""


class Hub:
    """The subscribers of one event loop."""

    def __init__(self) -> None:
        self._subscribers: dict[
            str, dict[Subscriber, int]
        ] = {}  # by topic: each with the link it came by, or 0
        self._inboxes: dict[str, Inbox] = {}
        self._rental_monitors: dict[str, asyncio.Task[None]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._pubsub: PubSub | None = None
        self._stale: set[str] = set()  # topics to be read again once their subscription is back
        self._listener: asyncio.Task[None] | None = None
        self._background: set[asyncio.Future[None]] = set()
        self._beats: asyncio.Task[None] | None = None
        # one subscribes or unsubscribes at a time, and only on an open connection
        self._lock = asyncio.Lock()

    async def watch(self, grant: Grant, subscriber: Subscriber) -> None:
        """Begin to hand an inbox's frames to a subscriber; returns once Redis confirmed, or is not there."""
        topic = grant.inbox.topic
        self._subscribers.setdefault(topic, {})[subscriber] = grant.link_id
        self._inboxes[topic] = grant.inbox
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._keep_listening())
        if self._beats is None or self._beats.done():
            self._beats = asyncio.create_task(self._send_beats())
        if grant.inbox.rental_id is not None and (
            topic not in self._rental_monitors or self._rental_monitors[topic].done()
        ):
            self._rental_monitors[topic] = asyncio.create_task(
                self._monitor_rental(topic, grant.inbox.rental_id)
            )
        if topic not in self._confirmed:
            self._confirmed[topic] = asyncio.Event()
            self._run_in_background(self._subscribe_topic(topic))
        try:
            await asyncio.wait_for(self._confirmed[topic].wait(), SUBSCRIBED_WITHIN)
        except TimeoutError:
            self._stale.add(topic)  # what comes before the subscription is read once there is one

    async def leave(self, inbox: Inbox, subscriber: Subscriber) -> None:
        """Stop handing frames to a subscriber."""
        topic = inbox.topic
        subscribers = self._subscribers.get(topic, {})
        subscribers.pop(subscriber, None)
        if not subscribers and self._subscribers.pop(topic, None) is not None:
            self._confirmed.pop(topic, None)
            self._inboxes.pop(topic, None)
            if task := self._rental_monitors.pop(topic, None):
                task.cancel()
            self._run_in_background(self._unsubscribe_topic(topic))

    async def close(self) -> None:
        """Stop listening."""
        tasks = [
            *self._rental_monitors.values(),
            *self._background,
            *filter(None, (self._listener, self._beats)),
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run_in_background(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a command to Redis without waiting for it: a frozen Redis must not hold up subscribers."""
        task = asyncio.ensure_future(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _unsubscribe_topic(self, topic: str) -> None:
        async with self._lock:
            if self._pubsub is not None and topic not in self._subscribers:
                with suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(channel(topic))

    async def _subscribe_topic(self, topic: str) -> None:
        async with self._lock:
            if self._pubsub is not None and topic in self._subscribers:
                with suppress(RedisError, OSError):
                    await self._pubsub.subscribe(channel(topic))

    async def _keep_listening(self) -> None:
        """Hold the subscription; after an outage, subscribe again and read what was missed."""
        while True:
            client = redis.subscriber()
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(_ALWAYS)  # opens the connection
                    async with self._lock:
                        self._pubsub = pubsub
                        if self._subscribers:
                            await pubsub.subscribe(*map(channel, self._subscribers))
                    async for incoming in pubsub.listen():
                        await self._handle_incoming(incoming)
            except (RedisError, OSError) as error:
                logger.warning("live subscription lost: %s", type(error).__name__)
            finally:
                self._pubsub = None
                await client.aclose()
            self._stale.update(self._subscribers)
            for confirmed in self._confirmed.values():
                confirmed.clear()
            await asyncio.sleep(RETRY_EVERY)

    async def _handle_incoming(self, incoming: dict[str, Any]) -> None:
        topic = incoming["channel"].decode().partition(":")[2]
        if incoming["type"] == "subscribe" and topic in self._confirmed:
            self._confirmed[topic].set()
            if topic in self._stale:
                self._stale.discard(topic)
                await self._catch_up(topic)
        elif incoming["type"] == "message":
            await self._handle_event(topic, orjson.loads(incoming["data"]))

    async def _handle_event(self, topic: str, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "catch up":
            number = event["number"]
            for watched in [watched for watched, inbox in self._inboxes.items() if inbox.e164 == number]:
                await self._catch_up(watched)
        elif kind == "messages":
            await self._push_messages(topic, event["messages"])
        elif kind == "restored":
            for message_id in event["ids"]:
                await self._push_frame(topic, notice_frame("restored", message_id))
            await self._catch_up(topic)
        elif kind == "retired":
            await self._end_subscribers(topic, lambda link: True)
        elif kind == "revoked":
            await self._end_subscribers(topic, lambda link: link == event["link"])
        else:
            for message_id in event["ids"]:
                await self._push_frame(topic, notice_frame(kind, message_id))

    async def _send_beats(self) -> None:
        """Push a beat to every subscriber now and then, so that a dead connection is recognised by its silence."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for topic in list(self._subscribers):
                await self._push_frame(topic, BEAT)

    async def _catch_up(self, topic: str) -> None:
        """Push the newest messages again: subscribers drop those they have."""
        try:
            inbox = self._inboxes[topic]
            if inbox.rental_id is not None:
                await self._end_without_link(topic, inbox.rental_id)
            messages = await queries.newest_async(inbox)
        except (Unavailable, KeyError):
            return  # subscribers ask again themselves
        await self._push_messages(topic, reversed(messages))

    async def _monitor_rental(self, topic: str, rental_id: int) -> None:
        """End a rental's subscribers when it is over, or when their link is revoked and no notice came."""
        left: float | None = 0.0
        while left is not None:
            await asyncio.sleep(min(left, RENTALS_CHECKED_EVERY))
            try:
                left = await self._end_without_link(topic, rental_id)
            except Unavailable:
                left = RETRY_EVERY  # meanwhile nothing comes either

    async def _end_without_link(self, topic: str, rental_id: int) -> float | None:
        """End subscribers whose link to a rental is no longer valid; return the seconds left to the others, if any."""
        links, left = await open_links(rental_id)
        await self._end_subscribers(topic, lambda link: link not in links)
        return left if links else None

    async def _end_subscribers(self, topic: str, concerned: Callable[[int], bool]) -> None:
        """Push the last frame to the subscribers whose link it concerns, and forget them."""
        subscribers = self._subscribers.get(topic, {})
        for chunk in _split_into_chunks(
            [subscriber for subscriber, link in subscribers.items() if concerned(link)]
        ):
            for subscriber in chunk:
                subscribers.pop(subscriber, None)
                subscriber.push(notice_frame("retired"))
                subscriber.end()
            await asyncio.sleep(0)

    async def _push_messages(self, topic: str, messages: Iterable[queries.Message]) -> None:
        if inbox := self._inboxes.get(topic):
            for message in messages:
                await self._push_frame(topic, message_frame(message, private=inbox.private))

    async def _push_frame(self, topic: str, frame: str) -> None:
        subscribers = list(self._subscribers.get(topic, ()))
        for chunk in _split_into_chunks(subscribers):
            for subscriber in chunk:
                subscriber.push(frame)
            await asyncio.sleep(0)  # without it daphne sends nothing until the loop is over
        metrics.FRAMES.inc(len(subscribers))


def _split_into_chunks(subscribers: list[Subscriber]) -> Iterable[list[Subscriber]]:
    return (subscribers[start : start + CHUNK] for start in range(0, len(subscribers), CHUNK))


_hubs = PerLoop(Hub)


def hub() -> Hub:
    """The running loop's hub."""
    return _hubs.get()


async def close() -> None:
    """Close the running loop's hub."""
    if found := _hubs.pop():
        await found.close()
