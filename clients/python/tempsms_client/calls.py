"""The requests of the API, whoever sends them: https://<server>/api/v1/docs has each of them whole."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil, inf
from typing import Any, Generic, TypeVar
from uuid import uuid4

import httpx

from tempsms_client import shapes
from tempsms_client.errors import ApiError, NoAnswer
from tempsms_client.shapes import Claim, Message, Number, Rental, WaitResult

Result = TypeVar("Result")
LONGEST_WAIT = 50.0  # seconds of one request: proxies give up after 60
TRIES = 4
LONGEST_PAUSE = 30.0  # seconds
_AGAIN = {429, 502, 503, 504}
Outcome = httpx.Response | httpx.TransportError


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A request and what its answer means."""

    method: str
    path: str
    read: Callable[[Any], Result]
    params: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    lasts: float = 0.0  # seconds for which the server may let us wait

    def build(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """The request. Repeating it does nothing twice."""
        headers = {"Idempotency-Key": uuid4().hex} if self.method == "POST" else None
        return client.build_request(
            self.method,
            self.path,
            params={name: value for name, value in (self.params or {}).items() if value not in (None, "")},
            json=self.body,
            headers=headers,
            timeout=httpx.Timeout(10.0, read=self.lasts + 15.0),
        )

    def finish(self, outcome: Outcome) -> Result:
        """What the answer says; raises `ApiError`, and `NoAnswer` where none came."""
        if isinstance(outcome, httpx.TransportError):
            raise name_failure(outcome) from outcome
        if not outcome.is_success:
            raise make_error(outcome)
        try:
            return self.read(outcome.json() if outcome.content else None)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            title = f"what answered at {_origin_of(outcome.request)} is not a tempsms server of a version known here"
            raise ApiError(outcome.status_code, {"title": title}) from error


def make_error(answer: httpx.Response) -> ApiError:
    """The error that an answer is."""
    return ApiError(answer.status_code, read_problem(answer))


def name_failure(error: httpx.TransportError) -> NoAnswer:
    """What there was instead of an answer, in a sentence with the server's address."""
    why = str(error)
    if isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        why = "it cannot be reached"
    elif isinstance(error, httpx.TimeoutException):
        why = "it took too long"
    return NoAnswer(f"no answer from {_origin_of(error.request)}: {why or type(error).__name__}")


def _origin_of(request: httpx.Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc.decode()}"


def read_problem(answer: httpx.Response) -> Mapping[str, Any]:
    """The problem that an answer tells of; empty where something between us and the server answered."""
    try:
        problem = answer.json()
    except ValueError:
        return {}
    return problem if isinstance(problem, dict) else {}


class Repetitions:
    """Decides whether a request is made again, and when."""

    def __init__(self, until: float = inf) -> None:
        """After `until` (`time.monotonic`) nothing is made again."""
        self._pauses = iter([0.5 * 2**n for n in range(TRIES - 1)])
        self._until = until

    def next_pause(self, outcome: Outcome) -> float | None:
        """Seconds after which to make it again; None for what is settled, or was tried often enough."""
        pause = self._choose_pause(outcome)
        return None if pause is None or time.monotonic() + pause > self._until else pause

    def _choose_pause(self, outcome: Outcome) -> float | None:
        if isinstance(outcome, httpx.TransportError):
            return next(self._pauses, None)
        named = outcome.headers.get("retry-after", "")
        # 409: an earlier try whose answer got lost is still at work
        if outcome.status_code not in _AGAIN and not (outcome.status_code == 409 and named):
            return None
        usual = next(self._pauses, None)
        if usual is None:
            return None
        return min(float(named) if named.isdecimal() else usual, LONGEST_PAUSE)


def list_numbers(filters: Mapping[str, Any]) -> Call[list[Number]]:
    """Numbers of the pool."""
    return Call(
        "GET", "/numbers", lambda given: [shapes.read_number(one) for one in given["numbers"]], filters
    )


def lease(wanted: Mapping[str, Any]) -> Call[Number]:
    """Lease a number from a carrier."""
    body = {name: value for name, value in wanted.items() if value is not None}
    return Call("POST", "/numbers", shapes.read_number, body=body)


def retire(number: str) -> Call[Number]:
    """Take a number out of use."""
    return Call("DELETE", f"/numbers/{number}", shapes.read_number)


def rent(wanted: Mapping[str, Any]) -> Call[Rental]:
    """Rent a number."""
    body = {name: value for name, value in wanted.items() if value is not None}
    return Call("POST", "/rentals", shapes.read_rental, body=body)


def end_rental(rental_id: int) -> Call[Rental]:
    """End a rental."""
    return Call("DELETE", f"/rentals/{rental_id}", shapes.read_rental)


def list_messages(place: str, filters: Mapping[str, Any]) -> Call[list[Message]]:
    """The messages at `rentals/7` or `numbers/+15005550006`, newest first."""
    return Call(
        "GET",
        f"/{place}/messages",
        lambda given: [shapes.read_message(one) for one in given["messages"]],
        filters,
    )


def wait_at_rental(rental_id: int, wanted: Mapping[str, Any], seconds: float) -> Call[WaitResult[Message]]:
    """Wait for a message of a rental."""
    path = f"/rentals/{rental_id}/messages/wait"
    params = {**wanted, "timeout": round(seconds, 3)}
    return Call("GET", path, shapes.read_wait_result, params, lasts=seconds)


def claim(wanted: Mapping[str, Any], seconds: float) -> Call[Claim]:
    """Claim one message of a number that others use too, for so long."""
    body = {name: value for name, value in wanted.items() if value not in (None, "")}
    return Call("POST", "/claims", shapes.read_claim, body={**body, "ttl": max(1, ceil(seconds))})


def wait_for_claim(claim_id: str, seconds: float) -> Call[WaitResult[Message]]:
    """Wait for the message of a claim."""
    params = {"timeout": round(seconds, 3)}
    return Call("GET", f"/claims/{claim_id}/wait", shapes.read_wait_result, params, lasts=seconds)


def drop_claim(claim_id: str) -> Call[None]:
    """Give up a claim."""
    return Call("DELETE", f"/claims/{claim_id}", lambda _: None)
