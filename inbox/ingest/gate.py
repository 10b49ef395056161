"""The way in for messages, one for each event loop: prepare, group, commit, publish."""

import asyncio
from weakref import WeakKeyDictionary

from inbox.ingest.batcher import Batcher
from inbox.ingest.rows import Stored, prepare
from inbox.live.publish import Publisher
from numbers.carriers.base import Inbound
from tempsms.lib import postgres


class Gate:
    """A batcher and the publisher behind it."""

    def __init__(self) -> None:
        self.publisher = Publisher()
        self.batcher = Batcher(postgres.conninfo(), self.publisher.publish)


_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, Gate] = WeakKeyDictionary()


async def accept(account_id: int, message: Inbound, *, any_account: bool = False) -> Stored:
    """Store a message; when this returns it is on disk.

    Raises `rows.Unstorable`, and what `Batcher.submit` raises.
    """
    loop = asyncio.get_running_loop()
    if loop not in _gates:
        _gates[loop] = Gate()
    return await _gates[loop].batcher.submit(prepare(account_id, message, any_account=any_account))


async def close() -> None:
    """Store what is pending on the running loop and end its writers."""
    if found := _gates.pop(asyncio.get_running_loop(), None):
        await found.batcher.close()
        await found.publisher.close()
