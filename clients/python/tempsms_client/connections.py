"""Connections to a server: one that waits, and one for asyncio. Both repeat what it puts off, and nothing twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from math import inf
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from tempsms_client.calls import Call, Outcome, Repetitions
from tempsms_client.errors import BadAddress, BadKey
from tempsms_client.events import SILENCE, Event, EventReader, Feed

Result = TypeVar("Result")


def make_options(url: str, key: str) -> dict[str, Any]:
    """What a connection of httpx is made with; raises `BadAddress` and `BadKey`."""
    if not url.startswith(("http://", "https://")):
        raise BadAddress(f"the address must begin with http:// or https://, unlike {url!r}")
    try:
        base = httpx.URL(f"{url.rstrip('/')}/api/v1")
    except httpx.InvalidURL as error:
        raise BadAddress(f"{url!r} is not an address: {error}") from error
    if not base.host:
        raise BadAddress(f"{url!r} has no host")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BadKey("the key has characters that no key has: it must be given as it was printed")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"base_url": base, "headers": headers}


class Connection:
    """For programs without an event loop. Close it, or use it in a `with` block.

    Every method raises `ApiError` for what the server refuses, and `NoAnswer` where none comes.
    """

    def __init__(self, url: str, key: str = "", *, transport: httpx.BaseTransport | None = None) -> None:
        """`url` is the server's address, like https://sms.example.org."""
        self.url = url.rstrip("/")
        self._http = httpx.Client(**make_options(url, key), transport=transport)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _send(self, call: Call[Result], until: float = inf) -> Result:
        """Make a request, again where that helps, and read its answer."""
        request, repetitions = call.build(self._http), Repetitions(until)
        while True:
            outcome: Outcome
            try:
                outcome = self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            pause = repetitions.next_pause(outcome)
            if pause is None:
                return call.finish(outcome)
            time.sleep(pause)

    def _follow(self, path: str, params: dict[str, str]) -> Iterator[Event]:
        """The events of a stream, which is opened again where it broke off, until the server has ended it."""
        feed = Feed()
        while not feed.over:
            try:
                with self._http.stream(
                    "GET", path, params=params, headers=feed.headers, timeout=SILENCE
                ) as answer:
                    if not answer.is_success:
                        answer.read()
                    if feed.begin(answer):
                        reader = EventReader()
                        for line in answer.iter_lines():
                            if event := feed.take(reader.take(line)):
                                yield event
            except httpx.TransportError as error:
                feed.note(error)
            time.sleep(feed.pause)


class AsyncConnection:
    """The same for asyncio."""

    def __init__(self, url: str, key: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`url` is the server's address, like https://sms.example.org."""
        self.url = url.rstrip("/")
        self._http = httpx.AsyncClient(**make_options(url, key), transport=transport)

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Close it."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _send(self, call: Call[Result], until: float = inf) -> Result:
        """Make a request, again where that helps, and read its answer."""
        request, repetitions = call.build(self._http), Repetitions(until)
        while True:
            outcome: Outcome
            try:
                outcome = await self._http.send(request)
            except httpx.TransportError as error:
                outcome = error
            pause = repetitions.next_pause(outcome)
            if pause is None:
                return call.finish(outcome)
            await asyncio.sleep(pause)

    async def _follow(self, path: str, params: dict[str, str]) -> AsyncIterator[Event]:
        """The events of a stream, which is opened again where it broke off, until the server has ended it."""
        feed = Feed()
        while not feed.over:
            try:
                async with self._http.stream(
                    "GET", path, params=params, headers=feed.headers, timeout=SILENCE
                ) as answer:
                    if not answer.is_success:
                        await answer.aread()
                    if feed.begin(answer):
                        reader = EventReader()
                        async for line in answer.aiter_lines():
                            if event := feed.take(reader.take(line)):
                                yield event
            except httpx.TransportError as error:
                feed.note(error)
            await asyncio.sleep(feed.pause)
