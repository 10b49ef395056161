"""The way in for messages, one for each event loop: judge, prepare, group, commit, publish."""

import asyncio
from weakref import WeakKeyDictionary

from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout

from inbox.ingest.batcher import Batcher, Unavailable
from inbox.ingest.rows import Stored, prepare
from inbox.live.publish import Publisher
from inbox.safety.policy import Policies
from numbers.carriers.base import Inbound
from tempsms.lib import postgres


class Gate:
    """What judges, a batcher, and the publisher behind it."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.publisher = Publisher()
        self.batcher = Batcher(postgres.conninfo(), self.publisher.publish, self.publisher.missed)


_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, Gate] = WeakKeyDictionary()


async def accept(account_id: int, message: Inbound, *, any_account: bool = False) -> Stored:
    """Store a message; when this returns it is on disk.

    Raises `rows.Unstorable`, and what `Batcher.submit` raises.
    """
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = Gate()
    gate = _gates[loop]
    try:
        policy = await gate.policies.current()
    except (PostgresError, PoolTimeout, OSError) as error:
        raise Unavailable from error
    return await gate.batcher.submit(prepare(account_id, message, policy, any_account=any_account))


async def close() -> None:
    """Store what is pending on the running loop and end its writers."""
    if found := _gates.pop(asyncio.get_running_loop(), None):
        await found.batcher.close()
        await found.publisher.close()
        await found.policies.close()
