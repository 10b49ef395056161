"""A reader of event streams, on the application in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import orjson
from asgiref.testing import ApplicationCommunicator


class Events:
    """A stream that is open: its status, headers and events."""

    def __init__(self, asgi: Any) -> None:
        self._asgi = asgi
        self._body = b""
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.over = False

    async def open(self) -> "Events":
        """Ask, and read the beginning of the answer."""
        await self._asgi.send_input({"type": "http.request", "body": b"", "more_body": False})
        start = await self._asgi.receive_output(timeout=10)
        self.status, self.headers = start["status"], dict(start["headers"])
        return self

    async def block(self) -> bytes:
        """The next block of lines; nothing at the end."""
        while b"\n\n" not in self._body and not self.over:
            part = await self._asgi.receive_output(timeout=10)
            self._body += part.get("body", b"")
            self.over = not part.get("more_body")
        block, _, self._body = self._body.partition(b"\n\n")
        return block

    async def next(self) -> tuple[str, str, dict[str, Any]]:
        """The next event: its id, type and data."""
        while True:
            fields = dict(line.split(b": ", 1) for line in (await self.block()).splitlines() if b": " in line)
            if b"data" in fields:
                kind = fields[b"event"].decode()
                return fields.get(b"id", b"").decode(), kind, orjson.loads(fields[b"data"])
            assert not self.over, "the stream is over"


@asynccontextmanager
async def following(path: str, query: str = "", **headers: str) -> AsyncIterator[Events]:
    """Open a stream of the API, and leave it in the end."""
    from tempsms.asgi import application

    raw = [(name.lower().replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1{path}",
        "raw_path": quote(f"/api/v1{path}").encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:8000"), *raw],
        "client": ["127.0.0.1", 1],
    }
    communicator: Any = ApplicationCommunicator
    asgi = communicator(application, scope)
    events = await Events(asgi).open()
    try:
        yield events
    finally:
        await asgi.send_input({"type": "http.disconnect"})
        await asgi.wait(timeout=10)
