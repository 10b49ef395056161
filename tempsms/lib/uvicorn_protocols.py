"""uvicorn's protocols with bounds on a request's head: its size, and the time it may take.

uvicorn has neither for its httptools parser (h11 has a size): 20 MB of headers passed, and half-sent ones stayed open.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from tempsms.lib.asgi import HEADER_BYTES, HEADERS, ONE_HEADER_BYTES, PATH_BYTES, QUERY_BYTES

HEAD_BYTES = 2 * HEADER_BYTES
"""Beyond what `tempsms.middleware.requests` takes, so that most are refused there with a better word."""
HEAD_WITHIN = 20.0
"""Seconds from connecting, or from a request's first byte, until its head is complete; browsers' idle spare connections
are closed too, and opened again."""
REST_WITHIN = 10.0
"""Seconds that a body may go on after its answer is out: a client that is refused often reads only when all is sent."""


class HeadTooLarge(Exception):
    """Ends the parsing of a request from within the parser's callbacks."""


class BoundedHttp(HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = False
    _too_large = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._set_deadline(HEAD_WITHIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head that goes on for longer than `HEAD_BYTES` is refused before it is whole."""
        went_on = self._in_head
        super().data_received(data)
        if went_on and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse(431, b"headers too large\n")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._set_deadline(HEAD_WITHIN)

    def on_headers_complete(self) -> None:
        """The head is whole: hand it on, unless it came too large in one piece."""
        self._in_head = False
        self._clear_deadline()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._too_large = True
            raise HeadTooLarge
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of a body; what still comes after the answer is dropped, and may not take long."""
        if self._deadline is None and self.cycle is not None and self.cycle.response_complete:
            self._set_deadline(REST_WITHIN)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is whole."""
        self._clear_deadline()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser does not take."""
        if self._too_large:
            self._refuse(431, b"headers too large\n")
        else:
            super().send_400_response(msg)

    def handle_websocket_upgrade(self) -> None:
        """The connection is no longer ours. `websockets` does not answer a head that it finds too large, so we do."""
        self._clear_deadline()
        sizes = [len(name) + len(value) for name, value in self.headers]
        too_many = (
            len(sizes) > HEADERS or sum(sizes) > HEADER_BYTES or max(sizes, default=0) > ONE_HEADER_BYTES
        )
        if too_many or len(self.url) > PATH_BYTES + QUERY_BYTES:
            self._refuse(431, b"headers too large\n")
        else:
            super().handle_websocket_upgrade()

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self._end_late_connection)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end_late_connection(self) -> None:
        """Say so where a head is half sent, and nothing to a connection that was never used or goes on sending."""
        if self._in_head:
            self._refuse(408, b"headers too slow\n")
        else:
            self.transport.close()

    def _refuse(self, status: int, body: bytes) -> None:
        """Answer without asking the application, and close; in the middle of another answer only close."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.abort()
        if self.transport.is_closing():
            return
        length = str(len(body)).encode()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: text/plain\r\nconnection: close\r\ncontent-length: "
            + length
            + b"\r\n\r\n"
            + body
        )
        self.transport.close()


class QuietWebSocket(WebSocketsSansIOProtocol):
    """One socket. A refusal with a status of its own is a complete answer, which uvicorn logs as an error of ours."""

    async def send(self, message: Any) -> None:
        """Send an event."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True
