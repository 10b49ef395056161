"""Live sockets in tests: open one, read its next frame."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest
from channels.testing import WebsocketCommunicator

PATH = "/ws/numbers/15005550006/"


@dataclass
class Viewer:
    """A socket and whether it was let in."""

    socket: WebsocketCommunicator
    accepted: bool


Open = Callable[..., Awaitable[Viewer]]


@pytest.fixture
async def connect(site: httpx.AsyncClient) -> AsyncIterator[Open]:
    """Open sockets; all are closed at the end."""
    from tempsms.asgi import application

    async with AsyncExitStack() as stack:

        async def opened(path: str = PATH, **headers: str) -> Viewer:
            raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
            socket = WebsocketCommunicator(application, path, headers=[(b"host", b"127.0.0.1:8000"), *raw])
            accepted, _ = await socket.connect(timeout=5)
            if accepted:
                stack.push_async_callback(socket.disconnect)
            return Viewer(socket, accepted)

        yield opened


async def frame(viewer: Viewer) -> dict[str, Any]:
    """The next frame."""
    found: dict[str, Any] = orjson.loads(await viewer.socket.receive_from(timeout=5))
    return found
