"""Many WebSocket viewers in one process: raw sockets that count the frames they get.

`python -m tests.bench.sockets PORT PATH N`: prints "begun" and the clock, opens N sockets, prints "open" when all
are, then, for every frame that the last of them has got, a line with the clock (time.perf_counter, the machine's
monotonic one) at that moment.
"""

import asyncio
import base64
import os
import sys
import time
from collections import Counter

import uvloop


class Viewer(asyncio.Protocol):
    """One socket: after the handshake it only counts whole frames."""

    def __init__(self, path: str, opened: list[int], frames: Counter[int], total: int) -> None:
        self._path, self._opened, self._frames, self._total = path, opened, frames, total
        self._buffer = b""
        self._shaken = False
        self._seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade (RFC 6455 section 4.1)."""
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(  # type: ignore[attr-defined]
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count text frames but beats; pings need no answer for as long as a benchmark takes."""
        self._buffer += data
        if not self._shaken:
            head, separator, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                self._buffer = head
                return
            if b" 101 " not in head:
                raise RuntimeError(head.decode())
            self._shaken = True
            self._opened.append(1)
        while (size := _frame_size(self._buffer)) and len(self._buffer) >= size:
            if self._buffer[0] & 0x0F == 1 and b'"beat"' not in self._buffer[:size]:
                self._count()
            self._buffer = self._buffer[size:]

    def _count(self) -> None:
        self._seen += 1
        self._frames[self._seen] += 1
        if self._frames[self._seen] == self._total:
            print(time.perf_counter(), flush=True)


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
    opened: list[int] = []
    frames: Counter[int] = Counter()
    loop = asyncio.get_running_loop()
    for n in range(total):
        await loop.create_connection(lambda: Viewer(path, opened, frames, total), "127.0.0.1", port)
        if n % 50 == 49:
            await _until(opened, n - 50)
    await _until(opened, total)
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


async def _until(opened: list[int], count: int) -> None:
    """Wait until so many are open."""
    while len(opened) < count:  # noqa: ASYNC110 (a benchmark's client: simple beats elegant)
        await asyncio.sleep(0.002)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
