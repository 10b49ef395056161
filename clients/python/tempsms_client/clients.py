"""The two clients: one that waits, and one for asyncio. Both repeat what a busy server puts off, and nothing twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from math import inf
from types import TracebackType
from typing import Any, TypeVar

import httpx

from tempsms_client import calls
from tempsms_client.calls import Call, Outcome, Repetitions
from tempsms_client.errors import BadAddress, NoCode, TempsmsError
from tempsms_client.shapes import Claim, Code, Message, Number, Rental, WaitResult

Result = TypeVar("Result")
SHORTEST_CLAIM = 1.0  # seconds
Inbox = Rental | Claim | int
"""A rental, or its id; or a claim."""


def _make_options(url: str, key: str) -> dict[str, Any]:
    if not url.startswith(("http://", "https://")):
        raise BadAddress(f"the address must begin with http:// or https://, unlike {url!r}")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return {"base_url": f"{url.rstrip('/')}/api/v1", "headers": headers}


class _Search:
    """Filters of a wait, and how much of its time is left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.until = time.monotonic() + seconds
        self._asked = False
        self._seen: list[Message] = []

    def next_wait(self) -> float | None:
        """How long the next request may wait; None when the time is over. The first one is always made."""
        left = max(0.0, self.until - time.monotonic())
        if self._asked and not left:
            return None
        self._asked = True
        return min(left, calls.LONGEST_WAIT)

    def take(self, waited: WaitResult) -> Code | None:
        """The code, if there is one."""
        self._seen = waited.seen or self._seen
        return waited.message.code if waited.message else None

    def give_up(self) -> NoCode:
        """What to raise in the end."""
        return NoCode(self._seconds, [message.body for message in self._seen])


def _wait_of(inbox: Inbox, sender: str, match: str, seconds: float) -> Call[WaitResult]:
    if isinstance(inbox, Claim):
        return calls.wait_for_claim(inbox.id, seconds)
    return calls.wait_at_rental(_id_of(inbox), {"from": sender, "match": match, "require": "code"}, seconds)


class Client:
    """A client for programs without an event loop. Close it, or use it in a `with` block.

    Every method raises `ApiError` for what the server refuses, and `NoAnswer` where none comes.
    """

    def __init__(self, url: str, key: str = "", *, transport: httpx.BaseTransport | None = None) -> None:
        """`url` is the server's address, like https://sms.example.org."""
        self._http = httpx.Client(**_make_options(url, key), transport=transport)

    def __enter__(self) -> "Client":
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

    def numbers(self, **filters: str | int | bool) -> list[Number]:
        """Return numbers of the pool; filters are the API's, like `country` and `available`."""
        return self._send(calls.list_numbers(filters))

    def rent(self, *, purpose: str, seconds: int = 600, **wanted: Any) -> Rental:
        """Rent a number for so many seconds: by `country` and `kind`, or a `number`; `link=True` makes a page."""
        return self._send(calls.rent({"purpose": purpose, "seconds": seconds, **wanted}))

    def end(self, rental: Rental | int) -> Rental:
        """End a rental: its number is free again."""
        return self._send(calls.end_rental(_id_of(rental)))

    @contextmanager
    def rented(self, *, purpose: str, seconds: int = 600, **wanted: Any) -> Iterator[Rental]:
        """Rent a number for the time of a block, whatever happens in it."""
        rental = self.rent(purpose=purpose, seconds=seconds, **wanted)
        try:
            yield rental
        except BaseException:
            # it ends by itself, and the error of the block is the one to see
            with suppress(TempsmsError):
                self.end(rental)
            raise
        self.end(rental)

    @contextmanager
    def claimed(
        self, number: str, *, sender: str = "", match: str = "", seconds: float = 120
    ) -> Iterator[Claim]:
        """Claim the next message with a code on a number that others use too; in the block, have it sent."""
        wanted = {"number": number, "from": sender, "match": match, "require": "code"}
        claim = self._send(calls.claim(wanted, max(seconds, SHORTEST_CLAIM)))
        try:
            yield claim
        finally:
            # it ends by itself
            with suppress(TempsmsError):
                self._send(calls.drop_claim(claim.id))

    def messages(self, inbox: Rental | int | str, **filters: str | int) -> list[Message]:
        """Return the newest messages of a rental, or of a public number."""
        return self._send(calls.list_messages(_place_of(inbox), filters))

    def wait_for_code(self, inbox: Inbox, *, timeout: float = 60, sender: str = "", match: str = "") -> Code:
        """Wait for a code; a claim has its filters already. Raises `NoCode` when none came in time."""
        search = _Search(timeout)
        while (seconds := search.next_wait()) is not None:
            if code := search.take(self._send(_wait_of(inbox, sender, match, seconds), search.until)):
                return code
        raise search.give_up()

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


