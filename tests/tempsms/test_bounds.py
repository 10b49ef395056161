"""Bounds on what a request may be: heads, bodies, their time, lines of the log, and what nobody expected."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import uvicorn

from inbox import webhooks
from inbox.ingest import accounts
from numbers.models import Account
from tempsms.lib import asgi, logs, postgres
from tempsms.lib.asgi import App, Receive, Scope, Send, respond
from tempsms.lib.servers import uvicorn_protocols
from tempsms.middleware.bodies import ADMIN_LIMIT, LIMIT, whole_bodies
from tempsms.middleware.failures import answered_failures
from tests.conftest import Sql
from tests.daphne_side import APPS, daphne_serving
from tests.factories import make_account
from tests.tempsms.test_ends import UPGRADE

Serving = Callable[..., contextlib.AbstractAsyncContextManager[int]]


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body, as far as it was read."""
    event = await receive()
    await respond(send, 200, str(len(event["body"])).encode())


@contextlib.asynccontextmanager
async def uvicorn_serving(app: App) -> AsyncIterator[int]:
    """uvicorn with our protocol on a port of its own."""
    config = uvicorn.Config(app, http=uvicorn_protocols.BoundedHttp, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


async def answer_to(port: int, *parts: bytes) -> bytes:
    """All that a connection gets until it is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()


@pytest.fixture(params=["uvicorn", "daphne"])
def serving(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Serving:
    """Either server under one of the small applications, with other bounds."""

    @contextlib.asynccontextmanager
    async def start(app: str, **bounds: float) -> AsyncIterator[int]:
        if request.param == "daphne":
            with daphne_serving(app, **bounds) as port:
                yield port
        else:
            for name, seconds in bounds.items():
                monkeypatch.setattr(asgi if name == "BODY_WITHIN" else uvicorn_protocols, name, seconds)
            async with uvicorn_serving(APPS[app]) as port:
                yield port

    return start


async def test_half_sent_heads_and_silent_connections_are_closed(serving: Serving) -> None:
    async with serving("echo", HEAD_WITHIN=1.5) as port:
        silent, half, dripping = await asyncio.gather(
            answer_to(port), answer_to(port, b"GET / HTTP/1.1\r\nHost: a\r\nX: "), drip(port)
        )
    assert silent == b""
    assert half.startswith(b"HTTP/1.1 408 ")
    assert dripping.startswith(b"HTTP/1.1 408 ")


async def drip(port: int) -> bytes:
    """A head that goes on, byte by byte, for as long as it may."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nX: ")
    answer = asyncio.ensure_future(reader.read())
    with contextlib.suppress(ConnectionError):
        while not answer.done():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0.02)
    writer.close()
    return await answer


async def test_a_head_has_the_same_time_on_a_used_connection(serving: Serving) -> None:
    whole = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    async with serving("echo", HEAD_WITHIN=1.5) as port:
        answer = await answer_to(port, whole + whole[:-2])
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 408 ") == 1


