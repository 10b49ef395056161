"""The intake of messages, one for each event loop: judge, prepare, group, commit, publish."""

from datetime import datetime

from inbox.ingest.batcher import Batcher
from inbox.ingest.rows import Row, StoreResult, prepare
from inbox.live.publish import Publisher
from inbox.messages.inboxes import topic
from inbox.messages.views import MessageView
from inbox.safety.policy import Policies
from numbers.carriers.messages import Inbound
from tempsms.lib import page_memory, postgres
from tempsms.lib.per_loop import PerLoop


class Gate:
    """The rules, the batcher and the publisher of one event loop."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.publisher = Publisher()
        self.batcher = Batcher(postgres.conninfo(), self._publish_fresh, self._catch_up)

    def _publish_fresh(self, fresh: list[tuple[Row, StoreResult]]) -> None:
        """Publish what is public or belongs to a rental; the rest is for operators only."""
        for row, stored in fresh:
            if stored.rental_id is None:
                page_memory.note_change(row.message.recipient)
        self.publisher.publish(
            (topic(row.message.recipient, stored.rental_id), _view_for_readers(row, stored))
            for row, stored in fresh
            if stored.public or stored.rental_id is not None
        )

    def _catch_up(self, rows: list[Row]) -> None:
        for row in rows:
            page_memory.note_change(row.message.recipient)
        self.publisher.catch_up(row.message.recipient for row in rows)


def _view_for_readers(row: Row, stored: StoreResult) -> MessageView:
    whole = row.stored_as(stored)
    return whole.public() if stored.public else whole.for_holder()


_gates = PerLoop(Gate)


async def accept(
    account_id: int, message: Inbound, *, any_account: bool = False, arrived_at: datetime | None = None
) -> StoreResult:
    """Store a message; when this returns it is on disk. Parameters are those of `rows.prepare`.

    Raises `rows.Unstorable`, and what `Batcher.submit` raises.
    """
    gate = _gates.get()
    policy = await gate.policies.current()
    row = prepare(account_id, message, policy, any_account=any_account, arrived_at=arrived_at)
    return await gate.batcher.submit(row)


async def load_policy() -> None:
    """Read the rules; raises `postgres.Unavailable`.

    The first message would read them through the pool. Callers that hold one of its connections while they store
    messages have to call this first, or they could wait for a connection that only they themselves give back.
    """
    await _gates.get().policies.current()


async def probe() -> None:
    """Check that a message could be stored; raises what storing one would raise without the database."""
    gate = _gates.get()
    await gate.policies.current()
    await gate.batcher.probe()


async def close() -> None:
    """Store what is pending on the running loop and stop its writers."""
    if found := _gates.pop():
        await found.batcher.close()
        await found.publisher.close()
        await found.policies.close()
