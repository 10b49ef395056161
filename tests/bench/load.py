"""A closed-loop HTTP client in one process: N keep-alive connections, each sends its next request on an answer.

`python -m tests.bench.load HOST PORT CONNECTIONS FILE`: FILE holds the requests, each after its length as four
bytes. Prints JSON: answers, seconds, p50_ms, p99_ms, and the answers by status.
"""

import asyncio
import json
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import uvloop


def pack(requests: list[bytes]) -> bytes:
    """The file's content."""
    return b"".join(len(request).to_bytes(4, "big") + request for request in requests)


def unpack(data: bytes) -> Iterator[bytes]:
    """The requests again."""
    start = 0
    while start < len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        yield data[start + 4 : start + 4 + size]
        start += 4 + size


class Connection(asyncio.Protocol):
    """One connection; answers have a Content-Length, as ours and uvicorn's do."""

    def __init__(self, requests: Iterator[bytes], times: list[float], statuses: Counter[str]) -> None:
        self._requests, self._times, self._statuses = requests, times, statuses
        self._buffer = b""
        self._sent = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first."""
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Take an answer when it is whole, and send the next request."""
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if len(rest) >= length:
            self._times.append(time.perf_counter() - self._sent)
            self._statuses[head[9:12].decode()] += 1
            self._buffer = rest[length:]
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """The server left."""
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)  # type: ignore[attr-defined]


async def run(host: str, port: int, connections: int, requests: list[bytes]) -> dict[str, object]:
    """Send all requests; what came back."""
    times: list[float] = []
    statuses: Counter[str] = Counter()
    loop = asyncio.get_running_loop()
    shared = iter(requests)
    start = time.perf_counter()
    opened = []
    for _ in range(connections):
        raw = socket.create_connection((host, port))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.setblocking(False)
        _, connection = await loop.create_connection(lambda: Connection(shared, times, statuses), sock=raw)
        opened.append(connection)
    await asyncio.gather(*(connection.done for connection in opened))
    seconds = time.perf_counter() - start
    cuts = statistics.quantiles(times, n=100)
    return {
        "answers": len(times),
        "seconds": seconds,
        "p50_ms": cuts[49] * 1000,
        "p99_ms": cuts[98] * 1000,
        "statuses": dict(statuses),
    }


if __name__ == "__main__":
    found = list(unpack(Path(sys.argv[4]).read_bytes()))
    print(json.dumps(uvloop.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), found))))