async def test_an_answer_that_takes_longer_than_a_head_may_is_not_cut(serving: Serving) -> None:
    async with serving("slow", HEAD_WITHIN=1.0, BODY_WITHIN=1.0) as port:
        assert (await answer_to(port, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")).endswith(b"done")


@pytest.mark.parametrize("pieces", [1, 40])
async def test_a_head_of_any_size_is_never_collected(serving: Serving, pieces: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * (2 * 2**20)
    step = -(-len(head) // pieces)
    async with serving("echo") as port:
        parts = [head[n : n + step] for n in range(0, len(head), step)]
        try:
            answer = await answer_to(port, *parts)
        except ConnectionError:  # closed while we still sent
            return
    assert not answer or answer.startswith(b"HTTP/1.1 431 ")


def ask_with_body(port: int, length: int, status: int) -> httpx.Response:
    """The answer to a body of this length, asked again until it has this status."""
    deadline = time.monotonic() + 20
    while (answer := httpx.post(f"http://127.0.0.1:{port}/", content=b"x" * length)).status_code != status:
        assert time.monotonic() < deadline, answer
    return answer


HELD = b"Content-Length: 250001\r\n\r\n" + b"x" * 250_000


def test_large_bodies_on_daphne_share_what_they_may_hold() -> None:
    with daphne_serving("echo", LARGE_BODIES=300_000) as port:
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + HELD)
            refused = ask_with_body(port, 100_000, 503)
            assert refused.headers["retry-after"] == "10"
            assert ask_with_body(port, 60_000, 200).text == "60000"
        for _ in range(2):
            assert ask_with_body(port, 290_000, 200).text == "290000"


def test_a_body_that_came_with_a_socket_is_not_held() -> None:
    with daphne_serving("mixed", LARGE_BODIES=300_000) as port:
        with socket.create_connection(("127.0.0.1", port), 20) as raw:
            raw.sendall(f"GET / HTTP/1.1\r\nHost: x\r\n{UPGRADE}".encode() + HELD + b"x")
            with contextlib.suppress(ConnectionError):  # a WebSocket that is sent nonsense is dropped
                while raw.recv(4096):
                    pass
        assert ask_with_body(port, 290_000, 413).status_code == 413


def receiving(*events: dict[str, Any]) -> Receive:
    """A server that hands out these events and then nothing."""
    pending = list(events)

    async def receive() -> Any:
        if pending:
            return pending.pop(0)
        return await asyncio.Event().wait()

    return receive


async def answered(app: App, receive: Receive, path: str = "/", **headers: str) -> list[Any]:
    """What an application sends for a request."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "headers": raw, "query_string": b""}
    await app(scope, receive, send)
    return sent


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        ("/", LIMIT, 200),
        ("/", LIMIT + 1, 413),
        ("/admin/x/", ADMIN_LIMIT, 200),
        ("/admin/", ADMIN_LIMIT + 1, 413),
    ],
)
async def test_bodies_to_django_are_bounded(path: str, length: int, status: int) -> None:
    body = b"x" * length
    told = await answered(whole_bodies(echo), receiving(), path, content_length=str(length + 10**9))
    assert told[0]["status"] == 413  # at once, without waiting for any of it
    events = [
        {"type": "http.request", "body": body[n : n + 9000], "more_body": True}
        for n in range(0, length, 9000)
    ]
    end = {"type": "http.request", "body": b"", "more_body": False}
    sent = await answered(whole_bodies(echo), receiving(*events, end), path)
    assert sent[0]["status"] == status
    assert status != 200 or sent[1]["body"] == str(length).encode()


async def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "BODY_WITHIN", 0.1)
    half = {"type": "http.request", "body": b"a", "more_body": True}
    assert (await answered(whole_bodies(echo), receiving(half)))[0]["status"] == 408


async def test_a_client_that_leaves_gets_no_answer() -> None:
    half = {"type": "http.request", "body": b"a", "more_body": True}
    assert await answered(whole_bodies(echo), receiving(half, {"type": "http.disconnect"})) == []


async def test_what_nobody_expected_is_our_trouble_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise KeyError("secret token")

    sent = await answered(answered_failures(failing), receiving(), "/r/secret-token/")
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"]) == (503, b"10")
    (record,) = caplog.records
    assert record.getMessage() == "a request under /r failed"


@pytest.mark.parametrize("error", [TimeoutError, ConnectionRefusedError, OSError(28, "No space left")])
async def test_a_failed_call_of_ours_is_not_taken_for_a_client_that_left(
    error: OSError, caplog: pytest.LogCaptureFixture
) -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    sent = await answered(answered_failures(failing), receiving())
    assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"]) == (503, b"10")
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_client_that_leaves_in_the_middle_is_no_trouble_of_ours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def send(message: Any) -> None:
        raise BrokenPipeError

    with caplog.at_level(logging.INFO):
        await answered_failures(echo)({"type": "http", "path": "/"}, receiving({"body": b""}), send)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "a client disconnected during an answer: BrokenPipeError")
    ]


async def test_an_open_socket_that_fails_is_closed() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        raise KeyError

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await answered_failures(failing)({"type": "websocket", "path": "/ws/x"}, receiving(), send)
    assert sent[-1] == {"type": "websocket.close", "code": 4500}


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A Twilio account."""
    return make_account()


async def test_a_half_sent_webhook_is_told_so(
    account: Account, site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asgi, "BODY_WITHIN", 0.1)
    half = {"type": "http.request", "body": b"a", "more_body": True}
    sent = await answered(webhooks.app, receiving(half), f"/webhooks/twilio/{account.key}/")
    assert sent[0]["status"] == 408


@pytest.fixture
def readings(account: Account, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows with each time that the accounts are read from the database."""
    read = accounts._read_all
    readings: list[None] = []

    async def counted() -> None:
        readings.append(None)
        await read()

    monkeypatch.setattr(accounts, "_read_all", counted)
    return readings


async def test_unknown_keys_cost_one_query_a_second_and_no_memory(
    site: httpx.AsyncClient, account: Account, readings: list[None]
) -> None:
    unknown = ["k" * 64, "k" * 59_000, "ä", "\0", *(f"key{n}" for n in range(200))]
    found = await asyncio.gather(*(accounts.by_key("twilio", key) for key in (account.key, *unknown)))
    assert [known.id for known in found if known] == [account.pk]
    assert len(readings) == 1
    assert set(accounts._table._opened) == {account.key}
    accounts._table.read_at -= accounts.REREAD_FOR_UNKNOWN_AFTER
    assert await accounts.by_key("twilio", account.key)
    assert len(readings) == 1, "a known one is good for longer"
    await asyncio.gather(*(accounts.by_key("twilio", key) for key in unknown))
    assert len(readings) == 2


async def test_an_accounts_changes_hold_after_seconds(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    before = await accounts.by_key("twilio", account.key)
    sql("UPDATE numbers_account SET carrier = 'telnyx'")
    assert await accounts.by_key("twilio", account.key) is before
    accounts._table.read_at -= accounts.REREAD_AFTER
    assert await accounts.by_key("twilio", account.key) is None
    assert await accounts.by_key("telnyx", account.key)
    sql("UPDATE numbers_account SET enabled = false")
    accounts._table.read_at -= accounts.REREAD_AFTER
    assert await accounts.by_key("telnyx", account.key) is None
    assert await accounts.of_carrier("telnyx") == []


async def test_who_leaves_does_not_end_the_reading_that_others_wait_for(
    site: httpx.AsyncClient, account: Account, readings: list[None]
) -> None:
    leaving = asyncio.create_task(accounts.by_key("twilio", account.key))
    staying = asyncio.create_task(accounts.by_key("twilio", account.key))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying
    assert len(readings) == 1


async def test_accounts_that_cannot_be_read_are_no_unknown_ones(
    site: httpx.AsyncClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(accounts, "_SELECT", "SELECT 1/0")
        answers = [accounts.by_key("twilio", account.key) for _ in range(3)]
        found = await asyncio.gather(*answers, return_exceptions=True)
        assert [type(error) for error in found] == [postgres.Unavailable] * 3
    assert await accounts.by_key("twilio", account.key)


def record(text: str = "Not Found: %s", line: int = 1, **extra: Any) -> logging.LogRecord:
    """A line that a stranger caused."""
    made = logging.LogRecord("django.request", logging.WARNING, "x.py", line, text, ("/x",), None)
    made.__dict__.update(extra)
    return made


def test_lines_of_one_kind_are_few_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    sparing = logs.Sparing()
    assert [sparing.filter(record()) for _ in range(50)].count(True) == logs.EACH
    assert sparing.filter(record(line=2))
    now += logs.WITHIN
    after = record()
    assert sparing.filter(after)
    assert after.getMessage() == f"Not Found: /x (and {50 - logs.EACH} more like it before)"
    task = logging.LogRecord("celery.app.trace", logging.INFO, "x.py", 1, "done", (), None)
    assert all(sparing.filter(task) for _ in range(50))


def test_a_line_is_never_long_and_holds_no_token() -> None:
    line = logs.Line("%(message)s").format(record("Host %s: /r/" + "t" * 40 + "/", args=("h" * 1_000_000,)))
    assert len(line) < 2100
    assert line.startswith("Host hhh")
    assert line.endswith("/r/…/")


def test_a_refused_request_is_told_without_a_traceback() -> None:
    try:
        raise ValueError("bad boundary")
    except ValueError as error:
        told = (type(error), error, error.__traceback__)
    refused, failed = record(status_code=400, exc_info=told), record(line=2, status_code=500, exc_info=told)
    sparing = logs.Sparing()
    assert sparing.filter(refused) and sparing.filter(failed)
    assert "Traceback" not in logs.Line("%(message)s").format(refused)
    assert "Traceback" in logs.Line("%(message)s").format(failed)
