"""daphne's WebSockets with a close that says that the server ends."""

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol

SERVICE_RESTART = 1012
"""sendClose() does not take it, sendCloseFrame() does: https://www.iana.org/assignments/websocket/."""


class BoundedSocket(WebSocketProtocol):  # type: ignore[misc]
    """One WebSocket."""

    @property
    def has_ended(self) -> bool:
        """Whether the connection is gone, and not only closing."""
        return bool(self.state == self.STATE_CLOSED)

    def leave(self) -> None:
        """The server is to end; one whose opening is not answered yet is left to be asked again."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=SERVICE_RESTART)


class BoundedSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes such WebSockets."""

    protocol = BoundedSocket
