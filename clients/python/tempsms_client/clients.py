"""The client of a server with numbers: one that waits, and one for asyncio."""

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

from tempsms_client import calls
from tempsms_client.calls import Call
from tempsms_client.connections import AsyncConnection, Connection
from tempsms_client.errors import NoCode, TempsmsError
from tempsms_client.searches import Search
from tempsms_client.shapes import Claim, Code, Message, Number, Rental, WaitResult, parse_message

SHORTEST_CLAIM = 1.0  # seconds
Inbox = Rental | Claim | int
"""A rental, or its id; or a claim."""


def _wait_of(inbox: Inbox, sender: str, match: str, seconds: float) -> Call[WaitResult[Message]]:
    if isinstance(inbox, Claim):
        return calls.wait_for_claim(inbox.id, seconds)
    return calls.wait_at_rental(_id_of(inbox), {"from": sender, "match": match, "require": "code"}, seconds)


class Client(Connection):
    """A client for programs without an event loop. Close it, or use it in a `with` block.

    Every method raises `ApiError` for what the server refuses, and `NoAnswer` where none comes.
    """

    def numbers(self, **filters: str | int | bool) -> list[Number]:
        """Return numbers of the pool; filters are the API's, like `country` and `available`."""
        return self._send(calls.list_numbers(filters))

    def lease(self, *, country: str, max_monthly_cost: str, **wanted: Any) -> Number:
        """Order a number from a carrier, which costs money: read it until its `state` is `active` or `failed`."""
        return self._send(calls.lease({"country": country, "max_monthly_cost": max_monthly_cost, **wanted}))

    def retire(self, number: Number | str) -> Number:
        """Take a number out of use; it is released at its carrier a while later."""
        return self._send(calls.retire(number if isinstance(number, str) else number.number))

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
        search = Search[Message](timeout, NoCode)
        while (seconds := search.next_wait()) is not None:
            waited = self._send(_wait_of(inbox, sender, match, seconds), search.until)
            if (message := search.take(waited)) and message.code:
                return message.code
        raise search.give_up()

    def follow(
        self, inbox: Rental | int | str, *, after: int | None = None
    ) -> Generator[Message, None, None]:
        """Yield messages of a rental, or of a public number, as they come, until it ends; now and then one again.

        It begins now, or after the message with an id.
        """
        params = {} if after is None else {"after": str(after)}
        for event in self._follow(f"/{_place_of(inbox)}/stream", params):
            if event.kind == "message":
                yield parse_message(event.data)


class AsyncClient(AsyncConnection):
    """The same for asyncio."""

    async def numbers(self, **filters: str | int | bool) -> list[Number]:
        """Return numbers of the pool; filters are the API's, like `country` and `available`."""
        return await self._send(calls.list_numbers(filters))

    async def lease(self, *, country: str, max_monthly_cost: str, **wanted: Any) -> Number:
        """Order a number from a carrier, which costs money: read it until its `state` is `active` or `failed`."""
        return await self._send(
            calls.lease({"country": country, "max_monthly_cost": max_monthly_cost, **wanted})
        )

    async def retire(self, number: Number | str) -> Number:
        """Take a number out of use; it is released at its carrier a while later."""
        return await self._send(calls.retire(number if isinstance(number, str) else number.number))

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
        search = Search[Message](timeout, NoCode)
        while (seconds := search.next_wait()) is not None:
            waited = await self._send(_wait_of(inbox, sender, match, seconds), search.until)
            if (message := search.take(waited)) and message.code:
                return message.code
        raise search.give_up()

    async def follow(
        self, inbox: Rental | int | str, *, after: int | None = None
    ) -> AsyncGenerator[Message, None]:
        """Yield messages of a rental, or of a public number, as they come, until it ends; now and then one again.

        It begins now, or after the message with an id.
        """
        params = {} if after is None else {"after": str(after)}
        async for event in self._follow(f"/{_place_of(inbox)}/stream", params):
            if event.kind == "message":
                yield parse_message(event.data)


def _place_of(inbox: Rental | int | str) -> str:
    return f"numbers/{inbox}" if isinstance(inbox, str) else f"rentals/{_id_of(inbox)}"


def _id_of(rental: Rental | int) -> int:
    return rental if isinstance(rental, int) else rental.id
