"""Calls that are made once for all who wait for the same answer, and never answered by what was read before they asked.

Ten thousand pages that come back at once ask the database the same question: those who ask while it is being answered
share the next answer, so that there are as many queries as can be made one after another, not one for each.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Result = TypeVar("Result")


class SharedCalls(Generic[Key, Result]):
    """The calls of one event loop, by key; at most one of a key is under way."""

    def __init__(self, call: Callable[[Key], Awaitable[Result]]) -> None:
        self._call = call
        self._waiting: dict[Key, asyncio.Future[Result]] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}

    async def join(self, key: Key) -> Result:
        """Return or raise what the next call with this key does; who leaves ends it for nobody else."""
        if key not in self._waiting:
            self._waiting[key] = asyncio.get_running_loop().create_future()
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._run(key))
        return await asyncio.shield(self._waiting[key])

    async def _run(self, key: Key) -> None:
        """Call as long as somebody waits."""
        try:
            while shared := self._waiting.pop(key, None):
                await self._settle_next(key, shared)
        finally:
            # here, not in a callback, which runs a little later: who asks in between would wait for nothing
            del self._running[key]
            if left := self._waiting.pop(key, None):  # it was cancelled: they are not to wait for ever
                left.cancel()

    async def _settle_next(self, key: Key, shared: asyncio.Future[Result]) -> None:
        try:
            shared.set_result(await self._call(key))
        except asyncio.CancelledError:
            shared.cancel()
            raise
        except Exception as error:
            shared.set_exception(error)
            shared.exception()  # those who waited may all have left: then nobody need hear of it
