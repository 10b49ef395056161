"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), and how a stream is resumed."""

from dataclasses import dataclass, field

import httpx

from tempsms_client.calls import make_error, name_failure

SILENCE = httpx.Timeout(10.0, read=60.0)
"""The server sends something every 15 seconds."""
TRIES = 5
_GONE = 404


@dataclass(frozen=True)
class Event:
    """An event of a stream."""

    kind: str
    id: str
    data: str


class EventReader:
    """Puts events together from lines."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._kind, self._id, self._data = "message", "", list[str]()

    def take(self, line: str) -> Event | None:
        """The event that a line completes; a blank one does, if there was data."""
        if not line:
            event = Event(self._kind, self._id, "\n".join(self._data)) if self._data else None
            self._clear()
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._kind = value
        elif name == "id":
            self._id = value
        elif name == "data":
            self._data.append(value)
        return None


@dataclass
class Feed:
    """Where a reader of a stream is: what to go on from, and when to give up."""

    over: bool = False
    pause: float = 0.0
    _last: str = ""
    _begun: bool = False
    _failures: int = field(default=0)

    @property
    def headers(self) -> dict[str, str]:
        """Those of the request that goes on."""
        return {"Last-Event-ID": self._last} if self._last else {}

    def begin(self, answer: httpx.Response) -> bool:
        """Whether an answer has events; raises `ApiError`. A stream that is gone when it is asked for again is over."""
        if answer.is_success:
            self._begun, self.pause = True, 0.5
            return True
        if self._begun and answer.status_code == _GONE:
            self.over, self.pause = True, 0.0
            return False
        if answer.status_code not in (429, 502, 503, 504):
            raise make_error(answer)
        self._count_failure(make_error(answer))
        return False

    def take(self, event: Event | None) -> Event | None:
        """An event, noted."""
        if event is not None:
            self._failures, self._last = 0, event.id or self._last
        return event

    def note(self, error: httpx.TransportError) -> None:
        """Note that a connection failed; raises `NoAnswer` when it has too often."""
        self._count_failure(name_failure(error))

    def _count_failure(self, error: Exception) -> None:
        self._failures += 1
        if self._failures >= TRIES:
            raise error
        self.pause = 0.5 * 2**self._failures
