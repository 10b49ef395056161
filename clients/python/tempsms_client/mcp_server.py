"""`tempsms-client mcp`: numbers and codes for assistants that speak the Model Context Protocol, over stdio.

What an assistant gets is made for one that may be misled by what it reads: codes and never texts of messages, numbers
for purposes that its user has allowed, and no rental but those that it began itself.
"""

import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import BaseModel, Field

from tempsms_client.clients import AsyncClient
from tempsms_client.errors import NoMessage, TempsmsError
from tempsms_client.sandboxes import DEFAULT_URL, AsyncSandbox
from tempsms_client.shapes import Captured, Rental

LONGEST_WAIT = 300.0  # seconds
LONGEST_RENTAL = 60  # minutes
_PLAIN_SENDER = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 ]{1,11}")
_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_RENTS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False)
_ENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True)
Timeout = Annotated[float, Field(ge=0, le=LONGEST_WAIT, description="Seconds to wait")]


@dataclass(frozen=True)
class Options:
    """Where the numbers and the sandbox are, and what numbers may be rented for."""

    url: str = ""
    sandbox: str = DEFAULT_URL
    key: str = field(default="", repr=False)
    purposes: tuple[str, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str], url: str = "") -> "Options":
        """The options of an environment; purposes are separated by commas."""
        url = url or environ.get("TEMPSMS_URL", "")
        purposes = (one.strip() for one in environ.get("TEMPSMS_MCP_PURPOSES", "").split(","))
        return cls(
            url,
            environ.get("TEMPSMS_SANDBOX") or url or DEFAULT_URL,
            environ.get("TEMPSMS_KEY", ""),
            tuple(one for one in purposes if one),
        )


class RentedNumber(BaseModel):
    """A number that was rented."""

    rental_id: int
    number: str
    ends_at: str


class FoundCode(BaseModel):
    """A one-time code."""

    code: str
    expires_at: str


class SandboxMessage(BaseModel):
    """A message in the sandbox, without its text."""

    id: int
    sender: str
    to: str
    state: str
    received_at: str
    code: str | None


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """What goes wrong reaches the assistant in one sentence, without texts of messages."""
    try:
        yield
    except NoMessage as error:
        came = f"{len(error.seen)} others came" if error.seen else "nothing came"
        raise ToolError(f"no code in time; {came}") from None
    except TempsmsError as error:
        raise ToolError(str(error)) from None


class Tools:
    """What an assistant can do."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._rentals: dict[int, Rental] = {}
        self._client = AsyncClient(options.url, options.key) if options.url else None
        self._sandbox = AsyncSandbox(options.sandbox, options.key)

    @asynccontextmanager
    async def running(self, _: object = None) -> AsyncIterator[None]:
        """Be there for assistants; afterwards rentals that they left are ended."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._sandbox)
            if self._client:
                await stack.enter_async_context(self._client)
            try:
                yield
            finally:
                for rental_id in list(self._rentals):
                    await self._end_quietly(rental_id)

    async def rent_number(
        self,
        purpose: Annotated[str, Field(description="One of the allowed purposes, exactly")],
        country: Annotated[str, Field(pattern="^([A-Z]{2})?$", description="Like GB; empty: any")] = "",
        minutes: Annotated[int, Field(ge=1, le=LONGEST_RENTAL)] = 10,
    ) -> RentedNumber:
        """Rent a phone number that receives SMS. It is yours alone until it ends; end it when you have the code."""
        if purpose not in self._options.purposes:
            allowed = ", ".join(self._options.purposes)
            raise ToolError(f"this purpose is not allowed; use one of: {allowed}")
        with told_in_a_sentence():
            rental = await self._connected().rent(
                purpose=purpose, seconds=minutes * 60, country=country or None
            )
        self._rentals[rental.id] = rental
        return RentedNumber(rental_id=rental.id, number=rental.number, ends_at=rental.ends_at.isoformat())

    async def wait_for_code(self, rental_id: int, timeout: Timeout = 60) -> FoundCode:
        """Wait for the one-time code that is sent to a number that you rented. Texts of messages are never shown."""
        self._find_rental(rental_id)
        with told_in_a_sentence():
            code = await self._connected().wait_for_code(rental_id, timeout=timeout)
        return FoundCode(code=code.value, expires_at=code.expires_at.isoformat())

    async def end_rental(self, rental_id: int) -> str:
        """Give a rented number back. Its messages cannot be read afterwards."""
        self._find_rental(rental_id)
        with told_in_a_sentence():
            await self._connected().end(rental_id)
        del self._rentals[rental_id]
        return "ended"

    async def list_sandbox_messages(
        self,
        to: Annotated[str, Field(max_length=32, description="Only to this number")] = "",
        limit: Annotated[int, Field(ge=1, le=50)] = 20,
    ) -> list[SandboxMessage]:
        """List what the software under test sent to the sandbox, newest first, with codes and without texts."""
        with told_in_a_sentence():
            return [_describe(one) for one in await self._sandbox.messages(to=to, limit=limit)]

    async def wait_for_sandbox_code(
        self,
        to: Annotated[str, Field(max_length=32, description="The number that it is sent to")],
        after: Annotated[
            int | None, Field(ge=0, description="Only after the message with this id; null: the newest")
        ] = None,
        timeout: Timeout = 30,
    ) -> FoundCode:
        """Wait for the code that the software under test sends to a number in the sandbox."""
        with told_in_a_sentence():
            code = await self._sandbox.wait_for_code(to=to, after=after, timeout=timeout)
        return FoundCode(code=code.value, expires_at=code.expires_at.isoformat())

    def _connected(self) -> AsyncClient:
        assert self._client
        return self._client

    def _find_rental(self, rental_id: int) -> Rental:
        if rental_id not in self._rentals:
            raise ToolError("not a rental that was begun here")
        return self._rentals[rental_id]

    async def _end_quietly(self, rental_id: int) -> None:
        try:
            await self._connected().end(rental_id)
        except TempsmsError:
            return  # it ends by itself


def _describe(message: Captured) -> SandboxMessage:
    # a sender can be any words of whoever sent it
    sender = message.sender if _PLAIN_SENDER.fullmatch(message.sender) else "(a name)"
    return SandboxMessage(
        id=message.id,
        sender=sender,
        to=message.recipient,
        state=message.state,
        received_at=message.received_at.isoformat(),
        code=message.code.value if message.code else None,
    )


def make_server(options: Options) -> MCPServer[None]:
    """The server; numbers can be rented where a server and purposes are given."""
    tools = Tools(options)
    about = "Phone numbers and one-time codes for tests of software that the user works on."
    if options.url and options.purposes:
        about += f" Numbers may be rented for: {', '.join(options.purposes)}."
    server = MCPServer("tempsms", instructions=about, lifespan=tools.running, log_level="WARNING")
    if options.url and options.purposes:
        server.add_tool(tools.rent_number, annotations=_RENTS)
        server.add_tool(tools.wait_for_code, annotations=_READS)
        server.add_tool(tools.end_rental, annotations=_ENDS)
    server.add_tool(tools.list_sandbox_messages, annotations=_READS)
    server.add_tool(tools.wait_for_sandbox_code, annotations=_READS)
    return server


def serve(url: str) -> None:
    """Serve over stdin and stdout, until they are closed."""
    make_server(Options.read(os.environ, url)).run("stdio")
