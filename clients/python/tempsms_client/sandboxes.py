"""The client of a sandbox: what programs sent, waits for it, and messages to programs. For asyncio too."""

from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Any

import httpx

from tempsms_client import sandbox_calls
from tempsms_client.connections import AsyncConnection, Connection
from tempsms_client.errors import NoCode, NoMessage
from tempsms_client.searches import Search
from tempsms_client.shapes import Captured, Code, parse_captured

DEFAULT_URL = "http://127.0.0.1:8025"
"""Where `tempsms sandbox` is."""
FIRST_PROJECT = "default"
_STREAM = f"{sandbox_calls.MESSAGES}/stream"


def _filter(project: str, to: str, sender: str, **others: Any) -> dict[str, Any]:
    """The query of a request."""
    return {"project": project, "to": to, "from": sender, **others}


class Sandbox(Connection):
    """A client of `tempsms sandbox` on this machine, which needs no key, or of a project of another server."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str = "",
        *,
        project: str = "",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Without a project, it is the key's, or the first."""
        super().__init__(url, key, transport=transport)
        self._project = project

    def address_for(self, carrier: str) -> str:
        """Where a carrier's SDK is pointed at, instead of at its own host."""
        return f"{self.url}/capture/{carrier}"

    def project(self) -> Mapping[str, Any]:
        """Return the project with its credentials by carrier, as the API has it."""
        return self._send(sandbox_calls.read_project(self._project or FIRST_PROJECT))

    def messages(self, *, to: str = "", sender: str = "", **filters: Any) -> list[Captured]:
        """Return what was captured, newest first; more filters are the API's: `carrier`, `require`, `limit`."""
        return self._send(sandbox_calls.list_messages(_filter(self._project, to, sender, **filters)))

    def message(self, message_id: int) -> Captured:
        """Return one message; `raw` has its request and callbacks."""
        return self._send(sandbox_calls.read_message(message_id))

    def clear(self, *, to: str = "", sender: str = "", **filters: Any) -> int:
        """Delete all messages, or those that match; return how many."""
        return self._send(sandbox_calls.delete_messages(_filter(self._project, to, sender, **filters)))

    def newest_id(self) -> int:
        """Return the id of the newest message, after which to wait for what is yet to come; 0 without any."""
        return next((message.id for message in self.messages(limit=1)), 0)

    def wait(
        self,
        *,
        to: str = "",
        sender: str = "",
        match: str = "",
        after: int | None = None,
        timeout: float = 30,
        **filters: Any,
    ) -> Captured:
        """Wait for a message, or return the newest that matches; with `after` one that came after that id.

        Raises `NoMessage` when none came in time.
        """
        wanted = _filter(self._project, to, sender, match=match, after=after, **filters)
        search = Search[Captured](timeout, NoCode if filters.get("require") == "code" else NoMessage)
        while (seconds := search.next_wait()) is not None:
            waited = self._send(sandbox_calls.wait(wanted, seconds), search.until)
            if message := search.take(waited):
                return message
        raise search.give_up()

    def wait_for_code(self, *, to: str = "", **wanted: Any) -> Code:
        """Wait for a message with a code, as `wait` does, and return the code. Raises `NoCode`."""
        code = self.wait(to=to, require="code", **wanted).code
        assert code
        return code

    def send_inbound(self, body: str, *, sender: str, to: str, url: str, carrier: str = "twilio") -> Captured:
        """Send a message of a phone to your program at `url`, signed as its carrier does."""
        wanted = {"from": sender, "to": to, "body": body, "url": url, "carrier": carrier}
        return self._send(sandbox_calls.send_inbound({**wanted, "project": self._project}))

    def follow(self) -> Generator[Captured, None, None]:
        """Yield messages as they come, and again whenever their state changes."""
        for event in self._follow(_STREAM, {"project": self._project} if self._project else {}):
            if event.kind == "message":
                yield parse_captured(event.data)


class AsyncSandbox(AsyncConnection):
    """The same for asyncio."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str = "",
        *,
        project: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Without a project, it is the key's, or the first."""
        super().__init__(url, key, transport=transport)
        self._project = project

    def address_for(self, carrier: str) -> str:
        """Where a carrier's SDK is pointed at, instead of at its own host."""
        return f"{self.url}/capture/{carrier}"

    async def project(self) -> Mapping[str, Any]:
        """Return the project with its credentials by carrier, as the API has it."""
        return await self._send(sandbox_calls.read_project(self._project or FIRST_PROJECT))

    async def messages(self, *, to: str = "", sender: str = "", **filters: Any) -> list[Captured]:
        """Return what was captured, newest first; more filters are the API's: `carrier`, `require`, `limit`."""
        return await self._send(sandbox_calls.list_messages(_filter(self._project, to, sender, **filters)))

    async def message(self, message_id: int) -> Captured:
        """Return one message; `raw` has its request and callbacks."""
        return await self._send(sandbox_calls.read_message(message_id))

    async def clear(self, *, to: str = "", sender: str = "", **filters: Any) -> int:
        """Delete all messages, or those that match; return how many."""
        return await self._send(sandbox_calls.delete_messages(_filter(self._project, to, sender, **filters)))

    async def newest_id(self) -> int:
        """Return the id of the newest message, after which to wait for what is yet to come; 0 without any."""
        return next((message.id for message in await self.messages(limit=1)), 0)

    async def wait(
        self,
        *,
        to: str = "",
        sender: str = "",
        match: str = "",
        after: int | None = None,
        timeout: float = 30,
        **filters: Any,
    ) -> Captured:
        """Wait for a message, or return the newest that matches; with `after` one that came after that id.

        Raises `NoMessage` when none came in time.
        """
        wanted = _filter(self._project, to, sender, match=match, after=after, **filters)
        search = Search[Captured](timeout, NoCode if filters.get("require") == "code" else NoMessage)
        while (seconds := search.next_wait()) is not None:
            waited = await self._send(sandbox_calls.wait(wanted, seconds), search.until)
            if message := search.take(waited):
                return message
        raise search.give_up()

    async def wait_for_code(self, *, to: str = "", **wanted: Any) -> Code:
        """Wait for a message with a code, as `wait` does, and return the code. Raises `NoCode`."""
        code = (await self.wait(to=to, require="code", **wanted)).code
        assert code
        return code

    async def send_inbound(
        self, body: str, *, sender: str, to: str, url: str, carrier: str = "twilio"
    ) -> Captured:
        """Send a message of a phone to your program at `url`, signed as its carrier does."""
        wanted = {"from": sender, "to": to, "body": body, "url": url, "carrier": carrier}
        return await self._send(sandbox_calls.send_inbound({**wanted, "project": self._project}))

    async def follow(self) -> AsyncGenerator[Captured, None]:
        """Yield messages as they come, and again whenever their state changes."""
        async for event in self._follow(_STREAM, {"project": self._project} if self._project else {}):
            if event.kind == "message":
                yield parse_captured(event.data)
