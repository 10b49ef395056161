"""Budgets per visitor, in front of everything that costs: so many requests a minute of a kind, so many at once.

A visitor is a network (`tempsms.lib.visitor`), and the budgets are for a whole office behind one address: 500 open
pages that poll every 30 s use a sixth of theirs. Webhooks have none: carriers share networks, and sign what they send.
`VISITOR_LIMITS=off` lifts the budgets; the bounds for all visitors together stay.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass

from django.conf import settings

from inbox.pages import media, polls
from tempsms.lib import budgets, metrics, page_memory, visitor
from tempsms.lib.asgi import App, Message, Receive, Scope, Send
from tempsms.lib.budgets import Budget
from tempsms.lib.page_memory import Page
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.turns import NoTurn, Turns, rest_after
from tempsms.middleware.refusals import refuse

PAGE = Budget("page", 1200)
SEARCH = Budget("search", 240)
POLL = Budget("poll", 6000)
STATIC = Budget("static", 20_000)
LIVE = Budget("live", 1200)
MEDIA = Budget("media", 120)
LOGIN = Budget("login", 60)
REPORT = Budget("report", 60)
CAPTURE = Budget("capture", 1200)
TOKEN = Budget("token", 60)  # each takes a third of a second to check its secret
ADMIN = Budget("admin", 1200)

WAITING, WAITS = (
    100,
    8.0,
)  # requests, seconds: a browser that restores fifty tabs waits a little and gets them all
AT_ONCE = {
    # below the threads that serve these (tempsms.page_threads): two make as many pages a second as five, since one
    # computes at a time, and with 24 asking at once webhooks took 39 ms at the median instead of 200
    "pages": 2,
    "admin": 3,
    "search": 1,
    "capture": 64,
    "media": 2,
}
_LANES = {
    PAGE: ("pages",),
    POLL: ("pages",),
    REPORT: ("pages",),
    SEARCH: ("search", "pages"),
    LOGIN: ("admin",),
    ADMIN: ("admin",),
    CAPTURE: ("capture",),
    TOKEN: ("search", "pages"),
    MEDIA: ("media",),
}

SEARCHES, SEARCHES_WAITING, SEARCHES_WAIT = 2, 50, 5.0  # of all visitors together
FILES, FILES_WAITING, FILES_WAIT = (
    6,
    50,
    8.0,
)  # likewise; each may take 10 MB of memory until it has been read
PAUSE, PAUSES = 0.5, 500
"""Seconds that a refusal waits, as long as no more than so many do: who asks again at once would otherwise keep the
process busy with refusals alone."""
_BY_ROOM = {"sse": LIVE, "ws": LIVE, "static": STATIC, "capture": CAPTURE, "o": TOKEN}
API_PAGES = ("/api", "/api/", "/api/v1/docs")
"""Pages for people. The API itself counts by key (`inbox.api.limits`)."""
_FREE = ("webhooks", "healthz", "metrics")


class OverBudget(Exception):
    """The request is over a budget (429), or the process over its own (503)."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = str(max(1, round(retry_after)))


@dataclass(slots=True)
class _Lines:
    """The turns of one event loop, and how many refusals wait there."""

    turns: dict[str, Turns]
    searches: Turns
    files: Turns
    pauses: int = 0


def _make_lines() -> _Lines:
    turns = {lane: Turns(at_once, WAITING, WAITS) for lane, at_once in AT_ONCE.items()}
    searches = Turns(SEARCHES, SEARCHES_WAITING, SEARCHES_WAIT)
    return _Lines(turns, searches, Turns(FILES, FILES_WAITING, FILES_WAIT))


_lines = PerLoop(_make_lines)


