"""Connections that die without a word, and browsers with few of them, in a real Chromium behind a proxy of its own."""

import os
import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import rows, wait_for_ids
from tests.browser.proxy import Proxy

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

POLLING = "Checking every 5 seconds"
TABS = 8
KEPT = 6  # connections, at most
IN_A_WHILE = "00:45"
HIDE = """Object.defineProperty(document, 'hidden', { value: true, configurable: true });
document.dispatchEvent(new Event('visibilitychange'));"""
SHOW = "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'));"

Open = Callable[..., "Page"]


@pytest.fixture
def open_behind(context: "BrowserContext", inbox: Inbox) -> Open:
    """Open an inbox behind a proxy. Its clock can be turned, and its polls are answered but learn nothing."""

    def opened(proxy: Proxy, *, clock: bool = True, net: bool = False) -> "Page":
        page = context.new_page()
        if clock:
            page.clock.install()
        if not net:
            page.route("**/poll/**", lambda route: route.fulfill(json={"frames": []}))
        page.goto(proxy.url + inbox.path)
        return page

    return opened


@pytest.fixture(params=[False, True], ids=["socket", "events"])
def proxy(request: pytest.FixtureRequest, inbox: Inbox) -> Iterator[Proxy]:
    """A proxy that lets sockets through, and one that makes pages take events instead."""
    with Proxy(inbox.instance, refuses_sockets=request.param) as between:
        yield between


def wait_for_state(page: "Page", state: str, after: int = 0, *, turning: bool = False) -> None:
    """Wait until the badge comes to say this, later than the states that were counted.

    With the clock turning: events may be asked for on another one of the browser's connections that went deaf.
    """
    said = "([state, after]) => states.slice(after).includes(state)"
    for _ in range(KEPT if turning else 0):
        page.clock.fast_forward("00:16")
        for _ in range(20):
            if page.evaluate(said, [state, after]):
                return
            page.wait_for_timeout(50)
    page.wait_for_function(said, arg=[state, after])


def test_a_connection_that_died_without_a_word_is_noticed_and_replaced(
    inbox: Inbox, proxy: Proxy, open_behind: Open
) -> None:
    page = open_behind(proxy)
    wait_for_state(page, "Live")
    inbox.post("before")
    wait_for_ids(page, inbox.ids())
    before = page.evaluate("states.length")
    proxy.go_deaf()
    page.clock.fast_forward(IN_A_WHILE)
    wait_for_state(page, "Reconnecting", before)
    wait_for_state(page, "Live", before, turning=True)
    inbox.post("after")
    wait_for_ids(page, inbox.ids())


def test_a_server_that_stands_still_is_noticed_and_found_again(inbox: Inbox, open_behind: Open) -> None:
    web = inbox.instance.serving()
    with Proxy(inbox.instance) as proxy:
        page = open_behind(proxy)
        wait_for_state(page, "Live")
        before = page.evaluate("states.length")
        os.kill(web, signal.SIGSTOP)
        try:
            page.clock.fast_forward(IN_A_WHILE)
            wait_for_state(page, "Reconnecting", before)
        finally:
            os.kill(web, signal.SIGCONT)
        wait_for_state(page, "Live", before)


def test_a_connection_that_is_heard_is_kept(inbox: Inbox, proxy: Proxy, open_behind: Open) -> None:
    page = open_behind(proxy)
    wait_for_state(page, "Live")
    inbox.post("Your code is 604 221.")
    wait_for_ids(page, inbox.ids())
    for n in range(3):
        page.clock.fast_forward("00:20")
        inbox.post(f"message {n}")
        wait_for_ids(page, inbox.ids())
    assert page.evaluate("states.filter((state) => state === 'Reconnecting')") == []


def test_the_page_says_when_the_browser_is_offline_and_comes_back(
    inbox: Inbox, context: "BrowserContext", open_behind: Open
) -> None:
    with Proxy(inbox.instance) as proxy:
        page = open_behind(proxy, clock=False)
        wait_for_state(page, "Live")
        before = page.evaluate("states.length")
        proxy.go_deaf()
        context.set_offline(True)
        wait_for_state(page, "Reconnecting", before)
        inbox.post("meanwhile")
        context.set_offline(False)
        wait_for_state(page, "Live", before)
        wait_for_ids(page, inbox.ids())


def test_many_tabs_behind_a_proxy_without_sockets_share_one_stream(
    inbox: Inbox, context: "BrowserContext", open_behind: Open
) -> None:
    with Proxy(inbox.instance, refuses_sockets=True) as proxy:
        tabs = [open_behind(proxy, clock=False, net=True) for _ in range(TABS)]
        (live,) = settled(tabs)
        listed = context.new_page()
        listed.goto(proxy.url, timeout=10_000)
        inbox.post("to all of them")
        for tab in tabs:
            wait_for_ids(tab, inbox.ids())

        live.evaluate(HIDE)
        (following,) = settled(tabs, but=live)
        assert following is not live
        following.close()
        tabs.remove(following)
        live.evaluate(SHOW)
        (last,) = settled(tabs)
        assert last in tabs
        assert all(len(rows(tab)) == 1 for tab in tabs)


def settled(tabs: list["Page"], but: "Page | None" = None) -> list["Page"]:
    """The tabs that are live once all others poll; `but` is one that was."""
    for _ in range(600):
        states = [tab.evaluate("states.at(-1)") for tab in tabs]
        live = [tab for tab, state in zip(tabs, states, strict=True) if state == "Live"]
        if len(live) == 1 and live != [but] and states.count(POLLING) == len(tabs) - 1:
            return live
        tabs[0].wait_for_timeout(50)
    raise AssertionError(states)
