"""Older messages in a real Chromium: they come in below, and stay as true as the newest."""
# ruff: noqa: F811 (parameters are the imported fixtures)

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.browser import (  # noqa: F401 (fixtures)
    Inbox,
    OpenPage,
    account,
    chromium,
    context,
    inbox,
    instance,
    loaded_anew,
    numbers,
    open_live,
    rows,
    wait_for_ids,
)

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, WebSocketRoute

pytestmark = pytest.mark.xdist_group("browser")

ALL = (
    "SELECT m.id FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id"
    " WHERE n.e164 = %s AND m.public ORDER BY m.id DESC"
)


def all_ids(inbox: Inbox) -> list[int]:
    """Ids of all public messages, newest first."""
    return [pk for (pk,) in inbox.instance.sql(ALL, inbox.e164)]


def post_many(inbox: Inbox, texts: list[str]) -> None:
    """Post them, several at a time."""
    with ThreadPoolExecutor(4) as senders:
        list(senders.map(inbox.post, texts))


def wake(page: "Page") -> None:
    """Have the page ask what is there now, as when its tab is looked at again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_older_messages_come_by_scrolling_and_stay_true(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage
) -> None:
    deaf: list[bool] = []  # whether frames get lost on their way

    def through(socket: "WebSocketRoute") -> None:
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if deaf else socket.send(frame))

    context.route_web_socket("**/ws/**", through)
    post_many(inbox, [f"message {n}" for n in range(40)])
    page = open_live(inbox, net=True)
    assert page.is_visible("#end >> text=Nothing older: messages are kept for 24 hours.")
    assert page.is_hidden("#older")
    post_many(inbox, [f"message {n}" for n in range(40, 120)])
    first = all_ids(inbox)
    wait_for_ids(page, first[:50])
    assert page.is_hidden("#end")

    page.locator("#older").scroll_into_view_if_needed()
    wait_for_ids(page, first[:100])
    page.wait_for_selector("#announcer >> text=50 older messages shown", state="attached")

    page.evaluate("id => document.getElementById(`m${id}`).scrollIntoView()", first[60])
    top = "id => document.getElementById(`m${id}`).getBoundingClientRect().top"
    before = page.evaluate(top, first[60])
    for n in range(3):
        inbox.post(f"new {n}")
    wait_for_ids(page, all_ids(inbox)[:103])
    assert abs(page.evaluate(top, first[60]) - before) < 2

    deaf.append(True)
    inbox.instance.sql("UPDATE inbox_message SET public = false WHERE id = ANY(%s)", [first[20], first[70]])
    post_many(inbox, [f"missed {n}" for n in range(60)])
    wake(page)
    wait_for_ids(page, all_ids(inbox)[:161])

    page.focus("#older a")
    wait_for_ids(page, all_ids(inbox))
    assert page.is_visible("#end")
    assert page.evaluate("Number(document.activeElement.dataset.id)") == first[100]


def test_older_ones_of_a_search_come_by_its_link(inbox: Inbox, context: "BrowserContext") -> None:
    post_many(inbox, [f"found {n}" for n in range(60)])
    page = context.new_page()
    page.goto(f"{inbox.url}?q=found")
    page.evaluate("window.notReloaded = true")
    assert rows(page) == loaded_anew(page)
    page.click("#older a")
    wait_for_ids(page, all_ids(inbox))
    assert page.evaluate("window.notReloaded")
    assert page.is_hidden("#older")
