"""The Python client repeats what a server puts off, with the same key, and tells of what it refuses."""

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tempsms_client import ApiError, BadAddress, BadKey, Client, NoAnswer

RENTAL = {
    "id": 7,
    "number": "+447700900123",
    "state": "running",
    "begins_at": "2026-11-29T12:00:00Z",
    "ends_at": "2026-11-29T12:10:00Z",
    "link": None,
}
Answer = httpx.Response | Exception


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, which last no time."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


def client_of(answers: Iterator[Answer], asked: list[httpx.Request]) -> Client:
    """A client whose server answers so, one after the other."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        given = next(answers)
        if isinstance(given, Exception):
            raise given
        return given

    return Client("http://sms.example.org/", "tempsms_x", transport=httpx.MockTransport(answer))


def test_what_is_put_off_is_repeated_with_the_same_key(slept: list[float]) -> None:
    asked: list[httpx.Request] = []
    answers: list[Answer] = [
        httpx.Response(503, headers={"Retry-After": "7"}),
        httpx.ConnectError("reset"),
        httpx.Response(409, headers={"Retry-After": "2"}),
        httpx.Response(201, json=RENTAL),
    ]
    with client_of(iter(answers), asked) as client:
        assert client.rent(purpose="test").id == 7
    assert slept == [7, 1, 2]
    assert len({request.headers["idempotency-key"] for request in asked}) == 1
    assert {str(request.url) for request in asked} == {"http://sms.example.org/api/v1/rentals"}
    assert {request.headers["authorization"] for request in asked} == {"Bearer tempsms_x"}


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (lambda: httpx.ConnectError("no route"), NoAnswer, "no answer from http://sms.example.org: no route"),
        (lambda: httpx.ReadTimeout(""), NoAnswer, "http://sms.example.org: it took too long"),
        (lambda: httpx.Response(503, text="<html>"), ApiError, "the server answered 503"),
    ],
)
def test_in_the_end_it_gives_up(
    slept: list[float], answer: Callable[[], Answer], error: type[Exception], says: str
) -> None:
    asked: list[httpx.Request] = []
    with client_of(iter(answer, None), asked) as client, pytest.raises(error, match=says):
        client.rent(purpose="test")
    assert (len(asked), slept) == (4, [0.5, 1, 2])


def test_no_pause_is_longer_than_half_a_minute(slept: list[float]) -> None:
    answers: list[Answer] = [
        httpx.Response(429, headers={"Retry-After": "3600"}),
        httpx.Response(201, json=RENTAL),
    ]
    with client_of(iter(answers), []) as client:
        assert client.rent(purpose="test").id == 7
    assert slept == [30]


def test_what_is_refused_is_not_repeated(slept: list[float]) -> None:
    problem = {"title": "No such number", "detail": "none is free", "code": "no_numbers", "status": 409}
    asked: list[httpx.Request] = []
    answers: Iterator[Answer] = iter([httpx.Response(409, json=problem)])
    with client_of(answers, asked) as client, pytest.raises(ApiError, match="none is free") as raised:
        client.rent(purpose="test")
    assert (raised.value.code, raised.value.status, slept) == ("no_numbers", 409, [])


def test_no_repetition_outlasts_a_wait(slept: list[float]) -> None:
    asked: list[httpx.Request] = []
    answers: Iterator[Answer] = iter(lambda: httpx.Response(503, headers={"Retry-After": "5"}), None)
    with client_of(answers, asked) as client, pytest.raises(ApiError, match="503"):
        client.wait_for_code(7, timeout=1)
    assert (len(asked), slept) == (1, [])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx.Response(301, headers={"Location": "https://sms.example.org/"}, json=RENTAL), "answered 301"),
        (httpx.Response(200, text="<html>"), "not a tempsms server"),
        (httpx.Response(200, json={"id": 7}), "not a tempsms server"),
        (httpx.Response(200, json=[]), "not a tempsms server"),
    ],
    ids=["redirect", "page", "another shape", "a list"],
)
def test_what_is_no_answer_of_the_api_is_an_error_like_others(answer: httpx.Response, says: str) -> None:
    with client_of(iter([answer]), []) as client, pytest.raises(ApiError, match=says):
        client.rent(purpose="test")


def test_the_error_of_a_block_is_not_hidden_by_that_of_its_end(slept: list[float]) -> None:
    answers: Iterator[Answer] = iter([httpx.Response(201, json=RENTAL), httpx.Response(404, json={})])
    with client_of(answers, []) as client, pytest.raises(ZeroDivisionError), client.rented(purpose="test"):
        1 / 0  # noqa: B018


@pytest.mark.parametrize(
    ("url", "says"),
    [("127.0.0.1:8000", "must begin with http"), ("http://", "no host"), ("http://a:b", "not an address")],
)
def test_an_address_that_cannot_be_one_is_refused_at_once(url: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says):
        Client(url)


@pytest.mark.parametrize("key", ["a b", "tempsms_\n", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_at_once(key: str) -> None:
    with pytest.raises(BadKey):
        Client("http://sms.example.org", key)