class AsyncClient:
    """The same for asyncio."""

    def __init__(self, url: str, key: str = "", *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`url` is the server's address, like https://sms.example.org."""
        self._http = httpx.AsyncClient(**_make_options(url, key), transport=transport)

    async def __aenter__(self) -> "AsyncClient":
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

    async def numbers(self, **filters: str | int | bool) -> list[Number]:
        """Return numbers of the pool; filters are the API's, like `country` and `available`."""
        return await self._send(calls.list_numbers(filters))

    async def rent(self, *, purpose: str, seconds: int = 600, **wanted: Any) -> Rental:
        """Rent a number for so many seconds: by `country` and `kind`, or a `number`; `link=True` makes a page."""
        return await self._send(calls.rent({"purpose": purpose, "seconds": seconds, **wanted}))

    async def end(self, rental: Rental | int) -> Rental:
        """End a rental: its number is free again."""
        return await self._send(calls.end_rental(_id_of(rental)))

    @asynccontextmanager
    async def rented(self, *, purpose: str, seconds: int = 600, **wanted: Any) -> AsyncIterator[Rental]:
        """Rent a number for the time of a block, whatever happens in it."""
        rental = await self.rent(purpose=purpose, seconds=seconds, **wanted)
        try:
            yield rental
        except BaseException:
            # it ends by itself, and the error of the block is the one to see
            with suppress(TempsmsError):
                await self.end(rental)
            raise
        await self.end(rental)

    @asynccontextmanager
    async def claimed(
        self, number: str, *, sender: str = "", match: str = "", seconds: float = 120
    ) -> AsyncIterator[Claim]:
        """Claim the next message with a code on a number that others use too; in the block, have it sent."""
        wanted = {"number": number, "from": sender, "match": match, "require": "code"}
        claim = await self._send(calls.claim(wanted, max(seconds, SHORTEST_CLAIM)))
        try:
            yield claim
        finally:
            # it ends by itself
            with suppress(TempsmsError):
                await self._send(calls.drop_claim(claim.id))

    async def messages(self, inbox: Rental | int | str, **filters: str | int) -> list[Message]:
        """Return the newest messages of a rental, or of a public number."""
        return await self._send(calls.list_messages(_place_of(inbox), filters))

    async def wait_for_code(
        self, inbox: Inbox, *, timeout: float = 60, sender: str = "", match: str = ""
    ) -> Code:
        """Wait for a code; a claim has its filters already. Raises `NoCode` when none came in time."""
        search = _Search(timeout)
        while (seconds := search.next_wait()) is not None:
            if code := search.take(await self._send(_wait_of(inbox, sender, match, seconds), search.until)):
                return code
        raise search.give_up()

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


def _place_of(inbox: Rental | int | str) -> str:
    return f"numbers/{inbox}" if isinstance(inbox, str) else f"rentals/{_id_of(inbox)}"


def _id_of(rental: Rental | int) -> int:
    return rental if isinstance(rental, int) else rental.id
