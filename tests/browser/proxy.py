"""What lies between a browser and us, with its whims: it refuses sockets, or goes deaf without closing anything."""

import asyncio
from contextlib import suppress
from threading import Thread
from types import TracebackType

from tests.rig import Instance

_REFUSAL = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes on to an instance what comes to `url`, byte by byte (HTTP/1.1); leave the `with` block and it is gone."""

    def __init__(self, instance: Instance, *, refuses_sockets: bool = False) -> None:
        self._port = instance.port
        self._refuses_sockets = refuses_sockets
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._carried: set[asyncio.Task[None]] = set()
        self._deaf: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.url = ""

    def go_deaf(self) -> None:
        """From now on the connections that are open carry nothing, and stay open; new ones are carried."""
        self._loop.call_soon_threadsafe(lambda: self._deaf.update(self._carried))

    def __enter__(self) -> "Proxy":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _stop(self) -> None:
        assert self._server
        self._server.close()
        for task in list(self._carried):
            task.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)
        for writer in self._writers:
            # a server that stands still takes nothing: closed, it would be waited for
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._carried.add(task)
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._carry(task, reader, writer)
        finally:
            writer.close()
            self._carried.discard(task)
            self._deaf.discard(task)

    async def _carry(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if self._refuses_sockets and b"\r\nupgrade: websocket\r\n" in head.lower():
            writer.write(_REFUSAL)
            await writer.drain()
            return
        from_us, to_us = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers.add(to_us)
        to_us.write(head)
        ways = [asyncio.create_task(self._pass(task, *way)) for way in ((reader, to_us), (from_us, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            to_us.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass(
        self, task: asyncio.Task[None], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65_536):
            if task not in self._deaf:
                writer.write(data)
                await writer.drain()
