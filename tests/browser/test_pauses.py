"""How often a live page asks the poll, in a real Chromium: less and less, until the server says that it should."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import wait_for_ids

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

COUNT_FRAMES = """window.frames_heard = 0;
window.WebSocket = class extends WebSocket {
    constructor(...address) { super(...address); this.addEventListener("message", () => frames_heard++); }
};"""
STEP = "00:16"  # shorter than the silence that a page bears
STEPS = 38  # ten minutes


class Live:
    """A live page with a clock that can be turned; it hears a beat after each turn."""

    def __init__(self, context: "BrowserContext", inbox: Inbox) -> None:
        self.inbox = inbox
        self.polls = 0
        self.page: Page = context.new_page()
        self.page.add_init_script(COUNT_FRAMES)
        self.page.clock.install()
        self.page.on("request", lambda request: self._count(request.url))
        self.page.goto(inbox.url)
        self.page.wait_for_function("() => states.at(-1) === 'Live'")

    def turn(self, step: str = STEP) -> None:
        """Let time pass, and the page hear that its connection lives."""
        heard = self.page.evaluate("frames_heard")
        self.page.clock.fast_forward(step)
        self.inbox.tell({"type": "beat", "ids": [0]})
        self.page.wait_for_function("heard => frames_heard > heard", arg=heard)

    def _count(self, url: str) -> None:
        self.polls += "/poll/" in url


@pytest.fixture
def live(context: "BrowserContext", inbox: Inbox) -> Live:
    """The page of an inbox."""
    return Live(context, inbox)


def test_a_live_page_asks_less_and_less_until_it_is_told_to(live: Live, inbox: Inbox) -> None:
    for _ in range(STEPS):
        live.turn()
    assert 3 <= live.polls <= 8
    before = live.polls
    live.turn()
    inbox.tell({"type": "ask", "ids": [0]})
    with live.page.expect_request("**/poll/**"):
        live.turn()
    for _ in range(6):
        live.turn()
    assert live.polls >= before + 2, "and more often for a while"


def test_a_page_that_shows_older_messages_asks_as_often_as_ever(live: Live, inbox: Inbox) -> None:
    for n in range(51):
        inbox.post(f"message {n}")
    live.page.reload()
    live.page.locator("#older a").scroll_into_view_if_needed()
    live.page.wait_for_function("() => document.querySelectorAll('#messages > li').length === 51")
    live.turn()
    before = live.polls
    for _ in range(STEPS):
        live.turn()
    assert live.polls >= before + STEPS // 4


def test_what_was_withheld_without_a_word_leaves_open_pages(live: Live, inbox: Inbox) -> None:
    for body in ("stays", "goes"):
        inbox.post(body)
    wait_for_ids(live.page, inbox.ids())
    for _ in range(STEPS):
        live.turn()
    inbox.instance.sql("UPDATE inbox_message SET public = false WHERE id = %s", inbox.ids()[0])
    live.page.wait_for_function("heard => frames_heard > heard", arg=live.page.evaluate("frames_heard"))
    for _ in range(80):  # the server compares every 30 seconds, by a clock that cannot be turned
        live.turn("00:01")
        if live.page.evaluate("document.querySelectorAll('#messages > li').length") == 1:
            break
        live.page.wait_for_timeout(500)
    wait_for_ids(live.page, inbox.ids())
