"""Who watches which inbox in one event loop.

They are called in a plain loop that yields every 200, which reaches the last of 1,000 some twenty times sooner than one
task and one message each (Channels' group_send).
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

from inbox.live.access import Grant
from inbox.live.frames import Frame, notice_frame
from inbox.messages.inboxes import Inbox
from tempsms.lib import metrics

CHUNK = 200


class Subscriber(Protocol):
    """Receives the frames of an inbox."""

    def push(self, frame: Frame) -> None:
        """Take a frame without waiting."""

    def end(self) -> None:
        """The inbox has ended, for this subscriber at least."""


class Audience:
    """The subscribers by topic, and the watched inboxes."""

    def __init__(self) -> None:
        self.inboxes: dict[str, Inbox] = {}
        self._subscribers: dict[str, dict[Subscriber, int]] = {}  # each with the link it came by, or 0

    def __len__(self) -> int:
        """Return how many subscribers there are."""
        return sum(map(len, self._subscribers.values()))

    def add(self, grant: Grant, subscriber: Subscriber) -> None:
        """Have a subscriber watch an inbox."""
        topic = grant.inbox.topic
        self._subscribers.setdefault(topic, {})[subscriber] = grant.link_id
        self.inboxes[topic] = grant.inbox

    def remove(self, topic: str, subscriber: Subscriber) -> bool:
        """Forget a subscriber; return whether nobody watches its inbox any more."""
        subscribers = self._subscribers.get(topic, {})
        subscribers.pop(subscriber, None)
        if subscribers or self._subscribers.pop(topic, None) is None:
            return False
        self.inboxes.pop(topic, None)
        return True

    async def push(self, topic: str, frame: Frame) -> None:
        """Push a frame to all who watch an inbox."""
        subscribers = list(self._subscribers.get(topic, ()))
        for chunk in _split_into_chunks(subscribers):
            for subscriber in chunk:
                subscriber.push(frame)
            await asyncio.sleep(0)  # without it daphne sends nothing until the loop is over
        metrics.FRAMES.inc(len(subscribers))

    async def end(self, topic: str, concerned: Callable[[int], bool]) -> None:
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


def _split_into_chunks(subscribers: list[Subscriber]) -> Iterable[list[Subscriber]]:
    return (subscribers[start : start + CHUNK] for start in range(0, len(subscribers), CHUNK))
