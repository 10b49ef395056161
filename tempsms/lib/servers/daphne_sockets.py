"""daphne's WebSockets with a bound on what they take, and with a close that says that the server ends.

autobahn's own bound holds for what we send as well, and drops the connection without a word.
"""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

from tempsms.lib.servers.uvicorn_protocols import MESSAGE_BYTES

# https://www.iana.org/assignments/websocket/: sendClose() takes neither, sendCloseFrame() does
TOO_BIG, SERVICE_RESTART = 1009, 1012


class BoundedSocket(WebSocketProtocol):  # type: ignore[misc]
    """One WebSocket."""

    failedByMe: bool

    @property
    def has_ended(self) -> bool:
        """Whether the connection is gone, and not only closing."""
        return bool(self.state == self.STATE_CLOSED)

    def onMessageFrameBegin(self, length: int) -> None:
        """Called with a frame's length before any of it; a message may have several frames."""
        super().onMessageFrameBegin(length)
        if not self.failedByMe and self.message_data_total_length > MESSAGE_BYTES:
            self.failedByMe = True  # from here on nothing is kept
            self.sendCloseFrame(code=TOO_BIG)

    def leave(self) -> None:
        """The server is to end; one whose opening is not answered yet is left to be asked again."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=SERVICE_RESTART)


class BoundedSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes such WebSockets."""

    protocol = BoundedSocket
