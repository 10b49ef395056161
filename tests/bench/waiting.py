"""Many clients of the API who wait for a message that never comes: raw sockets, which cost little.

`python -m tests.bench.waiting PORT NUMBER KEY N`: sends N requests, prints "open" when the server's metric says that
all of them wait, and stays until the parent closes our input. Whoever gets an answer waits again.
"""

import asyncio
import sys
import urllib.request

import uvloop


class Client(asyncio.Protocol):
    """One client."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait."""
        self._transport = transport
        self._transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """When the time is over, wait again."""
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
        if separator and len(rest) >= length:
            self._buffer = b""
            # one that was refused, as too many came at a time, waits a little
            asyncio.get_running_loop().call_later(0.0 if b" 200 " in head else 1.0, self._ask_again)

    def _ask_again(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(self._request)  # type: ignore[attr-defined]


async def run(port: int, number: str, key: str, total: int) -> None:
    """Open them, fifty at a time."""
    loop = asyncio.get_running_loop()
    for n in range(total):
        request = (
            f"GET /api/v1/numbers/{number}/messages/wait?match=never+{n}x HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {key}\r\n\r\n"
        ).encode()
        await loop.create_connection(lambda request=request: Client(request), "127.0.0.1", port)  # type: ignore[misc]
        if n % 50 == 49:
            await asyncio.sleep(0.01)
    while await loop.run_in_executor(None, _count_open, port) < total:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    print("open", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def _count_open(port: int) -> int:
    """How many sockets, streams and waits the server has open."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=120) as answer:
        lines = answer.read().decode().splitlines()
    return sum(int(float(line.split()[-1])) for line in lines if line.startswith("tempsms_sockets"))


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
