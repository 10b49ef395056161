"""uvicorn's protocols with bounds: on a request's head, its size and time, and on who does not read what is sent.

uvicorn has none for its httptools parser (h11 has a size): 20 MB of headers passed, and half-sent ones stayed open.
At its end it closes idle connections at once, under requests that are on their way; here they may still come.
"""

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from tempsms.lib.asgi import HEADER_BYTES, HEADERS, ONE_HEADER_BYTES, PATH_BYTES, QUERY_BYTES
from tempsms.lib.lean_waiting import Gate, Mailbox

HEAD_BYTES = 2 * HEADER_BYTES
"""Beyond what `tempsms.middleware.requests` takes, so that most are refused there with a better word."""
HEAD_WITHIN = 20.0
"""Seconds from connecting, or from a request's first byte, until its head is complete; browsers' idle spare connections
are closed too, and opened again."""
REST_WITHIN = 10.0
"""Seconds that a body may go on after its answer is out: a client that is refused often reads only when all is sent."""
READ_WITHIN = 30.0
"""Seconds in which a client must have read most of what waits for it (64 kB and what the kernel holds)."""
QUIET_FOR = 1.0
"""Seconds without a request after which a connection is closed when the server is to end."""
MESSAGE_BYTES = 4096
"""The largest message that a WebSocket takes; nobody has anything to say on ours."""


class LeavingState(ServerState):
    """What the connections of a server share; `leaving` once it accepts no others."""

    leaving = False


class Unread:
    """Mixed into a protocol: a connection whose client does not read is aborted, not waited for."""

    transport: asyncio.Transport
    loop: asyncio.AbstractEventLoop
    _unread: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More waits than should."""
        super().pause_writing()  # type: ignore[misc]
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Most of it has been read. The rest of a connection that is closed would be waited for without end."""
        super().resume_writing()  # type: ignore[misc]
        if not self.transport.is_closing():
            self._stop_waiting_for_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting_for_reader()
        super().connection_lost(exc)  # type: ignore[misc]

    def _close_when_read(self) -> None:
        """Close when all is read; a transport waits for that for ever."""
        self.transport.close()
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self._unread is None:
            self._unread = self.loop.call_later(READ_WITHIN, self.transport.abort)

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None


class HeadTooLarge(Exception):
    """Ends the parsing of a request from within the parser's callbacks."""


class BoundedHttp(Unread, HttpToolsProtocol):
    """One connection."""

    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = False
    _too_large = False
    _leaving = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._set_deadline(HEAD_WITHIN)
        # accepted just before the server stopped to, and too late for its list of those that are told
        if isinstance(self.server_state, LeavingState) and self.server_state.leaving:
            self.shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._clear_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; a head that goes on for longer than `HEAD_BYTES` is refused before it is whole."""
        # Only what comes while a head is open counts: the bytes of a body have a bound of their own
        went_on = self._in_head
        super().data_received(data)
        if went_on and self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES:
                self._refuse_request(431, b"headers too large\n")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        self._set_deadline(HEAD_WITHIN)

    def on_headers_complete(self) -> None:
        """The head is whole: hand it on, unless it came too large in one piece."""
        self._in_head = False
        self._clear_deadline()
        # httptools hands over a head that came in one piece without any
        # limit of its own: 20 MB of headers passed
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._too_large = True
            raise HeadTooLarge
        super().on_headers_complete()
        if self._leaving and self.cycle is not None:
            self.cycle.keep_alive = False

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
            self._refuse_request(431, b"headers too large\n")
        else:
            super().send_400_response(msg)
            self._close_when_read()

    def on_response_complete(self) -> None:
        """An answer is out, or waits to be read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._close_when_read()

    def handle_websocket_upgrade(self) -> None:
        """The connection is no longer ours. `websockets` does not answer a head that it finds too large, so we do."""
        self._clear_deadline()
        sizes = [len(name) + len(value) for name, value in self.headers]
        too_many = (
            len(sizes) > HEADERS or sum(sizes) > HEADER_BYTES or max(sizes, default=0) > ONE_HEADER_BYTES
        )
        if too_many or len(self.url) > PATH_BYTES + QUERY_BYTES:
            self._refuse_request(431, b"headers too large\n")
        else:
            super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The server is shutting down: requests that still come in are answered, each as the connection's last."""
        self._leaving = True
        if self.cycle is None or self.cycle.response_complete:
            self.loop.call_later(QUIET_FOR, self._close_if_quiet)
        else:
            self.cycle.keep_alive = False

    def timeout_keep_alive_handler(self) -> None:
        """A connection that was idle for long is closed, and what its client has not read is dropped."""
        # Closed normally, the transport would wait for ever for its client to read the rest
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _close_if_quiet(self) -> None:
        if (self.cycle is None or self.cycle.response_complete) and not self._in_head:
            self._close_when_read()

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
            self._refuse_request(408, b"headers too slow\n")
        else:
            self._close_when_read()

    def _refuse_request(self, status: int, body: bytes) -> None:
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
        self._close_when_read()


class QuietWebSocket(Unread, WebSocketsSansIOProtocol):
    """One socket. A refusal with a status of its own is a complete answer, which uvicorn logs as an error of ours."""

    def __init__(self, config: Config, server_state: ServerState, *args: Any, **options: Any) -> None:
        super().__init__(config, server_state, *args, **options)
        self._state = server_state
        self.queue = Mailbox()  # type: ignore[assignment]
        self.writable = Gate()  # type: ignore[assignment]

    def shutdown(self) -> None:
        """The server is shutting down: say so (1012), as soon as the socket is open."""
        if not self.handshake_initiated or self.handshake_complete:
            super().shutdown()

    async def send(self, message: Any) -> None:
        """Send an event."""
        await super().send(message)
        leaving = isinstance(self._state, LeavingState) and self._state.leaving
        if message["type"] == "websocket.accept":
            # the opening is over, but an open page would hold its headers for hours
            self.request = self.response = None  # type: ignore[assignment]
        if leaving and message["type"] == "websocket.accept" and not self.close_sent:
            self.shutdown()
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        """Run the application; when it ends, so does the connection."""
        await super().run_asgi()
        self._wait_for_reader()

    def keepalive_timeout(self) -> None:
        """No answer came to a ping."""
        super().keepalive_timeout()
        self._wait_for_reader()
