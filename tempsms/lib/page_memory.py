"""Public pages from memory: a small shared cache (RFC 9111) in front of Django, for half a second.

It holds what views say a shared cache may hold, by address, language, theme and compression, as the bytes that Django
made. A process that stores a message, or is told of a change, makes that number's pages anew at once (`note_change`).
Half a second bounds everything else: whatever happens in the database, or to Redis, a page that is older than that is
made again. Those who ask for a page that is being made wait for it together.
"""

import asyncio
import gzip
import re
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, parse_cookie
from django.utils.translation import get_language_from_request

from tempsms.lib.asgi import App, Message, Receive, Scope, Send
from tempsms.lib.per_loop import PerLoop

HOLD = 0.5  # seconds from when a page begins to be made
SLOW = 0.5  # seconds of making after which a page is too old for a proxy to keep it for another one
BYTES = 32 * 1024 * 1024  # of bodies; what is held is seldom a hundredth of it
_THEMES = ("light", "dark")
_VARIES = {"accept-encoding", "accept-language", "cookie"}  # what a key is made of
_KEYED = {b"accept-encoding", b"accept-language", b"cookie", b"host", b"x-forwarded-proto"}
# with a body, nobody knows how long it takes to come
_NEVER = {b"authorization", b"content-length", b"range", b"transfer-encoding"}
# operators never wait for strangers; files have a memory of their own (WhiteNoise)
_PRIVATE = ("/admin/", "/r/", "/sandbox/", "/static/")
LONGEST_ACCEPTED = 500  # characters
_FRESHNESS = re.compile(r"(?:\A|[\s,])(s-maxage|max-age)=(\d{1,9})(?=[\s,]|\Z)", re.IGNORECASE)

_NUMBER_IN_PATH = re.compile(r"/numbers/(\d{1,20})(?:/|\Z)", re.ASCII)

Pair = tuple[bytes, bytes]


class Key(NamedTuple):
    """What decides which page a request gets."""

    host: bytes | None
    scheme: str | None
    proxied_scheme: bytes | None
    path: str
    query: bytes
    language: str
    theme: str
    zipped: bool


class _Changes:
    """When each number last changed, as far as this process knows; told by any of its threads.

    Two generations, each begun `HOLD` seconds after the one before: nobody asks for what is older.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = float("-inf")
        self._recent: dict[str, float] = {}
        self._older: dict[str, float] = {}

    def note(self, digits: str) -> None:
        """Remember that a number changed now."""
        now = time.monotonic()
        with self._lock:
            if now - self._since >= HOLD:
                self._older, self._recent, self._since = self._recent, {}, now
            self._recent[digits] = now

    def last(self, path: str) -> float:
        """When the number of a page last changed; long ago for any other page."""
        number = _NUMBER_IN_PATH.match(path)
        if number is None:
            return float("-inf")
        with self._lock:
            return self._recent.get(number[1]) or self._older.get(number[1], float("-inf"))


_changes = _Changes()


def note_change(number: str) -> None:
    """Have the pages of a number (E.164) made anew for all who ask from now on."""
    _changes.note(number.lstrip("+"))


def has_changed(number: str, since: float) -> bool:
    """Whether a number (E.164) changed at a time or later, as far as this process knows."""
    return _changes.last(f"/numbers/{number.lstrip('+')}/") >= since


def _is_fresh(begun: float, key: Key) -> bool:
    """Whether a page begun at a time still shows what this process knows."""
    return _changes.last(key.path) < begun and time.monotonic() < begun + HOLD


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of 200, whole, and when it began to be made (`time.monotonic`)."""

    headers: list[Pair]
    body: bytes
    etag: bytes
    begun: float

    async def answer(self, scope: Scope, send: Send) -> None:
        """Send it, or 304 to a client that has it already."""
        if _is_known(self.etag, scope):
            kept = [pair for pair in self.headers if pair[0] not in (b"content-length", b"content-type")]
            await send({"type": "http.response.start", "status": 304, "headers": kept})
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.start", "status": 200, "headers": self.headers})
            await send({"type": "http.response.body", "body": self.body})


