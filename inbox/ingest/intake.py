"""The way in for messages, one for each event loop: judge, prepare, group, commit, publish."""

from datetime import datetime

from inbox.ingest.batcher import Batcher
from inbox.ingest.rows import Row, StoreResult, prepare
from inbox.live.publish import Publisher
from inbox.messages.inboxes import topic
from inbox.messages.views import MessageView
from inbox.safety.policy import Policies
from numbers.carriers.messages import Inbound
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop


class Gate:
    """What judges, a batcher, and the publisher behind it."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.publisher = Publisher()
        self.batcher = Batcher(postgres.conninfo(), self._publish, self._catch_up)

    def _publish(self, fresh: list[tuple[Row, StoreResult]]) -> None:
        """Publish what is public or a rental's; the rest is for operators only."""
        self.publisher.publish(
            (topic(row.message.recipient, stored.rental_id), _view(row, stored))
            for row, stored in fresh
            if stored.public or stored.rental_id is not None
        )

    def _catch_up(self, rows: list[Row]) -> None:
        self.publisher.catch_up(row.message.recipient for row in rows)


def _view(row: Row, stored: StoreResult) -> MessageView:
    whole = row.stored_as(stored)
    return whole.public() if stored.public else whole.for_holder()


_gates = PerLoop(Gate)


async def accept(
    account_id: int, message: Inbound, *, any_account: bool = False, arrived_at: datetime | None = None
) -> StoreResult:
    """Store a message, as `rows.prepare` reads it; when this returns it is on disk.

    Raises `rows.Unstorable`, and what `Batcher.submit` raises.
    """
    gate = _gates.get()
    policy = await gate.policies.current()
    row = prepare(account_id, message, policy, any_account=any_account, arrived_at=arrived_at)
    return await gate.batcher.submit(row)


async def load_policy() -> None:
    """Have the rules read; raises `postgres.Unavailable`.

    They are read through the pool, once, by the first message: whoever stores messages while holding one of its
    connections has them read before, or all wait for a connection that only their own end gives back.
    """
    await _gates.get().policies.current()


async def probe() -> None:
    """Go the way of a message, without one; raises what storing one would raise for want of the database."""
    gate = _gates.get()
    await gate.policies.current()
    await gate.batcher.probe()


async def close() -> None:
    """Store what is pending on the running loop and end its writers."""
    if found := _gates.pop():
        await found.batcher.close()
        await found.publisher.close()
        await found.policies.close()
