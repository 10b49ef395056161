"""The way in for messages, one for each event loop: judge, prepare, group, commit, publish."""

import asyncio
from datetime import datetime
from weakref import WeakKeyDictionary

from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout

from inbox.ingest.batcher import Batcher, Unavailable
from inbox.ingest.rows import Stored, prepare
from inbox.live.publish import Publisher
from inbox.safety.policy import Policies, Policy
from numbers.carriers.base import Inbound
from tempsms.lib import postgres


class Gate:
    """What judges, a batcher, and the publisher behind it."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.publisher = Publisher()
        self.batcher = Batcher(postgres.conninfo(), self.publisher.publish, self.publisher.missed)


_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, Gate] = WeakKeyDictionary()


async def accept(
    account_id: int, message: Inbound, *, any_account: bool = False, arrived_at: datetime | None = None
) -> Stored:
    """Store a message, as `rows.prepare` reads it; when this returns it is on disk.

    Raises `rows.Unstorable`, and what `Batcher.submit` raises.
    """
    gate = _running()
    policy = await _policy(gate)
    row = prepare(account_id, message, policy, any_account=any_account, arrived_at=arrived_at)
    return await gate.batcher.submit(row)


async def load_policy() -> None:
    """Have the rules read; raises `Unavailable`.

    They are read through the pool, once, by the first message: whoever stores messages while holding one of its
    connections has them read before, or all wait for a connection that only their own end gives back.
    """
    await _policy(_running())


async def probe() -> None:
    """Go the way of a message, without one; raises what storing one would raise for want of the database."""
    gate = _running()
    await _policy(gate)
    await gate.batcher.probe()


def _running() -> Gate:
    """The running loop's gate."""
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = Gate()
    return _gates[loop]


async def _policy(gate: Gate) -> Policy:
    try:
        return await gate.policies.current()
    except (PostgresError, PoolTimeout, OSError) as error:
        raise Unavailable from error


async def close() -> None:
    """Store what is pending on the running loop and end its writers."""
    if found := _gates.pop(asyncio.get_running_loop(), None):
        await found.batcher.close()
        await found.publisher.close()
        await found.policies.close()
