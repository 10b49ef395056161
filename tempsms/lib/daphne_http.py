"""daphne's HTTP request with a bound on its body: Twisted collects bodies of any size, in a file from 100 kB on."""

from io import BytesIO
from typing import Any

from daphne.http_protocol import HTTPFactory, WebRequest

BODY_BYTES = 5 * 1024 * 1024
"""More than anything behind takes; the largest is a webhook with an MMS inside, 4 MB."""


class BoundedBody(BytesIO):
    """Keeps the beginning of what is written, and knows whether there was more."""

    too_large = False

    def write(self, data: Any) -> int:
        """Take some more, or drop it."""
        if self.tell() + len(data) > BODY_BYTES:
            self.too_large = True
            return len(data)
        return super().write(data)


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
        protocols = self.requestHeaders.getRawHeaders(b"sec-websocket-protocol", [])
        if not all(value.isascii() for value in protocols):  # daphne fails on it
            self.basic_error(400, b"Bad Request", "Invalid header value")
            return None
        return super().process()


class BoundedFactory(HTTPFactory):  # type: ignore[misc]
    """Makes such requests."""

    def buildProtocol(self, addr: Any) -> Any:
        """A connection's protocol."""
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = BoundedRequest
        return protocol
