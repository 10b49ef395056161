"""How messages get to a page in a real Chromium: by socket, by events, by polling, from both web servers."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox, inboxes_of
from tests.browser.pages import loaded_anew, rows, wait_for_ids
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

# Sockets fail until the page says that they may not
NO_SOCKETS = """window.WebSocket = class extends WebSocket {
    constructor(address) { super(window.socketsWork ? address : address.replace("/ws/", "/nowhere/")); }
};
window.EventSource = class extends EventSource {
    close() { window.eventsEnded = true; super.close(); }
};"""

Open = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def inboxes_on_daphne() -> Iterator[Iterator[Inbox]]:
    """Numbers of an instance on the other web server."""
    with Instance(server="daphne") as running:
        yield inboxes_of(running, 20)


@pytest.fixture(params=["inboxes", "inboxes_on_daphne"])
def inbox(request: pytest.FixtureRequest) -> Iterator[Inbox]:
    """A number of the test's own, on each of the web servers."""
    inbox: Inbox = next(request.getfixturevalue(request.param))
    yield inbox
    inbox.close()


@pytest.fixture
def open_by(context: "BrowserContext", inbox: Inbox) -> Open:
    """Open an inbox whose messages come by "socket" or by "events", and not by its polls, until it says it is live."""

    def opened(transport: str) -> "Page":
        if transport == "events":
            context.add_init_script(NO_SOCKETS)
        page = context.new_page()
        page.route("**/poll/**", lambda route: route.fulfill(json={"frames": []}))
        page.goto(inbox.url)
        page.wait_for_function("() => states.at(-1) === 'Live'")
        return page

    return opened


@pytest.mark.parametrize("transport", ["socket", "events"])
def test_two_hundred_messages_at_once_are_neither_lost_nor_doubled_nor_misplaced(
    inbox: Inbox, open_by: Open, transport: str
) -> None:
    tabs = 2 if transport == "socket" else 1  # of a browser's tabs one holds a stream
    pages = [open_by(transport) for _ in range(tabs)]
    with ThreadPoolExecutor(8) as senders:
        list(senders.map(inbox.post, (f"message {n}" for n in range(200))))
    for page in pages:
        wait_for_ids(page, inbox.ids())
        assert rows(page) == loaded_anew(page)
        assert len(rows(page)) == 50
    sent = (
        "SELECT count(*) FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id WHERE n.e164 = %s"
    )
    assert inbox.instance.sql(sent, inbox.e164) == [(200,)]


@pytest.mark.parametrize("transport", ["socket", "events"])
def test_a_killed_server_is_survived_without_a_reload(inbox: Inbox, open_by: Open, transport: str) -> None:
    page = open_by(transport)
    page.evaluate("window.notReloaded = true")
    inbox.post("before")
    wait_for_ids(page, inbox.ids())
    seen = page.evaluate("states.length")
    os.kill(inbox.instance.serving(), signal.SIGKILL)
    page.wait_for_function("(seen) => states.slice(seen).includes('Reconnecting')", arg=seen)
    for n in range(3):
        inbox.post(f"after {n}")
    wait_for_ids(page, inbox.ids())
    page.wait_for_function("() => states.at(-1) === 'Live'")
    inbox.post("live again")
    wait_for_ids(page, inbox.ids())
    assert rows(page) == loaded_anew(page)
    assert page.evaluate("window.notReloaded")


def test_events_give_way_to_a_socket_once_there_is_one(inbox: Inbox, open_by: Open) -> None:
    page = open_by("events")
    assert not page.evaluate("window.eventsEnded")
    page.evaluate("window.socketsWork = true")
    page.wait_for_function("() => window.eventsEnded", timeout=45_000)
    assert page.evaluate("states.at(-1)") == "Live"
    inbox.post()
    wait_for_ids(page, inbox.ids())


def test_without_socket_and_events_the_page_polls_and_says_so(
    inbox: Inbox, context: "BrowserContext"
) -> None:
    context.add_init_script(NO_SOCKETS)
    context.route("**/sse/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(inbox.url)
    page.wait_for_function("() => states.at(-1) === 'Checking every 5 seconds'")
    inbox.post()
    wait_for_ids(page, inbox.ids())


def test_a_page_of_events_learns_the_end_of_its_number(inbox: Inbox, open_by: Open) -> None:
    page = open_by("events")
    inbox.post()
    wait_for_ids(page, inbox.ids())
    inbox.tell({"type": "retired"})
    page.wait_for_function("() => states.at(-1) === 'Retired'")
    assert page.locator(".message").count() == 0
