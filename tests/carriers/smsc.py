"""A message centre that speaks SMPP 3.4, as far as gateways need it: for tests that run a real one."""

import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Queue
from types import TracebackType

HEADER_IN_TEXT = 0x40  # esm_class: the text begins with a user data header
RECEIPT = 0x04
SECONDS = 20.0

_SUBMIT, _DELIVER, _ENQUIRE, _UNBIND = 0x04, 0x05, 0x15, 0x06
_BINDS = (0x01, 0x02, 0x09)
_RESPONSE = 0x8000_0000
_SHORT, _INTERNATIONAL, _LETTERS = 0, 1, 5  # types of address


@dataclass(frozen=True)
class Short:
    """A short message, one way or the other."""

    sender: str
    recipient: str
    content: bytes
    coding: int = 0
    esm_class: int = 0
    registered: int = 0

    @property
    def header(self) -> bytes:
        """Its user data header."""
        return self.content[: self.content[0] + 1] if self.esm_class & HEADER_IN_TEXT else b""


class Smsc:
    """Listens while the `with` block lasts. `submitted` are the messages that a gateway sent."""

    def __init__(self) -> None:
        self.submitted: Queue[Short] = Queue()
        self.bound = threading.Event()
        self.fate = "DELIVRD"  # what receipts say
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._client: socket.socket | None = None
        self._answers: dict[int, Callable[[int], None]] = {}
        self._count = 0
        self._lock = threading.Lock()

    def __enter__(self) -> "Smsc":
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._server.close()
        if self._client:
            self._client.close()

    def deliver(self, message: Short) -> int:
        """Hand a message to the gateway; its answer's status, 0 for taken."""
        answered: Queue[int] = Queue()
        self._send(_DELIVER, 0, self._number(answered.put), _body(message))
        return answered.get(timeout=SECONDS)

    def _number(self, answered: Callable[[int], None]) -> int:
        with self._lock:
            self._count += 1
            self._answers[self._count] = answered
            return self._count

    def _send(self, command: int, status: int, number: int, body: bytes = b"") -> None:
        assert self._client, "no gateway is bound"
        with self._lock:
            self._client.sendall(struct.pack("!IIII", 16 + len(body), command, status, number) + body)

    def _listen(self) -> None:
        while True:
            try:
                self._client, _ = self._server.accept()
                self._serve(self._client)
            except OSError:
                if self._server.fileno() < 0:
                    return

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as stream:
            while head := stream.read(16):
                length, command, status, number = struct.unpack("!IIII", head)
                body = stream.read(length - 16)
                if command & _RESPONSE:
                    if answered := self._answers.pop(number, None):
                        answered(status)
                else:
                    self._answer(command, number, body)

    def _answer(self, command: int, number: int, body: bytes) -> None:
        """Take what is asked. A message that wants a receipt gets one soon."""
        name = f"m{number}".encode() + b"\0" if command == _SUBMIT else b"smsc\0"
        self._send(command | _RESPONSE, 0, number, name if command in (_SUBMIT, *_BINDS) else b"")
        if command in _BINDS:
            self.bound.set()
        if command == _SUBMIT:
            message = _message(body)
            self.submitted.put(message)
            if message.registered & 1:
                text = f"id:m{number} sub:001 dlvrd:001 submit date:2611281000 done date:2611281000 stat:{self.fate}"
                receipt = Short(
                    message.recipient,
                    message.sender,
                    f"{text} err:{0 if self.fate == 'DELIVRD' else 34:03} text:".encode(),
                )
                told = _DELIVER, 0, self._number(lambda status: None), _body(receipt, esm_class=RECEIPT)
                # Jasmin knows a message only once it has noted our answer to it
                threading.Timer(0.3, self._send, told).start()


def _body(message: Short, esm_class: int | None = None) -> bytes:
    """The fields of deliver_sm: addresses with their types, then ten plain bytes, then the text."""
    esm_class = message.esm_class if esm_class is None else esm_class
    addresses = _address(message.sender) + _address(message.recipient)
    plain = bytes([esm_class, 0, 0, 0, 0, message.registered, 0, message.coding, 0, len(message.content)])
    return b"\0" + addresses + plain + message.content


def _address(number: str) -> bytes:
    digits = number.removeprefix("+")
    kind = _LETTERS if not digits.isdigit() else _INTERNATIONAL if number != digits else _SHORT
    return bytes([kind, kind == _INTERNATIONAL]) + digits.encode() + b"\0"


def _message(body: bytes) -> Short:
    """The fields of submit_sm."""
    _, rest = body.split(b"\0", 1)
    sender, rest = rest[2:].split(b"\0", 1)
    recipient, rest = rest[2:].split(b"\0", 1)
    esm_class, rest = rest[0], rest[3:]
    _, _, rest = rest.split(b"\0", 2)  # two times
    registered, _, coding, _, length = rest[:5]
    content = rest[5 : 5 + length]
    return Short(sender.decode(), recipient.decode(), content, coding, esm_class, registered)
