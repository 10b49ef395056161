"""The far side of a carrier's API: exchanges that must happen in this order, replayed at the transport."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

from numbers import carriers
from numbers.carriers.contract import Api, Secrets

Answer = httpx.Response | dict[str, Any] | list[Any] | str | int | type[Exception]


@dataclass
class Talk:
    """Calls expected, as "GET https://host/path?query", each with its answer; what was really sent is kept."""

    secrets: Secrets
    expected: list[tuple[str, Answer]]
    requests: list[httpx.Request] = field(default_factory=list)

    def api(self, carrier: str) -> Api:
        """The carrier's API, as far as the expected calls go."""
        http = httpx.Client(transport=httpx.MockTransport(self._answer))
        return carriers.connect(carrier, self.secrets, http)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = f"{request.method} {request.url}"
        assert len(self.requests) < len(self.expected), f"unexpected: {asked}"
        wanted, answer = self.expected[len(self.requests)]
        self.requests.append(request)
        assert asked == wanted
        if isinstance(answer, type):
            raise answer("broken")
        if isinstance(answer, int):
            return httpx.Response(answer)
        if isinstance(answer, str):
            return httpx.Response(200, text=answer)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    @property
    def over(self) -> bool:
        """Whether all expected calls were made."""
        return len(self.requests) == len(self.expected)

    def sent(self, n: int = -1) -> Any:
        """The JSON body of a request, or its form."""
        raw = self.requests[n].content
        try:
            return json.loads(raw)
        except ValueError:
            return {
                name: values[0] for name, values in parse_qs(raw.decode(), keep_blank_values=True).items()
            }

    def header(self, name: str, n: int = -1) -> str:
        """A header of a request."""
        return str(self.requests[n].headers.get(name, ""))


def talk(secrets: Secrets, *expected: tuple[str, Answer]) -> Talk:
    """A conversation with a carrier's API."""
    return Talk(secrets, list(expected))


def refused(status: int, answer: Any) -> httpx.Response:
    """An error with a JSON body."""
    return httpx.Response(status, json=answer)
