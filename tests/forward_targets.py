"""Targets of forwards: an HTTP server on loopback that behaves as the first part of a path says.

`/ok`, `/500`, `/429`, `/410`, `/never`, `/slow`, `/redirect`, `/echo`, `/dripping`; what follows it names the target. A
path in `answers` gets those statuses first, one a request; one in `bodies` gets that type and body.
`python -m tests.forward_targets PORT FILE` serves by itself and writes a line of JSON for each request.
"""

import asyncio
import json
import sys
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TextIO

SLOW = 1.0
_HEADERS = {429: "retry-after: 7\r\n", 302: "location: http://127.0.0.1:1/\r\n", 503: "retry-after: 30\r\n"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived, and when."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.time)

    @property
    def event(self) -> dict[str, Any]:
        """The body's JSON."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Targets:
    """The server; it runs in a thread of its own while the `with` block lasts."""

    def __init__(self, port: int = 0, file: TextIO | None = None) -> None:
        self.port = port
        self.requests: list[Request] = []
        self.answers: dict[str, list[int]] = defaultdict(list)
        self.bodies: dict[str, tuple[str, bytes]] = {}
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.connections = 0
        self._file = file
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def at(self, path: str) -> list[Request]:
        """What arrived there."""
        return [request for request in self.requests if request.path == path]

    def __enter__(self) -> "Targets":
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.start(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        ours = asyncio.all_tasks() - {asyncio.current_task()}
        for task in ours:
            task.cancel()
        await asyncio.gather(*ours, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        # the loop itself holds it weakly: one that never answers would be collected, and its connection closed
        if task := asyncio.current_task():
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while await self._answer(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer a request; return whether there may be another one."""
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            key.lower(): value for key, _, value in (line.partition(": ") for line in lines[1:] if line)
        }
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = lines[0].split(" ")[1]
        request = Request(path, headers, body)
        self.requests.append(request)
        if self._file:
            found = {"path": path, "id": headers.get("webhook-id"), "at": request.at}
            found["message"] = request.event["data"]["message"]["id"]
            self._file.write(json.dumps(found) + "\n")
            self._file.flush()
        self.at_once[path] += 1
        self.most_at_once[path] = max(self.most_at_once[path], self.at_once[path])
        try:
            return await self._behave(path, body, writer)
        finally:
            self.at_once[path] -= 1

    async def _behave(self, path: str, body: bytes, writer: asyncio.StreamWriter) -> bool:
        kind = path.split("/")[1]
        if kind == "never":
            await asyncio.Event().wait()
        if kind == "slow":
            await asyncio.sleep(SLOW)
        statuses = self.answers[path]
        status = (
            statuses.pop(0) if statuses else {"redirect": 302}.get(kind, int(kind) if kind.isdigit() else 200)
        )
        said = body if kind == "echo" else b"thanks" if status < 300 else b"no"
        headers = _HEADERS.get(status, "")
        if path in self.bodies:
            content_type, said = self.bodies[path]
            headers += f"content-type: {content_type}\r\n" if content_type else ""
        head = f"HTTP/1.1 {status} X\r\n{headers}content-length: {len(said)}\r\n\r\n"
        if kind == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        if kind == "dripping":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            for _ in range(1000):
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        writer.write(head.encode() + said)
        await writer.drain()
        return True


def main() -> None:
    """Serve until killed."""
    with open(sys.argv[2], "a") as file:
        targets = Targets(int(sys.argv[1]), file)
        loop = asyncio.new_event_loop()
        loop.run_until_complete(targets.start())
        loop.run_forever()


if __name__ == "__main__":
    main()
