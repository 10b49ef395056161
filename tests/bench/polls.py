"""Open pages that ask whether they missed something: so many polls a second, whether or not they are answered in time.

`python -m tests.bench.polls PORT PATH PER_SECOND`: asks until its input is closed, over connections that are opened
again when the server ends them, and prints how many were answered.
"""

import asyncio
import sys
from contextlib import suppress

import uvloop

CONNECTIONS = 32


async def run(port: int, path: str, per_second: float) -> None:
    """Ask until the parent closes our input."""
    answers: list[int] = []
    asking = [
        asyncio.create_task(_keep_asking(port, path, CONNECTIONS / per_second, answers))
        for _ in range(CONNECTIONS)
    ]
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in asking:
        task.cancel()
    print(len(answers))


async def _keep_asking(port: int, path: str, every: float, answers: list[int]) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Language: en\r\n\r\n".encode()
    while True:
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(request)
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0] or 0)
                await reader.readexactly(length)
                answers.append(length)
                await asyncio.sleep(every)
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
