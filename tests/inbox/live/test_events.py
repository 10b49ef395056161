"""Server-sent events: replay since a cursor, then every message as it comes, until the number, the reader or we end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import orjson
import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connection
from django.test import override_settings

from inbox.live import endings, hub, notices, session, slots, sse
from inbox.live.frames import notice_frame
from numbers import pool
from numbers.models import Lease
from tempsms.lib.postgres import Unavailable
from tests.carrier_side import form, signed
from tests.factories import make_account, make_lease

PATH = "/sse/numbers/15005550006/"


class Reader:
    """A browser's EventSource: the answer's status and headers, then its events."""

    def __init__(self, path: str, **headers: str) -> None:
        from tempsms.asgi import application

        path, _, query = path.partition("?")
        raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": query.encode(),
            "headers": raw,
            "client": ["127.0.0.1", 1],
        }
        communicator: Any = ApplicationCommunicator
        self._asgi = communicator(application, scope)
        self._body = b""
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.over = False

    async def open(self) -> "Reader":
        """Ask, and read the beginning of the answer."""
        await self._asgi.send_input({"type": "http.request", "body": b"", "more_body": False})
        start = await self._asgi.receive_output(timeout=5)
        self.status, self.headers = start["status"], dict(start["headers"])
        return self

    async def line(self) -> bytes:
        """The next block of lines; nothing at the end."""
        while b"\n\n" not in self._body and not self.over:
            part = await self._asgi.receive_output(timeout=5)
            self._body += part.get("body", b"")
            self.over = not part.get("more_body")
        block, _, self._body = self._body.partition(b"\n\n")
        return block

    async def event(self) -> tuple[str, dict[str, Any]]:
        """The next event that is not a beat: its id, or nothing, and its frame."""
        while True:
            fields = dict(line.split(b": ", 1) for line in (await self.line()).splitlines() if b": " in line)
            if b"data" in fields and (found := orjson.loads(fields[b"data"]))["type"] != "beat":
                return fields.get(b"id", b"").decode(), found
            assert not self.over, "the stream is over"

    async def leave(self) -> None:
        """Close the connection and wait until the server has noticed."""
        await self._asgi.send_input({"type": "http.disconnect"})
        await self._asgi.wait(timeout=5)


Open = Callable[..., Awaitable[Reader]]


@pytest.fixture
async def reading(site: httpx.AsyncClient) -> AsyncIterator[Open]:
    """Open streams; all are left at the end."""
    async with AsyncExitStack() as stack:

        async def opened(path: str = PATH, **headers: str) -> Reader:
            reader = await Reader(path, **headers).open()
            stack.push_async_callback(reader.leave)
            return reader

        yield opened
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


def quarantine(lease: Lease) -> None:
    """End a number, in a thread of its own."""
    pool.quarantine(lease)
    connection.close()


async def send(site: httpx.AsyncClient, lease: Lease, body: str) -> None:
    """Post a signed message."""
    post = signed(lease.account.webhook_url, form(body))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def test_messages_come_as_the_frames_of_the_poll_with_their_ids(
    site: httpx.AsyncClient, lease: Lease, reading: Open
) -> None:
    reader = await reading()
    assert (reader.status, reader.headers[b"content-type"]) == (200, b"text/event-stream; charset=utf-8")
    assert reader.headers[b"cache-control"] == b"no-store, no-transform"
    assert reader.headers[b"x-accel-buffering"] == b"no"
    await send(site, lease, "Your code is 482913 🙂\n\ndata: {}")
    polled = (await site.get("/numbers/15005550006/poll/?after=0")).json()["frames"]
    cursor, frame = await reader.event()
    assert [frame] == polled
    assert cursor == str(frame["id"])


async def test_a_reader_that_comes_back_gets_what_it_missed(
    site: httpx.AsyncClient, lease: Lease, reading: Open, sql: Any
) -> None:
    for body in ("one", "two", "three"):
        await send(site, lease, body)
    sql("UPDATE inbox_message SET received_at = received_at - interval '1 hour' + id * interval '1 minute'")
    ids = [pk for (pk,) in sql("SELECT id FROM inbox_message ORDER BY id")]
    for path, headers in (
        (f"{PATH}?after={ids[1]}", {}),
        (PATH, {"last_event_id": str(ids[1])}),
        (f"{PATH}?after={ids[1]}", {"last_event_id": str(ids[0])}),
        (f"{PATH}?after={ids[0]}", {"last_event_id": str(ids[1])}),
    ):
        reader = await reading(path, **headers)
        # the cursor's own message may come again (the overlap), older ones don't
        assert [(await reader.event())[1]["message"]["body"] for _ in range(2)] == ["two", "three"]


async def test_notices_move_no_cursor(lease: Lease, reading: Open) -> None:
    reader = await reading()
    await asyncio.to_thread(notices.tell, "withheld", {"+15005550006": [7]})
    assert await reader.event() == ("", {"type": "withheld", "id": 7})


async def test_a_stream_ends_with_its_number_behind_what_waits(lease: Lease, reading: Open) -> None:
    reader = await reading()
    await asyncio.to_thread(quarantine, lease)
    assert (await reader.event())[1] == {"type": "retired", "id": 0}
    assert await reader.line() == b""
    assert reader.over
    assert (await reading()).status == 404


async def test_a_number_that_ends_while_a_stream_opens_is_refused(
    lease: Lease, reading: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = hub.Hub.watch

    async def ends_first(*args: Any) -> None:
        await asyncio.to_thread(quarantine, lease)
        await watch(*args)

    monkeypatch.setattr(hub.Hub, "watch", ends_first)
    assert (await reading()).status == 404


async def test_a_stream_begins_with_a_beat_and_silence_is_broken_by_more(
    lease: Lease, reading: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "BEAT_EVERY", 0.01)
    reader = await reading()
    assert await reader.line() == b"retry: 2000"
    assert [await reader.line() for _ in range(3)] == [b'data: {"type":"beat","id":0}'] * 3


async def test_a_reader_too_far_behind_is_let_go(lease: Lease) -> None:
    stream = sse.Stream()
    for n in range(session.BACKLOG * 2):
        stream.push(notice_frame("redacted", n))
    assert stream.over
    assert not stream._backlog, "what comes after a gap would hide it"


async def test_what_waits_is_written_before_the_end() -> None:
    stream = sse.Stream()
    stream.push(notice_frame("retired"))
    stream.end()
    assert not stream.finished
    assert await stream.next() == b'data: {"type":"retired","id":0}\n\n'
    assert stream.finished


async def test_a_number_in_a_streams_address_may_have_its_plus(lease: Lease, reading: Open) -> None:
    assert (await reading("/sse/numbers/+15005550006/")).status == 200


async def test_every_stream_ends_when_the_server_stops(lease: Lease, reading: Open) -> None:
    readers = [await reading() for _ in range(3)]
    await endings.close()
    for reader in readers:
        while not reader.over:
            await reader.line()


async def test_places_are_counted_with_those_of_sockets(lease: Lease, reading: Open) -> None:
    with override_settings(SOCKETS_PER_VISITOR=2):
        first, _ = [await reading() for _ in range(2)]
        refused = await reading()
        assert (refused.status, refused.headers[b"retry-after"]) == (429, b"30")
        await first.leave()
        assert (await reading()).status == 200


async def test_what_is_no_stream_is_refused(site: httpx.AsyncClient, lease: Lease) -> None:
    for path in (f"{PATH}?after=x", "/sse/numbers/4915112345678/", "/sse/", "/sse/numbers/x/"):
        assert (await site.get(path)).status_code == 404, path
    assert (await site.get(PATH, headers={"Last-Event-ID": "-1"})).status_code == 404
    assert (await site.post(PATH)).status_code == 405


async def test_with_the_database_away_a_reader_is_told_to_come_again(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*args: Any, **kwargs: Any) -> None:
        raise Unavailable

    monkeypatch.setattr("inbox.live.newest.queries.newest_on", away)
    answer = await site.get(PATH)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert not caplog.records, "a trouble that is known is no failure"
    assert not slots._taken
