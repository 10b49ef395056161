"""One running instance and a Chromium for the tests here; each test has a number and a visitor of its own."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import ARGS, CHROMIUM
from tests.browser.inbox import Inbox, inboxes_of
from tests.browser.pages import RECORDER, OpenPage
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="package")
def executable() -> str:
    """Where Chromium is."""
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: apt install chromium")
    return CHROMIUM


@pytest.fixture(scope="module")
def chromium(executable: str) -> Iterator["Browser"]:
    """Debian's Chromium, without a window; not for longer, as its loop hinders tests that have one of their own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=executable, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def instance(executable: str) -> Iterator[Instance]:
    """A running instance, on the web server that TEST_SERVER names: uvicorn, if nothing is said, or daphne."""
    with Instance(server=os.environ.get("TEST_SERVER", "uvicorn")) as running:
        yield running


@pytest.fixture(scope="package")
def inboxes(instance: Instance) -> Iterator[Inbox]:
    """Its numbers, for one test each."""
    return inboxes_of(instance)


@pytest.fixture
def inbox(inboxes: Iterator[Inbox]) -> Iterator[Inbox]:
    """A number of the test's own."""
    inbox = next(inboxes)
    yield inbox
    inbox.close()


@pytest.fixture
def context(chromium: "Browser") -> Iterator["BrowserContext"]:
    """A visitor: a browser with nothing in it."""
    context = chromium.new_context()
    context.add_init_script(RECORDER)
    yield context
    context.close()


@pytest.fixture
def open_live(context: "BrowserContext") -> OpenPage:
    """Open an inbox and wait until it says that it is live.

    Its polls learn nothing unless `net` is true: what the safety net would mend is then seen.
    """

    def open_page(inbox: Inbox, *, net: bool = False) -> "Page":
        page = context.new_page()
        if not net:
            page.route("**/poll/**", lambda route: route.fulfill(json={"frames": []}))
        page.goto(inbox.url)
        page.wait_for_function("() => states.at(-1) === 'Live'")
        return page

    return open_page
