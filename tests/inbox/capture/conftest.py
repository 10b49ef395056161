"""A running server with the captured carriers, for SDKs that open their own connections."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest
import uvicorn


class _Server(uvicorn.Server):
    """Leaves pytest's signals alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Do nothing."""
        yield


@pytest.fixture
async def address(site: httpx.AsyncClient) -> AsyncIterator[str]:
    """The address of our whole application, served in this loop: what an SDK asks in a thread is answered here."""
    from tempsms.asgi import application

    # connections wait in the socket's queue until the server accepts them
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(uvicorn.Config(application, lifespan="off", log_config=None, access_log=False))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await serving
