"""Size, time and number of fetches are bounded, and failures are told in our words."""

import asyncio
import logging
from typing import Any

import httpx
import pytest

from inbox.messages import files
from inbox.pages import media
from tempsms.asgi import application
from tempsms.lib import postgres
from tempsms.lib.asgi import Message as Event
from tempsms.lib.outgoing_http import Bounds
from tempsms.middleware import budgets as middleware
from tests.carrier_side import TOKEN
from tests.far_side import PNG, FarSide, answer
from tests.inbox.pages.media.files import FILE, SID


async def endless(writer: asyncio.StreamWriter) -> None:
    """A head, and then a byte at a time, for as long as somebody listens."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(writer: asyncio.StreamWriter) -> None:
    """11 MB without a word of it before."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for _ in range(11):
        writer.write(b"f4240\r\n" + bytes(1_000_000) + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")


async def silent(writer: asyncio.StreamWriter) -> None:
    """Never a word."""
    await asyncio.sleep(3600)


async def torn(writer: asyncio.StreamWriter) -> None:
    """Half of it."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")


@pytest.mark.parametrize("told", [True, False])
async def test_ten_megabytes_are_enough(site: httpx.AsyncClient, far: FarSide, path: str, told: bool) -> None:
    far.answers = {FILE: b"HTTP/1.1 200 OK\r\ncontent-length: 11000000\r\n\r\n" if told else flood}
    got = await site.get(path)
    assert (got.status_code, got.text) == (413, "this file is larger than 10 MB\n")
    whole = bytes(10_000_000)
    far.answers = {FILE: answer(whole)}
    assert (await site.get(path)).content == whole


async def test_a_drip_ends_and_so_does_silence(
    site: httpx.AsyncClient, far: FarSide, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for bounds, found in ((Bounds(whole=0.5), endless), (Bounds(head=0.2), silent)):
        monkeypatch.setattr(files, "BOUNDS", bounds)
        far.answers = {FILE: found}
        async with asyncio.timeout(20):
            assert (await site.get(path)).status_code == 502


@pytest.mark.parametrize(
    ("found", "status", "text"),
    [
        (answer(b"secret", status="404 Not Found"), 404, "the carrier no longer has this file"),
        (answer(b"secret", status="410 Gone"), 404, "the carrier no longer has this file"),
        (answer(b"secret", status="401 Unauthorized"), 502, ""),
        (answer(b"secret", status="500 Oops"), 502, ""),
        (answer(b"secret", status="206 Partial Content"), 502, ""),
        (answer(b"secret", content_encoding="gzip"), 502, ""),
        (b"no HTTP at all\r\n\r\n", 502, ""),
        (b"", 502, ""),
        (torn, 502, ""),
    ],
)
async def test_what_the_carrier_does_not_hand_out_is_told_in_our_words(
    site: httpx.AsyncClient,
    far: FarSide,
    page: str,
    path: str,
    found: Any,
    status: int,
    text: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    far.answers = {FILE: found}
    with caplog.at_level(logging.INFO):
        got = await site.get(path)
    ours = text or "the carrier did not hand out this file: try again later"
    assert (got.status_code, got.text) == (status, f"{ours}\n")
    assert "a file could not be fetched from twilio: " in caplog.text
    for secret in (page.split("/")[2], SID, TOKEN, "api.twilio.com"):
        assert secret not in caplog.text


async def test_a_carrier_that_is_away_is_told(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    del far.hosts["api.twilio.com"]
    assert (await site.get(path)).status_code == 502


async def test_a_slow_carrier_holds_neither_database_nor_pages(
    site: httpx.AsyncClient, far: FarSide, page: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "SIZE", 1)
    asked, let_go = asyncio.Event(), asyncio.Event()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await let_go.wait()
        writer.write(answer(PNG))

    far.answers = {FILE: slow}
    fetch = asyncio.create_task(site.get(path))
    await asked.wait()
    assert (await site.get(f"{path[:-2]}9/")).status_code == 404
    assert (await site.get(page)).status_code == 200
    let_go.set()
    assert (await fetch).content == PNG


async def test_so_many_at_once_for_a_visitor_and_for_all(
    site: httpx.AsyncClient, far: FarSide, path: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.TRUSTED_PROXIES = 1
    for name, value in (("PAUSE", 0.01), ("WAITS", 0.05), ("FILES_WAIT", 0.05), ("FILES", 3)):
        monkeypatch.setattr(middleware, name, value)
    let_go = asyncio.Event()
    asked: asyncio.Queue[int] = asyncio.Queue()

    async def slow(writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(1)
        await let_go.wait()
        writer.write(answer(PNG))

    def get(visitor: str) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(site.get(path, headers={"X-Forwarded-For": visitor}))

    far.answers = {FILE: slow}
    running = [get("192.0.2.1"), get("192.0.2.1"), get("198.51.100.1")]
    for _ in running:
        await asked.get()
    assert (await get("192.0.2.1")).status_code == 429
    third = await get("203.0.113.1")
    assert (third.status_code, third.headers["retry-after"]) == (503, "1")
    let_go.set()
    assert [(await one).status_code for one in running] == [200] * 3
    assert (await get("192.0.2.1")).status_code == 200


async def test_a_reader_who_goes_ends_the_fetch(site: httpx.AsyncClient, far: FarSide, path: str) -> None:
    asked = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await endless(writer)

    far.answers = {FILE: drip}
    sent: list[Event] = []

    async def leave() -> Event:
        await asked.wait()
        return {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        sent.append(event)

    async with asyncio.timeout(20):
        await media.app({"type": "http", "method": "GET", "path": path}, leave, send)
        await far.left.wait()
    assert sent == []


async def never() -> Event:
    """A client that says nothing more."""
    await asyncio.Event().wait()
    return {}


async def test_a_reader_who_takes_too_long_loses_the_rest(
    site: httpx.AsyncClient,
    far: FarSide,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(files, "READ_WITHIN", 0.1)
    far.answers = {FILE: answer(bytes(1_000_000))}
    sent: list[Event] = []

    async def send(event: Event) -> None:
        sent.append(event)
        if len(sent) > 2:
            await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}
    with caplog.at_level(logging.INFO):
        async with asyncio.timeout(60):
            await application({**scope, "client": ("198.51.100.31", 1)}, never, send)
    assert [event.get("more_body") for event in sent] == [None, True, True]
    assert (logging.INFO, "a client did not read a file within 0.1 s") in [
        (record.levelno, record.getMessage()) for record in caplog.records
    ]
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert "a client left" not in caplog.text


async def test_with_the_database_away_it_is_our_trouble(
    site: httpx.AsyncClient, far: FarSide, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "conninfo", lambda: "host=127.0.0.1 port=1 dbname=x")
    got = await site.get(path)
    assert (got.status_code, got.headers["retry-after"]) == (503, "10")
