"""A crowd for a server: carriers, readers and open pages, which count what went wrong for them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from tests.carrier_side import form, sid, signed

CARRIERS, READERS, SOCKETS = 6, 3, 6


@dataclass
class Crowd:
    """What a crowd met with: answers by status, failures by name, sockets by close code, and what was acknowledged."""

    answers: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    closes: Counter[int] = field(default_factory=Counter)
    opened: int = 0
    stored: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def post(self, url: str, number: str) -> None:
        """Post webhooks, one connection for as long as the server keeps it."""
        with httpx.Client(timeout=30) as client:
            while not self.over.is_set():
                message = sid()
                request = signed(url, form(MessageSid=message, To=number))
                with self._count_failure():
                    answer = client.post(request.url, content=request.body, headers=request.headers)
                    self.answers[answer.status_code] += 1
                    if answer.status_code == 200:
                        self.stored.append(message)

    def read(self, page: str) -> None:
        """Load a page again and again, with a connection each time as a new visitor has."""
        while not self.over.is_set():
            with self._count_failure():
                self.answers[httpx.get(page, timeout=30).status_code] += 1

    def watch(self, address: str) -> None:
        """Keep a page's socket open, and open another one when it is closed."""
        while not self.over.is_set():
            try:
                with connect(address, open_timeout=30, close_timeout=1) as viewer:
                    self.opened += 1
                    while not self.over.is_set():
                        with suppress(TimeoutError):
                            viewer.recv(timeout=0.2)
            except ConnectionClosed as closed:
                self.closes[closed.rcvd.code if closed.rcvd else 0] += 1
            except (OSError, InvalidHandshake, EOFError) as error:
                self.failures[f"socket: {type(error).__name__}"] += 1

    @contextmanager
    def _count_failure(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            self.failures[f"{type(error).__name__}: {error}"] += 1


@contextmanager
def crowding(url: str, webhook: str, number: str) -> Iterator[Crowd]:
    """A crowd at work while the block lasts, on the server at this address."""
    crowd = Crowd()
    page = f"{url}/numbers/{number[1:]}/"
    live = f"{url.replace('http', 'ws', 1)}/ws/numbers/{number[1:]}/"
    work: list[tuple[Callable[..., None], tuple[str, ...]]] = [(crowd.post, (webhook, number))] * CARRIERS
    work += [*[(crowd.read, (page,))] * READERS, *[(crowd.watch, (live,))] * SOCKETS]
    threads = [threading.Thread(target=does, args=given) for does, given in work]
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.over.set()
        for thread in threads:
            thread.join()
