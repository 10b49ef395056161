"""Who must be ended when the server stops: streams and waits, for which it would otherwise wait itself."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol
from weakref import WeakSet


class Endable(Protocol):
    """What reads on until it is ended."""

    def end(self) -> None:
        """Nothing more comes."""


_open: set[Endable] = set()
_stopping: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


@contextmanager
def ended_with_server(subscriber: Endable) -> Iterator[None]:
    """While this lasts, a server that stops ends the subscriber; one that is stopping does so at once."""
    _open.add(subscriber)
    if asyncio.get_running_loop() in _stopping:  # a client that got its answer has asked again
        subscriber.end()
    try:
        yield
    finally:
        _open.discard(subscriber)


async def close() -> None:
    """End all of them, and those that come after them."""
    _stopping.add(asyncio.get_running_loop())
    for subscriber in list(_open):
        subscriber.end()