@dataclass(eq=False, slots=True)
class Making:
    """A page that is being made: since when, and what comes of it.

    That is the page; `NOT_SHARED` for an answer that each must get for himself; None where nothing came, since the
    client for whom it was made has left, or since making it failed.
    """

    begun: float
    outcome: asyncio.Future[Page | object | None]

    def release(self) -> None:
        """Have nobody wait any longer: what comes may not be kept."""
        self.settle(NOT_SHARED)

    def settle(self, outcome: Page | object | None) -> None:
        """Hand the outcome to all who wait, unless they have one."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


NOT_SHARED = object()
Make = Callable[[float, Callable[[], None]], Awaitable[Page | None]]
"""Makes a page that began at a time, or answers by itself; it calls the second before it does so."""


class Memory:
    """The pages of one event loop, oldest first, and those being made."""

    def __init__(self) -> None:
        self._pages: dict[Key, Page] = {}
        self._bytes = 0
        self._making: dict[Key, Making] = {}

    def get(self, key: Key) -> Page | None:
        """Return a page that is fresh."""
        page = self._pages.get(key)
        return page if page is not None and _is_fresh(page.begun, key) else None

    async def share(self, key: Key, make: Make) -> Page | None:
        """Return a page that is fresh, being made for another, or made now; None where `make` answered by itself.

        Nobody waits for longer than `HOLD` for what another asked for: after that he asks himself.
        """
        while True:
            now = time.monotonic()
            if page := self.get(key):
                return page
            making = self._making.get(key)
            if making is None or not _is_fresh(making.begun, key):
                return await self._make(key, now, make)
            await asyncio.wait([making.outcome], timeout=making.begun + HOLD - now)
            outcome = making.outcome.result() if making.outcome.done() else None
            if isinstance(outcome, Page):
                return outcome
            if outcome is NOT_SHARED:
                return await make(now, lambda: None)

    async def _make(self, key: Key, now: float, make: Make) -> Page | None:
        """Make a page, and hand it to all who wait for it meanwhile."""
        making = self._making[key] = Making(now, asyncio.get_running_loop().create_future())
        page = None
        try:
            page = await make(now, making.release)
        finally:
            if self._making.get(key) is making:
                del self._making[key]
            if page is not None:
                self._keep(key, page)
            making.settle(page)
        return page

    def _keep(self, key: Key, page: Page) -> None:
        """Keep a page; drop those that are stale, and the oldest while there are too many bytes."""
        if key in self._pages and self._pages[key].begun > page.begun:
            return
        self._forget_page(key)
        self._pages[key] = page
        self._bytes += len(page.body)
        now = time.monotonic()
        for oldest in list(self._pages):
            if self._pages[oldest].begun + HOLD > now and self._bytes <= BYTES:
                break
            self._forget_page(oldest)

    def _forget_page(self, key: Key) -> None:
        if page := self._pages.pop(key, None):
            self._bytes -= len(page.body)


_memories = PerLoop(Memory)


def recall(scope: Scope) -> Page | None:
    """The page that a request asks for, if it is in memory and fresh."""
    key = key_of(scope)
    return _memories.get().get(key) if key else None


def remembered(app: App) -> App:
    """An application whose public pages are held for `HOLD` seconds."""

    async def remembering(scope: Scope, receive: Receive, send: Send) -> None:
        key = key_of(scope)
        if key is None:
            await app(scope, receive, send)
            return

        async def make(begun: float, release: Callable[[], None]) -> Page | None:
            answer = _Answer(send, begun, release)
            await app(scope, receive, answer.take)
            return answer.page

        if page := await _memories.get().share(key, make):
            await page.answer(scope, send)

    return remembering


class _Answer:
    """Takes an application's answer: holds back one that may be kept, and passes on any other."""

    def __init__(self, send: Send, begun: float, release: Callable[[], None]) -> None:
        self._send = send
        self._begun = begun
        self._release = release
        self._head: list[Pair] | None = None
        self._body: list[bytes] = []
        self.page: Page | None = None

    async def take(self, message: Message) -> None:
        """Called by the application to send."""
        if message["type"] == "http.response.start" and _may_be_kept(message):
            self._head = list(message["headers"])
        elif self._head is None:
            # first: this client may read it as slowly as he likes
            self._release()
            await self._send(message)
        elif message["type"] == "http.response.body":
            self._body.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.page = _make_page(self._head, b"".join(self._body), self._begun)


