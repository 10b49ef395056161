"""daphne on an open listening socket, with our protocols, and with an end that answers what it has been asked.

daphne itself cancels every request at SIGTERM, and fails to cancel any when a head is half sent.
"""

import asyncio
from contextlib import suppress
from typing import Any

from daphne import server
from twisted.internet.defer import Deferred
from twisted.internet.tcp import Port

from tempsms.lib.asgi import App, Message, Scope
from tempsms.lib.servers.daphne_http import BoundedFactory, BoundedRequest
from tempsms.lib.servers.daphne_sockets import BoundedSocket, BoundedSocketFactory

ANSWER_WITHIN = 90.0
"""Seconds until an answer must have begun; waits hold for up to 55 s."""
LEAVE_WITHIN = 10.0
"""Seconds from SIGTERM until what is unanswered is cut."""
LOOKS_EVERY = 0.05
"""Seconds between two looks whether everything is answered."""


class BoundedServer(server.Server):  # type: ignore[misc]
    """One web process."""

    def __init__(self, application: App, listener: int) -> None:
        """Serve an application on a listening socket."""
        super().__init__(
            application=application,
            endpoints=[f"fd:fileno={listener}"],
            http_timeout=ANSWER_WITHIN,
            ping_interval=20,
            ping_timeout=20,
            websocket_timeout=-1,
            signal_handlers=True,
            server_name="",
            ready_callable=self.startup,
        )
        self._ports: list[Port] = []

    def run(self) -> None:
        """Serve until SIGTERM."""
        # it takes no other way
        server.HTTPFactory = BoundedFactory
        server.WebSocketFactory = BoundedSocketFactory
        super().run()

    def startup(self) -> None:
        """Called before the event loop begins."""

    def create_application(self, protocol: Any, scope: Scope) -> Any:
        """Called with each request and socket; what the client sends, for its application."""
        queue = super().create_application(protocol, scope)
        running = self.connections.get(protocol, {}).get("application_instance")
        if running is not None and isinstance(protocol, BoundedRequest):
            running.add_done_callback(lambda _: protocol.end_torn_answer())
        return queue

    async def handle_reply(self, protocol: Any, message: Message) -> None:
        """Called by applications to send; waits, as on uvicorn, while the client has not read enough."""
        if isinstance(protocol, BoundedRequest):
            await protocol.wait_until_read()
        await super().handle_reply(protocol, message)

    def listen_success(self, port: Port) -> None:
        """Called with what listens."""
        self._ports.append(port)
        super().listen_success(port)

    def kill_all_applications(self) -> Deferred[None]:
        """Called at SIGTERM; Twisted ends when the result is there."""
        return Deferred.fromFuture(asyncio.ensure_future(self.shutdown()))

    async def shutdown(self) -> None:
        """Accept nothing more, answer what was asked and close WebSockets; cut what is left after `LEAVE_WITHIN`."""
        for port in self._ports:
            port.stopListening()
        self.http_factory.leaving = True
        for channel in list(self.http_factory.channels):
            channel.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._wait_until_quiet()
        await self._cancel_running()

    async def _wait_until_quiet(self) -> None:
        sockets = self._list_sockets()
        while sockets or self.http_factory.channels or self._list_running():
            for socket in sockets:
                socket.leave()
            await asyncio.sleep(LOOKS_EVERY)
            sockets = self._list_sockets()

    def _list_sockets(self) -> list[BoundedSocket]:
        return [one for one in self.connections if isinstance(one, BoundedSocket) and not one.has_ended]

    def _list_running(self) -> list[asyncio.Future[None]]:
        running = [details.get("application_instance") for details in self.connections.values()]
        return [one for one in running if one is not None and not one.done()]

    async def _cancel_running(self) -> None:
        if running := self._list_running():
            for one in running:
                one.cancel()
            await asyncio.wait(running, timeout=1.0)
