"""daphne with the bounds that uvicorn has here: on heads, on bodies and on clients who do not read.

Twisted has an idle time-out only, which each byte starts again, and none at all while an answer is unread.
"""

import asyncio
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest
from twisted.internet.base import DelayedCall
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel

from tempsms.lib import asgi
from tempsms.lib.servers.daphne_bodies import BODY_BYTES, BoundedBody
from tempsms.lib.servers.uvicorn_protocols import HEAD_BYTES, HEAD_WITHIN, QUIET_FOR, READ_WITHIN

IDLE_FOR = 75.0
"""Seconds that a connection is kept between two requests."""


class BoundedRequest(WebRequest):  # type: ignore[misc]
    """A request whose body is kept in memory as far as anyone will want it."""

    def gotLength(self, length: int | None) -> None:
        """Called with the head's Content-Length before any of the body."""
        self.content = BoundedBody()
        self.content.too_large = length is not None and length > BODY_BYTES

    def process(self) -> Any:
        """Called once the body is complete."""
        if self.content.too_large:
            self.basic_error(413, b"Content Too Large", "body too large")
            return None
        if self.content.crowded:
            self.responseHeaders.setRawHeaders(b"Retry-After", [b"10"])
            self.basic_error(503, b"Service Unavailable", "too many large bodies")
            return None
        protocols = self.requestHeaders.getRawHeaders(b"sec-websocket-protocol", [])
        if not all(value.isascii() for value in protocols):  # daphne fails on it
            self.basic_error(400, b"Bad Request", "Invalid header value")
            return None
        processed = super().process()
        if self.transport is None:
            # a WebSocket now
            self.content.close()
            self.channel.factory.channels.discard(self.channel)
        return processed

    def check_timeouts(self) -> None:
        """Refuse when no answer comes; one that has begun may go on, as event streams do."""
        if not self._response_started:
            super().check_timeouts()

    async def wait_until_read(self) -> None:
        """Return when the client has read enough to be sent more, or is gone."""
        if self.channel is not None:
            await self.channel.writable.wait()

    def end_torn_answer(self) -> None:
        """Called when the application has ended: what it left half sent never gets its rest."""
        if self._response_started and not self.finished and self.channel is not None:
            self.channel.loseConnection()


class BoundedChannel(HTTPChannel):
    """One connection. A WebSocket on it has another protocol, but its transport still pauses and resumes this one."""

    totalHeadersSize = HEAD_BYTES
    MAX_LENGTH = HEAD_BYTES
    _deadline: DelayedCall | None = None
    _unread: DelayedCall | None = None
    _in_body = False
    _leaving = False

    def connectionMade(self) -> None:
        """Begin to wait for the first head."""
        super().connectionMade()
        self.writable = asyncio.Event()
        self.writable.set()
        self.factory.channels.add(self)
        self._set_deadline(HEAD_WITHIN)
        if self.factory.leaving:
            self.leave()

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """Wait for nothing any more."""
        self.factory.channels.discard(self)
        self._clear_deadline()
        self._stop_waiting_for_reader()
        self.writable.set()
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Parse; with a head's first byte its time begins, whether it came alone or behind another request."""
        if not self._has_begun():
            self._clear_deadline()
        super().dataReceived(data)
        closing = self.transport is None or self.transport.disconnecting
        if self._deadline is None and self._has_begun() and not self._handlingRequest and not closing:
            self._set_deadline(HEAD_WITHIN)

    def allHeadersReceived(self) -> None:
        """The head is whole, and the body's time begins: the application is only asked when that is whole too."""
        self._in_body = True
        self._set_deadline(asgi.BODY_WITHIN)
        super().allHeadersReceived()

    def checkPersistence(self, request: Any, version: bytes) -> bool:
        """Whether the connection is kept after the request with this head."""
        if self._leaving:
            _make_last(request)
            return False
        return bool(super().checkPersistence(request, version))

    def allContentReceived(self) -> None:
        """The body is whole."""
        self._in_body = False
        self._clear_deadline()
        super().allContentReceived()

    def pauseProducing(self) -> None:
        """More waits to be read than should."""
        super().pauseProducing()
        self.writable.clear()
        self._wait_for_reader()

    def resumeProducing(self) -> None:
        """All of it is on its way. A WebSocket that was closed meanwhile would never end, so it stays waited for."""
        super().resumeProducing()
        self.writable.set()
        if self.transport is not None and not self.transport.disconnecting:
            self._stop_waiting_for_reader()

    def loseConnection(self) -> None:
        """Close when all is read; Twisted waits for that for ever."""
        self._clear_deadline()
        self._wait_for_reader()
        super().loseConnection()

    def leave(self) -> None:
        """The server is shutting down: requests that still come in are answered, each as the connection's last."""
        self._leaving = True
        if self.requests:
            _make_last(self.requests[0])
            self.persistent = False
        self.callLater(QUIET_FOR, self._close_if_quiet)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Refuse a line of a head that goes on for longer than any whole head may."""
        self._refuse_request(b"431 Request Header Fields Too Large", b"headers too large\n")

    def _respondToBadRequestAndDisconnect(self) -> None:
        if self._receivedHeaderSize > self.totalHeadersSize:
            self._refuse_request(b"431 Request Header Fields Too Large", b"headers too large\n")
        else:
            self._refuse_request(b"400 Bad Request", b"bad request\n")

    def _has_begun(self) -> bool:
        """Whether any of a request has come that is not answered yet."""
        return bool(self.requests or self._buffer)

    def _close_if_quiet(self) -> None:
        if self in self.factory.channels and not self._has_begun():
            self.loseConnection()

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.callLater(seconds, self._end_late_connection)

    def _clear_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None

    def _end_late_connection(self) -> None:
        """Say so where a request is half sent, and nothing to a connection that was never used."""
        if not self._has_begun():
            self.loseConnection()
        elif self._in_body:
            self._refuse_request(b"408 Request Timeout", b"body too slow\n")
        else:
            self._refuse_request(b"408 Request Timeout", b"headers too slow\n")

    def _refuse_request(self, status: bytes, body: bytes) -> None:
        """Answer without asking the application, and close."""
        head = b"content-type: text/plain\r\nconnection: close\r\ncontent-length: %d\r\n\r\n" % len(body)
        self.write(b"HTTP/1.1 " + status + b"\r\n" + head + body)
        self.loseConnection()

    def _wait_for_reader(self) -> None:
        if self._unread is None:
            self._unread = self.callLater(READ_WITHIN, self._abort_connection)

    def _stop_waiting_for_reader(self) -> None:
        if self._unread is not None and self._unread.active():
            self._unread.cancel()
        self._unread = None

    def _abort_connection(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes such connections and requests."""

    protocol = BoundedChannel

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.timeOut = IDLE_FOR
        self.channels: set[BoundedChannel] = set()
        """Open connections, without those that became WebSockets."""
        self.leaving = False
        """Whether connections that are accepted now are already too late for the list of those that are told."""

    def buildProtocol(self, addr: Any) -> Any:
        """A connection's protocol."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol


def _make_last(request: Any) -> None:
    """Have the answer say that the connection ends with it."""
    request.responseHeaders.setRawHeaders(b"Connection", [b"close"])