def _make_page(headers: list[Pair], body: bytes, begun: float) -> Page:
    named = {name.lower(): value for name, value in headers}
    # gzip pads at random, so that the same page is other bytes each time
    plain = gzip.decompress(body) if named.get(b"content-encoding") == b"gzip" else body
    etag = named.get(b"etag") or etag_of(plain)
    own = (b"etag", b"content-length")
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in own]
    if time.monotonic() >= begun + SLOW:
        kept = [(name, _keep_nowhere(value) if name == b"cache-control" else value) for name, value in kept]
    return Page([*kept, (b"etag", etag), (b"content-length", b"%d" % len(body))], body, etag, begun)


def _keep_nowhere(directives: bytes) -> bytes:
    """Cache-Control that has proxies ask each time."""
    return _FRESHNESS.sub(lambda one: one[0].replace(one[2], "0"), directives.decode("latin-1")).encode(
        "latin-1"
    )


def etag_of(body: bytes) -> bytes:
    """The ETag of an answer with this body, before it is compressed."""
    return b'W/"%s"' % blake2b(body, digest_size=12).hexdigest().encode()


def key_of(scope: Scope) -> Key | None:
    """Return the key of the page that a request asks for; None for a request that memory must not answer.

    That is so for every request that could be read in more than one way: its page would be another's.
    """
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    if scope["path"].startswith(_PRIVATE):
        return None
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in headers and name in _KEYED:  # Django joins them
            return None
        headers[name] = value
    accepted = headers.get(b"accept-language", b"")
    # Django cuts a longer one in a way of its own
    if _NEVER & headers.keys() or len(accepted) > LONGEST_ACCEPTED:
        return None
    chosen, theme = _read_cookies(headers[b"cookie"]) if b"cookie" in headers else ("", "")
    return Key(
        headers.get(b"host"),
        scope.get("scheme"),
        headers.get(b"x-forwarded-proto"),
        scope["path"],
        scope["query_string"],
        _negotiate_language(chosen, accepted.decode("latin-1")),
        theme,
        b"gzip" in headers.get(b"accept-encoding", b""),
    )


def _read_cookies(header: bytes) -> tuple[str, str]:
    """The language and the theme that a visitor chose; nothing else of his cookies changes a public page."""
    cookies = parse_cookie(header.decode("latin-1"))
    theme = cookies.get("theme", "")
    return cookies.get(settings.LANGUAGE_COOKIE_NAME, "")[:20], theme if theme in _THEMES else ""


@lru_cache(maxsize=1024)
def _negotiate_language(chosen: str, accepted: str) -> str:
    """The language of a page, as Django's own middleware will find it."""
    asked = HttpRequest()
    asked.COOKIES = {settings.LANGUAGE_COOKIE_NAME: chosen}
    asked.META = {"HTTP_ACCEPT_LANGUAGE": accepted}
    return get_language_from_request(asked)


def _may_be_kept(message: Message) -> bool:
    """Whether a shared cache may keep an answer, and all that it depends on is in our keys."""
    headers = {name.lower(): value.decode("latin-1") for name, value in message["headers"]}
    if message["status"] != 200 or b"set-cookie" in headers:
        return False
    directives = headers.get(b"cache-control", "").lower()
    seconds = {name.lower(): int(value) for name, value in _FRESHNESS.findall(directives)}
    varies = {name.strip().lower() for name in headers.get(b"vary", "").split(",") if name.strip()}
    return (
        "public" in directives
        and seconds.get("s-maxage", seconds.get("max-age", 0)) > 0
        and varies <= _VARIES
    )


def _is_known(etag: bytes, scope: Scope) -> bool:
    """Whether the client has this very page (RFC 9110 section 13.1.2)."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            known = [one.strip().removeprefix(b"W/") for one in value.split(b",")]
            return b"*" in known or etag.removeprefix(b"W/") in known
    return False
