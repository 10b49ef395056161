"""The Python client follows a stream: it goes on where the stream broke off, and ends where the server ends it."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tempsms_client import ApiError, Client, NoAnswer
from tempsms_client.actions import printable

MESSAGE = (
    '{"id": %d, "number": "+15005550006", "from": "ACME", "body": "Hi", "code": null,'
    ' "received_at": "2026-11-29T12:00:00Z"}'
)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses last no time."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def event(number: int) -> str:
    """A message's event."""
    return f"id: {number}\nevent: message\ndata: {MESSAGE % number}\n\n"


class Broken(httpx.SyncByteStream):
    """A stream that breaks off."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __iter__(self) -> Iterator[bytes]:
        yield self._text.encode()
        raise httpx.ReadError("reset")


def follow(*answers: httpx.Response | Exception) -> tuple[list[int], list[str | None]]:
    """The ids that come, and what each request said it had."""
    left, had = iter(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        had.append(request.headers.get("last-event-id"))
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    with Client("http://sms.example.org", transport=httpx.MockTransport(answer)) as client:
        return [message.id for message in client.follow(7)], had


GONE = httpx.Response(404, json={"title": "Not found", "code": "not_found"})


def test_it_goes_on_after_the_last_message_and_ends_with_the_rental() -> None:
    ids, had = follow(
        httpx.Response(200, text="retry: 2000\n\n: beat\n\n" + event(3) + "event: ask\ndata: {}\n\n"),
        httpx.ConnectError("refused"),
        httpx.Response(503),
        httpx.Response(200, stream=Broken(event(4) + "id: 5\nevent: message\ndata: half")),
        GONE,
    )
    assert ids == [3, 4]
    assert had == [None, "3", "3", "3", "4"]


def test_what_never_began_is_an_error() -> None:
    with pytest.raises(ApiError, match="Not found"):
        follow(GONE)


def test_in_the_end_it_gives_up() -> None:
    with pytest.raises(NoAnswer, match=r"http://sms\.example\.org: refused"):
        follow(*(httpx.ConnectError("refused") for _ in range(5)))


def test_nothing_in_a_text_commands_a_terminal() -> None:
    assert printable("a\x1b[31m\n\u202eü 🎉") == "a\\x1b[31m\\n\\u202eü 🎉"
