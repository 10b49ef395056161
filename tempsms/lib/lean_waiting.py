"""A queue and an event of which thousands may be held: asyncio's take 3 kB and 0.8 kB each, nearly all of it empty."""

import asyncio
from typing import Any


class Mailbox:
    """A queue without a bound, for one receiver."""

    __slots__ = ("_arrived", "_items")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._arrived: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        """Add an item."""
        self._items.append(item)
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def empty(self) -> bool:
        """Return whether nothing waits in it."""
        return not self._items

    async def get(self) -> Any:
        """Wait for the oldest item and return it."""
        while not self._items:
            self._arrived = asyncio.get_running_loop().create_future()
            try:
                await self._arrived
            finally:
                self._arrived = None
        return self._items.pop(0)


class Gate:
    """An event that is set most of the time: one of asyncio's is there only while it is not."""

    __slots__ = ("_opened",)

    def __init__(self) -> None:
        self._opened: asyncio.Event | None = None

    def set(self) -> None:
        """Let all through who wait."""
        if self._opened is not None:
            self._opened.set()
            self._opened = None

    def clear(self) -> None:
        """Have those wait who come from now on."""
        if self._opened is None:
            self._opened = asyncio.Event()

    async def wait(self) -> None:
        """Return once it is set."""
        while self._opened is not None:
            await self._opened.wait()
