"""Public pages from memory: made once for all who ask at a time, held for half a second, and never the wrong one's."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from inbox.ingest import intake
from inbox.live import notices
from inbox.live.frames import event
from inbox.live.hub import Hub
from inbox.pages import caching, polls
from numbers.carriers.messages import Inbound
from numbers.models import Lease
from tempsms.lib import page_memory
from tempsms.lib.asgi import App, Message, Receive, Scope, Send, respond
from tests.factories import make_lease, make_link, make_message, make_number, make_rental

PAGE = "/numbers/15005550006/"
PUBLIC = ("cache-control", "public, max-age=0, s-maxage=1")


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still: pages stay fresh however slow the machine is; add to it to let time pass."""
    now = [1000.0]
    monkeypatch.setattr(page_memory, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(page_memory, "_changes", page_memory._Changes())
    return now


@pytest.fixture
def fresh_pages() -> None:
    """Hold pages, unlike other tests."""


class Site:
    """A little site that counts what it makes, behind a memory; `hold` keeps its answers back."""

    def __init__(self, *headers: tuple[str, str], status: int = 200) -> None:
        self.made = 0
        self.headers = headers or (PUBLIC,)
        self.status = status
        self.gate = asyncio.Event()
        self.gate.set()
        self.app: App = page_memory.remembered(self._answer)
        transport = httpx.ASGITransport(app=self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.made += 1
        number = self.made
        await self.gate.wait()
        await respond(send, self.status, b"page %d" % number, "text/html", self.headers)

    async def get(self, path: str = "/", **headers: str) -> httpx.Response:
        """Ask for a page."""
        return await self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.mark.parametrize(("seconds", "kept"), [(0.4, "1"), (0.6, "0")])
async def test_what_took_long_to_make_is_kept_by_no_proxy(
    clock: list[float], seconds: float, kept: str
) -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        clock[0] += seconds
        await respond(send, 200, b"page", "text/html", (PUBLIC,))

    transport = httpx.ASGITransport(app=page_memory.remembered(answer))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        answered = await client.get("/")
    assert answered.headers["cache-control"] == f"public, max-age=0, s-maxage={kept}"


async def test_a_page_is_made_once_while_it_is_fresh(clock: list[float]) -> None:
    site = Site()
    assert [(await site.get()).text for _ in range(3)] == ["page 1"] * 3
    clock[0] += page_memory.HOLD
    assert (await site.get()).text == "page 2"


async def test_all_who_ask_meanwhile_get_the_page_that_is_being_made() -> None:
    site = Site()
    site.gate.clear()
    asked = [asyncio.create_task(site.get()) for _ in range(20)]
    await until(lambda: site.made == 1)
    site.gate.set()
    assert {answer.text for answer in await asyncio.gather(*asked)} == {"page 1"}


async def test_nobody_waits_for_a_page_begun_too_long_ago(clock: list[float]) -> None:
    site = Site()
    site.gate.clear()
    first = asyncio.create_task(site.get())
    await until(lambda: site.made == 1)
    clock[0] += page_memory.HOLD
    second = asyncio.create_task(site.get())
    await until(lambda: site.made == 2)
    site.gate.set()
    assert [(await task).text for task in (first, second)] == ["page 1", "page 2"]


async def test_when_who_asked_first_leaves_one_of_the_others_makes_the_page() -> None:
    site = Site()
    site.gate.clear()
    first = asyncio.create_task(site.get())
    await until(lambda: site.made == 1)
    others = [asyncio.create_task(site.get()) for _ in range(50)]
    await asyncio.sleep(0)
    first.cancel()
    await until(lambda: site.made == 2)
    site.gate.set()
    assert {answer.text for answer in await asyncio.gather(*others)} == {"page 2"}


async def test_nobody_waits_while_another_reads_what_may_not_be_kept() -> None:
    site = Site(status=404)
    reading = asyncio.Event()

    async def read_slowly(message: Message) -> None:
        reading.set()
        await asyncio.Event().wait()

    async def receive() -> Message:
        return {"type": "http.request"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:8000")],
    }
    site.gate.clear()
    slow = asyncio.ensure_future(site.app({**scope, "scheme": "http"}, receive, read_slowly))
    await until(lambda: site.made == 1)
    waiting = asyncio.create_task(site.client.get("/", headers={"accept-encoding": "identity"}))
    await asyncio.sleep(0)
    site.gate.set()
    assert (await asyncio.wait_for(waiting, 30)).text == "page 2"
    assert reading.is_set()
    slow.cancel()


TWICE = [
    [("accept-language", "ar"), ("accept-language", "en")],
    [("cookie", "language=ar; theme=dark"), ("cookie", "x=1")],
    [("accept-encoding", "gzip"), ("accept-encoding", "identity")],
    [("accept-language", "ar-" + "a" * 600)],
    [("accept-language", "xx," * 170 + "ar")],
    [("content-length", "10")],
    [("transfer-encoding", "chunked")],
]


@pytest.mark.parametrize("headers", TWICE)
def test_what_could_be_read_in_two_ways_is_no_request_for_a_held_page(
    headers: list[tuple[str, str]],
) -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http"}
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    assert page_memory.key_of({**scope, "headers": pairs}) is None
    plain = [*pairs[:1], (b"user-agent", b"x"), (b"user-agent", b"y")]
    known = page_memory.key_of({**scope, "headers": plain})
    assert (known is None) == (len(headers) == 1)


@pytest.mark.parametrize("path", ["/admin/login/", "/r/token/", "/static/a.css"])
async def test_what_is_not_for_everybody_is_neither_held_nor_waited_for(path: str) -> None:
    site = Site()
    assert [(await site.get(path)).text for _ in range(2)] == ["page 1", "page 2"]


@pytest.mark.parametrize(
    "other",
    [
        {"accept_language": "de"},
        {"cookie": "theme=dark"},
        {"cookie": "language=fr"},
        {"accept_encoding": "gzip"},
        {"host": "other.example"},
        {"x_forwarded_proto": "https"},
    ],
)
async def test_what_changes_a_page_changes_the_key(other: dict[str, str]) -> None:
    site = Site()
    plain = {"accept_encoding": "identity", "accept_language": "en"}
    assert (await site.get(**plain)).text == "page 1"
    assert (await site.get(**{**plain, **other})).text == "page 2"
    assert (await site.get(**plain)).text == "page 1"


@pytest.mark.parametrize(
    "other", [{"cookie": "sessionid=1"}, {"accept_language": "en-GB,en;q=0.9"}, {"user_agent": "another"}]
)
async def test_what_changes_no_page_does_not(other: dict[str, str]) -> None:
    site = Site()
    await site.get(accept_language="en")
    assert (await site.get(**{"accept_language": "en", **other})).text == "page 1"


@pytest.mark.parametrize(
    "headers",
    [
        [("cache-control", "no-store")],
        [("cache-control", "private, max-age=60")],
        [("cache-control", "public, max-age=60, s-maxage=0")],
        [PUBLIC, ("set-cookie", "a=b")],
        [PUBLIC, ("vary", "Cookie, User-Agent")],
        [("content-language", "en")],
    ],
)
async def test_what_a_shared_cache_must_not_keep_is_not_kept(headers: list[tuple[str, str]]) -> None:
    site = Site(*headers)
    assert [(await site.get()).text for _ in range(2)] == ["page 1", "page 2"]


async def test_what_is_not_kept_is_made_side_by_side() -> None:
    site = Site(status=404)
    site.gate.clear()
    asked = [asyncio.create_task(site.get()) for _ in range(3)]
    await until(lambda: site.made == 1)
    await asyncio.sleep(0)
    site.gate.set()
    assert {answer.text for answer in await asyncio.gather(*asked)} == {"page 1", "page 2", "page 3"}


@pytest.mark.parametrize("header", ["authorization", "range"])
async def test_a_request_for_more_than_a_page_is_passed_on(header: str) -> None:
    site = Site()
    await site.get()
    assert (await site.get(**{header: "x"})).text == "page 2"
    assert (await site.client.post("/")).text == "page 3"


async def test_a_client_that_has_the_page_is_told_so() -> None:
    site = Site()
    etag = (await site.get()).headers["etag"]
    for known in (etag, f'"other", {etag}', etag.removeprefix("W/"), "*"):
        answer = await site.get(if_none_match=known)
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
        assert answer.headers["cache-control"] == PUBLIC[1]
    assert (await site.get(if_none_match='"other"')).status_code == 200


def test_the_same_page_has_the_same_etag_however_it_was_padded() -> None:
    def tag(padding: bytes, *more: tuple[bytes, bytes]) -> bytes:
        body = gzip.compress(b"page")
        named = body[:3] + b"\x08" + body[4:10] + padding + b"\0" + body[10:]  # with a file name (RFC 1952)
        return page_memory._make_page([(b"Content-Encoding", b"gzip"), *more], named, 0.0).etag

    assert tag(b"a") == tag(b"abc")
    assert tag(b"a", (b"ETag", b'"own"')) == b'"own"'


NUMBER = "+15005550006"


async def test_a_page_is_made_anew_once_its_number_has_changed(clock: list[float]) -> None:
    site = Site()
    await site.get(PAGE)
    clock[0] += 0.1
    page_memory.note_change("+15005550007")
    assert (await site.get(PAGE)).text == "page 1"
    page_memory.note_change(NUMBER)
    clock[0] += 0.01
    assert [(await site.get(PAGE)).text for _ in range(2)] == ["page 2"] * 2


async def test_nobody_waits_for_a_page_begun_before_a_change(clock: list[float]) -> None:
    site = Site()
    site.gate.clear()
    first = asyncio.create_task(site.get(PAGE))
    await until(lambda: site.made == 1)
    clock[0] += 0.1
    page_memory.note_change(NUMBER)
    clock[0] += 0.1
    second = asyncio.create_task(site.get(PAGE))
    await until(lambda: site.made == 2)
    site.gate.set()
    assert [(await task).text for task in (first, second)] == ["page 1", "page 2"]


def test_a_page_that_took_long_does_not_replace_a_newer_one() -> None:
    key = page_memory.key_of(
        {"type": "http", "method": "GET", "path": PAGE, "query_string": b"", "headers": []}
    )
    assert key
    memory = page_memory.Memory()
    newer, older = (page_memory._make_page([], b"page", begun) for begun in (999.9, 999.8))
    memory._keep(key, newer)
    memory._keep(key, older)
    assert memory.get(key) is newer


async def test_changes_are_remembered_for_as_long_as_pages_are_held(clock: list[float]) -> None:
    changes = page_memory._Changes()
    changes.note("15005550006")
    clock[0] += 0.9 * page_memory.HOLD
    changes.note("15005550007")
    clock[0] += 0.2 * page_memory.HOLD
    changes.note("15005550008")
    assert changes.last("/numbers/15005550006/") == 1000.0
    assert changes.last("/numbers/15005550007/poll/") == 1000.0 + 0.9 * page_memory.HOLD
    assert changes.last("/numbers/15005550009/") == changes.last("/") == float("-inf")
    clock[0] += page_memory.HOLD
    changes.note("15005550009")
    assert changes.last("/numbers/15005550006/") == float("-inf")


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    monkeypatch.setattr(page_memory, "BYTES", 60)
    site = Site()
    for n in range(50):
        await site.get(f"/?{n}")
    memory = page_memory._memories.get()
    assert sum(len(page.body) for page in memory._pages.values()) == memory._bytes <= 60
    clock[0] += page_memory.HOLD
    await site.get("/")
    assert len(memory._pages) == 1


async def until(happened: Callable[[], bool]) -> None:
    """Let the loop go on until something has happened."""
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0)


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """A public number."""
    return make_lease()


@pytest.fixture
async def asked(site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[list[str]]:
    """The paths that reach Django."""
    from tempsms.page_threads import PageHandler

    paths: list[str] = []
    real = PageHandler._make_answer

    def count(self: PageHandler, scope: Scope, body: Any) -> Any:
        paths.append(scope["path"])
        return real(self, scope, body)

    monkeypatch.setattr(PageHandler, "_make_answer", count)
    yield paths


@pytest.mark.parametrize(
    "path", ["/", PAGE, f"{PAGE}poll/?to=1", "/countries/us/", "/numbers/past/", "/status/", "/about/"]
)
async def test_public_pages_are_held(
    site: httpx.AsyncClient, lease: Lease, asked: list[str], path: str
) -> None:
    first, second = await site.get(path), await site.get(path)
    assert (first.status_code, second.status_code, first.content) == (200, 200, second.content)
    assert asked == [path.partition("?")[0]]


async def test_each_language_and_theme_has_its_own(
    site: httpx.AsyncClient, lease: Lease, asked: list[str]
) -> None:
    for _ in range(2):
        german = await site.get(PAGE, headers={"accept-language": "de"})
        assert '<html lang="de"' in german.text
        dark = await site.get(PAGE, headers={"cookie": "theme=dark"})
        assert 'data-theme="dark"' in dark.text
    assert asked == [PAGE] * 2


@pytest.fixture
def private(transactional_db: None) -> str:
    """The path of a rental's page."""
    return make_link(make_rental(make_lease(make_number("+15005550007", public=False))))


async def test_other_pages_are_made_each_time(
    site: httpx.AsyncClient, lease: Lease, private: str, asked: list[str]
) -> None:
    paths = [private, "/admin/login/", f"{PAGE}report/", "/numbers/4420794601/"]
    for path in paths * 2:
        await site.get(path)
    assert asked == paths * 2


@pytest.fixture
def code(lease: Lease) -> None:
    """A message with a code that lives for five minutes more."""
    make_message(lease, "Your Acme code is 482913", code_expires_in=300)


@pytest.mark.parametrize(("held_for", "made"), [(timedelta(minutes=1), 1), (timedelta(minutes=10), 2)])
@pytest.mark.parametrize("path", [PAGE, f"{PAGE}poll/?to=1", f"{PAGE}poll/"])
async def test_a_page_whose_code_is_about_to_expire_is_held_nowhere(
    site: httpx.AsyncClient,
    code: None,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    held_for: timedelta,
    made: int,
    path: str,
) -> None:
    for room in (caching, polls):
        monkeypatch.setattr(room, "HELD_FOR", held_for)
    for _ in range(2):
        assert "482913" in (answer := await site.get(path)).text
    assert ("no-store" in answer.headers["cache-control"]) == (made == 2)
    assert len(asked) == (0 if path.endswith("poll/") else made)


async def test_a_message_is_on_its_page_once_it_is_acknowledged(
    site: httpx.AsyncClient, lease: Lease, clock: list[float]
) -> None:
    for text in ("first", "second"):
        await site.get(PAGE)
        clock[0] += 0.01
        await intake.accept(lease.account_id, Inbound(text, "Harlow", lease.number.e164, f"{text} text"))
        clock[0] += 0.01
        assert f"{text} text" in (await site.get(PAGE)).text


async def test_what_another_process_publishes_makes_the_page_anew(clock: list[float]) -> None:
    incoming = {"type": "message", "channel": b"live:+15005550006", "data": event("withheld", ids=[7])}
    await Hub()._handle_incoming(incoming)
    assert page_memory._changes.last(PAGE) == clock[0]


@pytest.mark.parametrize("told", [{NUMBER: [7]}, {}])
async def test_a_notice_makes_the_page_anew_in_the_process_that_sends_it(
    site: httpx.AsyncClient, lease: Lease, asked: list[str], clock: list[float], told: dict[str, list[int]]
) -> None:
    await site.get(PAGE)
    clock[0] += 0.01
    await asyncio.to_thread(notices.tell, "withheld", told)
    clock[0] += 0.01
    await site.get(PAGE)
    assert asked == [PAGE] * (2 if told else 1)


async def test_a_page_from_memory_still_counts(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tempsms.lib.budgets import Budget
    from tempsms.middleware import budgets

    monkeypatch.setattr(budgets, "budget_of", lambda scope: budgets.PAGE)
    monkeypatch.setattr(budgets, "PAGE", Budget(f"memory {lease.pk}", 5))
    monkeypatch.setattr(budgets, "PAUSE", 0.01)
    statuses = [(await site.get(PAGE)).status_code for _ in range(7)]
    assert statuses == [200] * 5 + [429] * 2
