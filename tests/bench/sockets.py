"""Many WebSocket viewers in one process: raw sockets that count the frames they get.

`python -m tests.bench.sockets PORT PATH N`: prints "begun" and the clock, opens N sockets, prints "open" when all
are, then, for every frame that the last of them has got, a line with the clock (time.perf_counter, the machine's
monotonic one) at that moment. A socket that is lost comes back as a page's does (static/js/socket.js); when all that
were lost are back it prints "back" and the clock.
"""

import asyncio
import base64
import os
import random
import sys
import time
from collections import Counter
from contextlib import suppress

import uvloop

WAITS = (1.0, 2.0, 5.0, 10.0, 30.0)
OPENS_WITHIN = 10.0


class Crowd:
    """The sockets together."""

    def __init__(self, port: int, path: str, total: int) -> None:
        self.path, self.total = path, total
        self.frames: Counter[int] = Counter()
        self.open = 0
        self._port = port
        self._returning: set[asyncio.Task[None]] = set()

    async def connect(self) -> "Viewer":
        """Open a socket; its handshake follows."""
        loop = asyncio.get_running_loop()
        _, viewer = await loop.create_connection(lambda: Viewer(self), "127.0.0.1", self._port)
        return viewer

    def lose(self) -> None:
        """Have a socket that was open come back."""
        self.open -= 1
        returning = asyncio.ensure_future(self._return())
        self._returning.add(returning)
        returning.add_done_callback(self._returning.discard)

    async def _return(self) -> None:
        """Try until it is open again, after the same waits as a page."""
        failures = 0
        while True:
            await asyncio.sleep(WAITS[min(failures, len(WAITS) - 1)] * (0.5 + random.random() / 2))
            failures += 1
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(OPENS_WITHIN):
                    viewer = await self.connect()
                    try:
                        await viewer.shaken
                    except BaseException:
                        viewer.give_up()
                        raise
                break
        if self.open == self.total:
            print("back", time.perf_counter(), flush=True)


class Viewer(asyncio.Protocol):
    """One socket: after the handshake it only counts whole frames."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._buffer = b""
        self._seen = 0
        self.shaken = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade (RFC 6455 section 4.1)."""
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(  # type: ignore[attr-defined]
            f"GET {self._crowd.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count messages; pings need no answer for as long as a benchmark takes."""
        self._buffer += data
        if not self.shaken.done():
            head, separator, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                self._buffer = head
                return
            if b" 101 " not in head:
                raise RuntimeError(head.decode())
            self.shaken.set_result(None)
            self._crowd.open += 1
        while (size := _frame_size(self._buffer)) and len(self._buffer) >= size:
            if self._buffer[0] & 0x0F == 1 and not _is_quiet(self._buffer[:size]):
                self._count()
            self._buffer = self._buffer[size:]

    def connection_lost(self, error: Exception | None) -> None:
        """Come back."""
        if not self.shaken.done():
            self.shaken.set_exception(ConnectionResetError())
            self.shaken.exception()  # nobody waits for the first ones
        elif not self.shaken.cancelled():
            self._crowd.lose()

    def give_up(self) -> None:
        """Close a socket whose handshake took too long."""
        self.shaken.cancel()
        self._transport.close()

    def _count(self) -> None:
        frames = self._crowd.frames
        self._seen += 1
        frames[self._seen] += 1
        if frames[self._seen] == self._crowd.total:
            print(time.perf_counter(), flush=True)


def _is_quiet(frame: bytes) -> bool:
    """Whether a frame brings no message."""
    return b'"beat"' in frame or b'"ask"' in frame


def _frame_size(data: bytes) -> int:
    """The size of a server's frame, header included (RFC 6455 section 5.2); 0 when the header is not whole."""
    if len(data) < 4:
        return 0
    length = data[1] & 0x7F
    if length < 126:
        return 2 + length
    if length == 126:
        return 4 + int.from_bytes(data[2:4], "big")
    return 10 + int.from_bytes(data[2:10], "big") if len(data) >= 10 else 0


async def run(port: int, path: str, total: int) -> None:
    """Open them, fifty at a time, and stay until the parent closes our input."""
    print("begun", time.perf_counter(), flush=True)
    crowd = Crowd(port, path, total)
    for n in range(total):
        await crowd.connect()
        if n % 50 == 49:
            await _until(crowd, n - 50)
    await _until(crowd, total)
    print("open", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def _until(crowd: Crowd, count: int) -> None:
    """Wait until so many are open."""
    while crowd.open < count:  # noqa: ASYNC110 (a benchmark's client: simple beats elegant)
        await asyncio.sleep(0.002)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
