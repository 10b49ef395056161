"""One subscriber's way through an inbox, whatever carries it: take a slot, subscribe, replay, follow.

It subscribes first and replays second, so that nothing falls between; a viewer drops what it already has.
"""

from collections.abc import Iterable

from inbox.live import slots
from inbox.live.access import Find
from inbox.live.audience import Subscriber
from inbox.live.frames import Frame
from inbox.live.hub import hub
from inbox.live.newest import Newest, memory
from inbox.messages import queries
from inbox.messages.inboxes import Inbox
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

BACKLOG = 256  # frames a slow subscriber may be behind


class NoSlot(Exception):
    """The visitor, or this process, has as many viewers as it may have."""


class NoInbox(Exception):
    """Nothing of this name may be watched now."""


async def _read_newest(inbox: Inbox) -> Newest:
    """The inbox as it is now; what is public shares its messages with pages, and makes only those that changed."""
    if inbox.private:
        return Newest(inbox, await queries.newest_async(inbox), queries.Views())
    return await memory().reread(inbox.digits) or Newest(inbox, [], queries.Views())


_reads = PerLoop(lambda: SharedCalls(_read_newest))


class Session:
    """What a subscriber holds while it watches: close it, whatever came of it."""

    __slots__ = ("_inbox", "_newest", "_subscriber", "_visitor")

    def __init__(self, subscriber: Subscriber) -> None:
        self._subscriber = subscriber
        self._visitor: str | None = None
        self._inbox: Inbox | None = None
        self._newest: Newest | None = None

    async def open(self, visitor: str, find: Find, name: str) -> Inbox:
        """Take a slot and subscribe; return the inbox. Raises `NoSlot`, `NoInbox` or `postgres.Unavailable`."""
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
        self._newest = grant.newest
        return grant.inbox

    async def history(self, after: int) -> Iterable[Frame]:
        """The frames of what came after a message, oldest first; raises `postgres.Unavailable`."""
        return (await self._read_newest()).list_frames_after(after)

    async def newest(self) -> list[queries.Message]:
        """The newest messages of the inbox, newest first. Raises `postgres.Unavailable`.

        From then on the inbox is compared with the database, too: what is not pushed comes a while later.
        """
        return (await self._read_newest()).messages

    async def _read_newest(self) -> Newest:
        """The inbox as it was when it was found, a moment ago, or as it is now."""
        assert self._inbox is not None
        newest, self._newest = self._newest, None
        if newest is None:
            newest = await _reads.get().join(self._inbox)
        hub().note_shown(self._inbox, newest.once(("ids",), newest.list_ids))
        return newest

    async def close(self) -> None:
        """Unsubscribe and give the slot back; a second time changes nothing."""
        visitor, self._visitor = self._visitor, None
        inbox, self._inbox = self._inbox, None
        if visitor is not None:
            slots.give_back(visitor)
        if inbox is not None:
            await hub().leave(inbox, self._subscriber)
