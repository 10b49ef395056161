"""The sandbox's page in a real Chromium: messages appear, change and go; without scripts it works too."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.pages import CUT_OFF, faults
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.xdist_group("browser")
LONG = "w" * 400 + " http://example.com/" + "a" * 300
LOOKS = [("light", 1200), ("dark", 360)]


def send(instance: Instance, body: str, **fields: str) -> None:
    """Send as a program does."""
    form = {"To": TO, "From": FROM, "Body": body, **fields}
    httpx.post(instance.url + MESSAGES, data=form, auth=(SID, TOKEN), timeout=30).raise_for_status()


@pytest.fixture(autouse=True)
def emptied(instance: Instance) -> Iterator[None]:
    """There is nothing before, and nothing is left of what was sent."""
    empty(instance)
    yield
    empty(instance)


def empty(instance: Instance) -> None:
    """Delete what was captured."""
    instance.sql("DELETE FROM sandbox_statechange")
    instance.sql("DELETE FROM sandbox_capturedmessage")


def test_what_a_program_sends_appears_changes_and_goes(instance: Instance, context: "BrowserContext") -> None:
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.locator("#empty").wait_for()
    send(instance, "Your code is 482913", StatusCallback="http://127.0.0.1:1024/nobody")
    send(instance, "Hello")
    code = page.locator("li.message:has-text('482913')")
    code.locator(".chip", has_text="delivered").wait_for()
    assert page.locator("li.message .text").all_inner_texts() == ["Hello", "Your code is 482913"]
    assert code.locator("button[data-copy]").get_attribute("data-copy") == "482913"
    code.locator("summary:has-text('Callbacks')").click()
    code.locator("text=not reached").first.wait_for()
    code.locator("button:has-text('Delete')").click()
    page.wait_for_function("document.querySelectorAll('li.message').length === 1")
    page.click("text=Delete all")
    page.locator("#empty").wait_for()


def test_it_works_without_scripts(instance: Instance, chromium: "Browser") -> None:
    send(instance, "Your code is 482913")
    send(instance, "Hello")
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{instance.url}/sandbox/")
        page.fill("#q", "has:code")
        page.click("form.search button")
        assert page.locator("li.message .text").all_inner_texts() == ["Your code is 482913"]
        page.locator("li.message button:has-text('Delete')").click()
        page.locator("#empty").wait_for()
        page.goto(f"{instance.url}/sandbox/")
        assert page.locator("li.message .text").all_inner_texts() == ["Hello"]


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_it_has_no_fault_and_fits(instance: Instance, chromium: "Browser", scheme: str, width: int) -> None:
    send(instance, LONG, StatusCallback="http://127.0.0.1:1024/" + "a" * 300)
    send(instance, "Łódź 482913", From="ACME")
    size = {"width": width, "height": 740}
    with chromium.new_context(color_scheme=scheme, viewport=size) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{instance.url}/sandbox/")
        for summary in page.locator("li.message summary").all():
            summary.click()
        assert faults(page) == ""
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CUT_OFF) == []
        ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
        assert (ground == "rgb(16, 21, 27)") == (scheme == "dark")
