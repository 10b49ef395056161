"""One subscriber's way through an inbox, whatever carries it: take a slot, subscribe, replay, follow.

It subscribes first and replays second, so that nothing falls between; a viewer drops what it already has.
"""

from collections.abc import Iterator

from inbox.live import slots
from inbox.live.access import Find
from inbox.live.frames import message_frame
from inbox.live.hub import Subscriber, hub
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

BACKLOG = 256  # frames a slow subscriber may be behind


class NoSlot(Exception):
    """The visitor, or this process, has as many viewers as it may have."""


class NoInbox(Exception):
    """Nothing of this name may be watched now."""


class History:
    """The newest messages of an inbox, and their frames, each made when the first of those who share it needs it."""

    def __init__(self, inbox: Inbox, newest: list[queries.Message]) -> None:
        self._private = inbox.private
        self._newest = newest
        self._frames: dict[int, str] = {}

    def frames_after(self, after: int) -> Iterator[str]:
        """Yield the frames of what came after a message, oldest first."""
        for message in queries.since(self._newest, after):
            if message["id"] not in self._frames:
                self._frames[message["id"]] = message_frame(message, private=self._private)
            yield self._frames[message["id"]]


async def _read_history(inbox: Inbox) -> History:
    return History(inbox, await queries.newest_async(inbox))


_histories = PerLoop(lambda: SharedCalls(_read_history))


class Session:
    """What a subscriber holds while it watches: close it, whatever came of it."""

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._visitor: str | None = None
        self._inbox: Inbox | None = None

    async def open(self, visitor: str, find: Find, name: str) -> None:
        """Take a slot and subscribe; raises `NoSlot`, `NoInbox` or `postgres.Unavailable`."""
        if not slots.take(visitor):
            raise NoSlot
        self._visitor = visitor
        grant = await find(name)
        if grant:
            self._inbox = grant.inbox
            await hub().watch(grant, self._subscriber)
            # its end cannot be missed from here on, and may have come before
            grant = await find(name)
        if grant is None:
            raise NoInbox

    async def history(self, after: int) -> Iterator[str]:
        """The frames of what came after a message, oldest first, each made when its turn comes.

        Raises `postgres.Unavailable`.
        """
        assert self._inbox is not None
        history = await _histories.get().join(self._inbox)
        return history.frames_after(after)

    async def close(self) -> None:
        """Unsubscribe and give the slot back; a second time changes nothing."""
        visitor, self._visitor = self._visitor, None
        inbox, self._inbox = self._inbox, None
        if visitor is not None:
            slots.give_back(visitor)
        if inbox is not None:
            await hub().leave(inbox, self._subscriber)
