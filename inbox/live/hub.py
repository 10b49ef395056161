"""One per event loop: hands those who watch an inbox what is published about it.

One Redis subscription a process and watched inbox, one frame made for all its subscribers (audience.py). A watched
rental is also monitored: its subscribers go when it ends, by the database's clock, and when their link is revoked,
whether or not a notice comes.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any

import orjson
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from inbox.live import newest
from inbox.live.access import Grant, open_links
from inbox.live.audience import Audience, Subscriber
from inbox.live.checks import Checks, Difference
from inbox.live.frames import ASK, BEAT, channel, message_frame, notice_frame
from inbox.live.newest import memory
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib import redis
from tempsms.lib.page_memory import note_change
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

# seconds that a subscriber waits for Redis; without it the first replay is read all the same
SUBSCRIBED_WITHIN = 1.0
RETRY_EVERY = 0.5
# seconds; pages take twice as much silence, and a little more, for a dead connection (silence.js)
BEAT_EVERY = 15.0
RENTALS_CHECKED_EVERY = 30.0
LOOKS_EVERY = 1.0  # for inboxes that are to be compared with the database
_ALWAYS = channel("")  # for every hub; and redis-py stops listening when the last subscription goes


class Hub:
    """The subscribers of one event loop."""

    def __init__(self) -> None:
        self.audience = Audience()
        self._rental_monitors: dict[str, asyncio.Task[None]] = {}
        self._confirmed: dict[str, asyncio.Event] = {}
        self._asked: Counter[str] = Counter()  # subscriptions by topic that Redis has yet to confirm
        self._pubsub: PubSub | None = None
        self._stale: set[str] = set()  # topics to be read again once their subscription is back
        self._listener: asyncio.Task[None] | None = None
        self._background: set[asyncio.Future[None]] = set()
        self._beats: asyncio.Task[None] | None = None
        self._checks = Checks()
        self._checking: asyncio.Task[None] | None = None
        # one subscribes or unsubscribes at a time, and only on an open connection
        self._lock = asyncio.Lock()

    async def watch(self, grant: Grant, subscriber: Subscriber) -> None:
        """Begin to hand an inbox's frames to a subscriber; returns once Redis confirmed, or is not there."""
        await self.watch_all({subscriber: grant})

    async def watch_all(self, grants: Mapping[Subscriber, Grant]) -> None:
        """Watch an inbox for each subscriber, with one request to Redis."""
        for subscriber, grant in grants.items():
            self.audience.add(grant, subscriber)
        self._run_tasks()
        inboxes = {grant.inbox.topic: grant.inbox for grant in grants.values()}
        for topic, inbox in inboxes.items():
            self._begin_monitoring(topic, inbox)
        fresh = [topic for topic in inboxes if topic not in self._confirmed]
        for topic in fresh:
            self._confirmed[topic] = asyncio.Event()
            self._distrust_memory(inboxes[topic])
        if fresh:
            self._run_in_background(self._subscribe_topics(fresh))
        confirmations = [self._confirmed[topic] for topic in inboxes]
        try:
            async with asyncio.timeout(SUBSCRIBED_WITHIN):
                for confirmed in confirmations:
                    await confirmed.wait()
        except TimeoutError:
            # what comes before the subscription is read once there is one
            self._stale.update(topic for topic in inboxes if not self._is_subscribed(topic))

    def note_shown(self, inbox: Inbox, ids: list[int]) -> None:
        """A subscriber of an inbox has these messages: compare it with the database now and then."""
        self._checks.begin(inbox, ids)

    async def leave(self, inbox: Inbox, subscriber: Subscriber) -> None:
        """Stop handing frames to a subscriber."""
        await self.leave_all({subscriber: inbox})

    async def leave_all(self, inboxes: Mapping[Subscriber, Inbox]) -> None:
        """Stop handing the frames of their inboxes to subscribers."""
        unwatched = []
        for subscriber, inbox in inboxes.items():
            topic = inbox.topic
            if self.audience.remove(topic, subscriber):
                self._confirmed.pop(topic, None)
                self._checks.end(topic)
                if not inbox.private:
                    memory().trust(inbox.digits)
                if task := self._rental_monitors.pop(topic, None):
                    task.cancel()
                unwatched.append(topic)
        if unwatched:
            self._run_in_background(self._unsubscribe_topics(unwatched))

    def _run_tasks(self) -> None:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._keep_listening())
        if self._beats is None or self._beats.done():
            self._beats = asyncio.create_task(self._send_beats())
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._keep_checking())

    def _begin_monitoring(self, topic: str, inbox: Inbox) -> None:
        if inbox.rental_id is not None and (
            topic not in self._rental_monitors or self._rental_monitors[topic].done()
        ):
            self._rental_monitors[topic] = asyncio.create_task(self._monitor_rental(topic, inbox.rental_id))

    def _is_subscribed(self, topic: str) -> bool:
        return (confirmed := self._confirmed.get(topic)) is not None and confirmed.is_set()

    def _distrust_memory(self, inbox: Inbox) -> None:
        if not inbox.private:
            memory().distrust(inbox.digits)

    async def close(self) -> None:
        """Stop listening."""
        tasks = [
            *self._rental_monitors.values(),
            *self._background,
            *filter(None, (self._listener, self._beats, self._checking)),
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _run_in_background(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a command to Redis without waiting for it: a frozen Redis must not hold up subscribers."""
        task = asyncio.ensure_future(coroutine)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _unsubscribe_topics(self, topics: list[str]) -> None:
        async with self._lock:
            unwatched = [topic for topic in topics if topic not in self.audience.inboxes]
            if self._pubsub is not None and unwatched:
                with suppress(RedisError, OSError):
                    await self._pubsub.unsubscribe(*map(channel, unwatched))

    async def _subscribe_topics(self, topics: list[str]) -> None:
        async with self._lock:
            watched = [topic for topic in topics if topic in self.audience.inboxes]
            if self._pubsub is not None and watched:
                self._asked.update(watched)
                with suppress(RedisError, OSError):
                    await self._pubsub.subscribe(*map(channel, watched))

    async def _keep_listening(self) -> None:
        """Hold the subscription; after an outage, subscribe again and read what was missed."""
        while True:
            client = redis.subscriber()
            try:
                async with client.pubsub() as pubsub:
                    await pubsub.subscribe(_ALWAYS)  # opens the connection
                    async with self._lock:
                        self._pubsub = pubsub
                        self._asked = Counter(self.audience.inboxes.keys())
                        if self.audience.inboxes:
                            await pubsub.subscribe(*map(channel, self.audience.inboxes))
                    async for incoming in pubsub.listen():
                        await self._handle_incoming(incoming)
            except (RedisError, OSError) as error:
                logger.warning("live subscription lost: %s", type(error).__name__)
            finally:
                self._pubsub = None
                await client.aclose()
            self._stale.update(self.audience.inboxes)
            for topic, confirmed in self._confirmed.items():
                confirmed.clear()
                self._distrust_memory(self.audience.inboxes[topic])
            self._checks.hurry()
            await asyncio.sleep(RETRY_EVERY)

    async def _handle_incoming(self, incoming: dict[str, Any]) -> None:
        topic = incoming["channel"].decode().partition(":")[2]
        if incoming["type"] == "subscribe" and self._is_confirmed(topic):
            self._confirmed[topic].set()
            if not (inbox := self.audience.inboxes[topic]).private:
                memory().trust(inbox.digits)
            if topic in self._stale:
                self._stale.discard(topic)
                await self._catch_up(topic)
                await self.audience.push(topic, ASK)  # a notice may have been lost too
        elif incoming["type"] == "message":
            note_change(topic)
            await self._handle_event(topic, orjson.loads(incoming["data"]))

    def _is_confirmed(self, topic: str) -> bool:
        """Whether this confirms the last of a topic's subscriptions: between an earlier one and that it was ended."""
        self._asked[topic] -= 1
        if self._asked[topic] > 0:
            return False
        del self._asked[topic]
        return topic in self._confirmed

    async def _handle_event(self, topic: str, event: dict[str, Any]) -> None:
        kind = event["type"]
        if kind == "catch up":
            number = event["number"]
            note_change(number)
            for watched in [
                watched for watched, inbox in self.audience.inboxes.items() if inbox.e164 == number
            ]:
                await self._catch_up(watched)
        elif kind == "messages":
            await self._push_messages(topic, event["messages"])
        elif kind == "restored":
            for message_id in event["ids"]:
                await self.audience.push(topic, notice_frame("restored", message_id))
            await self._catch_up(topic)
        elif kind == "retired":
            await self.audience.end(topic, lambda link: True)
        elif kind == "revoked":
            await self.audience.end(topic, lambda link: link == event["link"])
        else:
            if kind == "withheld":
                self._checks.note_gone(topic, event["ids"])
            for message_id in event["ids"]:
                await self.audience.push(topic, notice_frame(kind, message_id))

    async def _keep_checking(self) -> None:
        """Compare what was told with the database, inbox after inbox, and send what was missed."""
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            if self._pubsub is None:
                self._checks.hurry()
            try:
                differences = await self._checks.compare_due()
            except Unavailable:
                continue  # then pages get nothing from their polls either
            for difference in differences:
                try:
                    await self._tell_difference(difference)
                except Unavailable:
                    self._checks.put_back(difference)

    async def _tell_difference(self, difference: Difference) -> None:
        topic = difference.topic
        if difference.over:
            await self.audience.end(topic, lambda link: True)
        if difference.missed and (inbox := self.audience.inboxes.get(topic)):
            note_change(topic)
            if inbox.private:
                messages = await queries.newest_async(inbox)
            else:
                found = await memory().find(inbox.digits)
                messages = found.messages if found else []
            missed = (one for one in reversed(messages) if one["id"] in difference.missed)
            await self._push_messages(topic, missed)
        if difference.gone:
            await self.audience.push(topic, ASK)

    async def _send_beats(self) -> None:
        """Push a beat to every subscriber now and then, so that a dead connection is recognised by its silence."""
        while True:
            await asyncio.sleep(BEAT_EVERY)
            for topic in list(self.audience.inboxes):
                await self.audience.push(topic, BEAT)

    async def _catch_up(self, topic: str) -> None:
        """Push the newest messages again: subscribers drop those they have."""
        try:
            inbox = self.audience.inboxes[topic]
            if inbox.rental_id is not None:
                await self._end_without_link(topic, inbox.rental_id)
                messages = await queries.newest_async(inbox)
            elif found := await memory().reread(inbox.digits):
                messages = found.messages
            else:  # the notice of its end did not come
                await self.audience.end(topic, lambda link: True)
                return
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
        await self.audience.end(topic, lambda link: link not in links)
        return left if links else None

    async def _push_messages(self, topic: str, messages: Iterable[queries.Message]) -> None:
        if inbox := self.audience.inboxes.get(topic):
            messages = list(messages)
            self._checks.note_sent(topic, [message["id"] for message in messages])
            for message in messages:
                await self.audience.push(topic, message_frame(message, private=inbox.private))


_hubs = PerLoop(Hub)


def hub() -> Hub:
    """The running loop's hub."""
    return _hubs.get()


async def close() -> None:
    """Close the running loop's hub."""
    if found := _hubs.pop():
        await found.close()
    newest.forget()