def within_budgets(app: App) -> App:
    """An application that gets what its visitors' budgets allow; refusals say when to retry."""

    async def admitting(scope: Scope, receive: Receive, send: Send) -> None:
        budget = None if scope["type"] == "lifespan" else budget_of(scope)
        if budget is None:
            await app(scope, receive, send)
            return
        name = visitor.of_scope(scope)
        try:
            await _count_request(budget, name)
            # nothing to give back: sockets and streams, of which a process holds thousands
            if budget not in _LANES:
                await app(scope, receive, send)
                return
            # a page from memory costs too little to wait for a turn
            if page := await _recall_page(scope, budget):
                await page.answer(scope, send)
                return
            async with _wait_for_turn(budget, name) as place:
                # a file is held in memory until it has been read
                await app(scope, receive, send if budget is MEDIA else _giving_back(place, send))
        except OverBudget as refused:
            metrics.REFUSED.labels(budget.name).inc()
            await _hold_refusal()
            text = "too many requests" if refused.status == 429 else "too busy"
            why = f"{text}: try again in {refused.retry_after} seconds"
            await refuse(scope, send, refused.status, why, [("retry-after", refused.retry_after)])

    return admitting


def budget_of(scope: Scope) -> Budget | None:
    """The budget that a request is taken from; None for what has none."""
    path: str = scope["path"]
    room = path.split("/", 2)[1]
    if room in _FREE or (room == "api" and path not in API_PAGES):
        return None
    if scope["type"] == "websocket":
        return LIVE
    if room in _BY_ROOM:
        return _BY_ROOM[room]
    posted = scope["method"] == "POST"
    if room == "admin":
        return LOGIN if posted and path == "/admin/login/" else ADMIN
    if path.endswith("/poll/"):
        return POLL
    if posted and room == "numbers":
        return REPORT
    if media.serves(path):
        return MEDIA
    return SEARCH if _is_search(scope["query_string"]) else PAGE


def _is_search(query: bytes) -> bool:
    """Whether something is looked for: the parameters of an inbox' search and of the lists' filters."""
    return any(part.startswith((b"q=", b"from=")) and part[-1:] != b"=" for part in query.split(b"&"))


def _giving_back(place: ExitStack, send: Send) -> Send:
    """Give the place back as soon as there is an answer: its visitor may read it as slowly as he likes."""

    async def sending(message: Message) -> None:
        place.close()
        await send(message)

    return sending


async def _count_request(budget: Budget, name: str) -> None:
    """Take a request out of its visitor's budget; raises `OverBudget` when nothing is left of it."""
    if settings.VISITOR_LIMITS and (wait := await budgets.take(budget, name)):
        raise OverBudget(429, wait)


async def _recall_page(scope: Scope, budget: Budget) -> Page | None:
    """The answer to a request if it is in memory, or takes no more than a query that many share."""
    if budget is POLL and (answer := await polls.recall(scope)):
        return answer
    return page_memory.recall(scope) if budget in (PAGE, POLL) else None


@asynccontextmanager
async def _wait_for_turn(budget: Budget, name: str) -> AsyncIterator[ExitStack]:
    """A place for a request, given back at the latest at the end; raises `OverBudget`."""
    lines = _lines.get()
    with ExitStack() as place:
        begun = time.perf_counter()
        for lane in _LANES.get(budget, ()) if settings.VISITOR_LIMITS else ():
            turns = lines.turns[lane]
            await _take_turn(turns, name, 429)
            if lane == "search":
                place.callback(_give_back_later, turns, name, lambda: time.perf_counter() - begun)
            else:
                place.callback(turns.give_back, name)
        if budget is SEARCH:
            await _take_turn(lines.searches, "", 503)
            place.callback(lines.searches.give_back, "")
        if budget is MEDIA:
            await _take_turn(lines.files, "", 503)
            place.callback(lines.files.give_back, "")
        begun = time.perf_counter()
        yield place


def _give_back_later(turns: Turns, name: str, took: Callable[[], float]) -> None:
    """Give a search's turn back some time later."""
    asyncio.get_running_loop().call_later(rest_after(took()), turns.give_back, name)


async def _take_turn(turns: Turns, name: str, status: int) -> None:
    try:
        await turns.take(name)
    except NoTurn:
        raise OverBudget(status, WAITS) from None


async def _hold_refusal() -> None:
    """Hold a refusal back for a moment."""
    lines = _lines.get()
    if lines.pauses < PAUSES:
        lines.pauses += 1
        try:
            await asyncio.sleep(PAUSE)
        finally:
            lines.pauses -= 1
