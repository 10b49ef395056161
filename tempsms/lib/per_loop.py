"""Objects of which each event loop has its own, such as connections, which loops cannot share."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

Thing = TypeVar("Thing")


class PerLoop(Generic[Thing]):
    """An object for each event loop, made when it is first needed."""

    def __init__(self, make: Callable[[], Thing]) -> None:
        self._make = make
        # Weak: a loop that has ended, as `asyncio.run` leaves one behind, takes its things along
        self._things: WeakKeyDictionary[asyncio.AbstractEventLoop, Thing] = WeakKeyDictionary()

    def get(self) -> Thing:
        """The running loop's."""
        loop = asyncio.get_running_loop()
        if loop not in self._things:
            self._things[loop] = self._make()
        return self._things[loop]

    def pop(self) -> Thing | None:
        """Remove and return the running loop's thing, if it has one, so that the caller can close it."""
        return self._things.pop(asyncio.get_running_loop(), None)
