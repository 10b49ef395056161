"""The carriers' file servers and their CDNs: a TLS server on loopback that answers for all their names."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore
import pytest

from tempsms.lib import outgoing_http
from tests.tls_redis import make_certificate

PUBLIC = "93.184.215.14"
OPEN = "https://media.example.com/1.png"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; names of headers are written with underscores."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str) -> bytes:
    """To another address."""
    return answer(status="307 Temporary Redirect", location=location)


@dataclass
class FarSide:
    """What each address answers, in which addresses each host lies, and what was asked and connected to."""

    answers: dict[str, Answer] = field(default_factory=dict)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0
    certificate: Path = Path()
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def look_up(self, host: str, port: int) -> list[str]:
        """The host's addresses, as a resolver would give them."""
        if host not in self.hosts:
            raise OSError("no such host")
        return self.hosts[host]

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Begin to answer."""
        self._tasks.add(asyncio.create_task(self._serve(reader, writer)))

    async def end(self) -> None:
        """Answer no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            url = f"https://{headers['host']}{head[0].split(' ')[1]}"
            self.asked.append((url, headers))
            found = self.answers[url]
            if isinstance(found, bytes):
                writer.write(found)
                await writer.drain()
            else:
                await found(writer)
        except (OSError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()


class Connector(httpcore.AnyIOBackend):
    """Connects to the far side's port, whichever public address is meant, and notes that address."""

    def __init__(self, port: int, connected: list[str]) -> None:
        self._port = port
        self._connected = connected

    async def connect_tcp(
        self, host: str, port: int, *rest: Any, **named: Any
    ) -> httpcore.AsyncNetworkStream:
        self._connected.append(host)
        assert port == 443
        return await super().connect_tcp("127.0.0.1", self._port, *rest, **named)


@asynccontextmanager
async def serve_far_side(folder: Path, *hosts: str) -> AsyncIterator[FarSide]:
    """Serve hosts, with a certificate for them that is its own authority."""
    far = FarSide(hosts={host: [PUBLIC] for host in hosts}, certificate=make_certificate(folder, *hosts))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(far.certificate)
    server = await asyncio.start_server(far.accept, "127.0.0.1", 0, ssl=context)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()
        await far.end()
        await server.wait_closed()


@asynccontextmanager
async def far_side(folder: Path, monkeypatch: pytest.MonkeyPatch, *hosts: str) -> AsyncIterator[FarSide]:
    """Serve hosts to the fetcher in this process."""
    async with serve_far_side(folder, *hosts) as far:
        trusted = ssl.create_default_context(cafile=str(far.certificate))
        monkeypatch.setattr(outgoing_http, "trusted", lambda: trusted)
        monkeypatch.setattr(outgoing_http, "look_up", far.look_up)
        monkeypatch.setattr(outgoing_http, "connector", lambda: Connector(far.port, far.connected))
        yield far
