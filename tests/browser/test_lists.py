"""The lists in a real Chromium: numbers looked at last, and everything by keyboard on a phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import CUT_OFF, RECORDER, faults
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

FORBIDDEN = """
const forbid = () => { throw new DOMException("storage is forbidden", "SecurityError"); };
Object.defineProperty(window, "localStorage", { get: forbid });
"""
NOT_OURS = """localStorage.recent = JSON.stringify(
    [{ digits: "../admin", shown: "x" }, { digits: "15005550199", shown: "<b>" }])"""
ON_ROW = "() => document.activeElement.matches('.row a')"


def recent(page: "Page") -> list[str]:
    """What the list shows as looked at last."""
    return page.locator("#recent li").all_inner_texts()


def test_numbers_looked_at_last_are_kept_in_the_browser_until_they_are_forgotten(
    inboxes: Iterator[Inbox], context: "BrowserContext", chromium: "Browser"
) -> None:
    inbox, other = next(inboxes), next(inboxes)
    first, second = inbox.e164[1:], other.e164[1:]
    home = inbox.instance.url
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data}"))
    page.goto(home)
    assert page.is_hidden("#recent")
    for digits in (first, second, first):
        page.goto(f"{home}/numbers/{digits}/?q=nothing")
        page.wait_for_function(f'() => localStorage.recent?.startsWith(\'[{{"digits":"{digits}\')')
    asked.clear()
    page.goto(home)
    page.wait_for_selector("#recent li")
    assert recent(page) == [f"+1 500-555-{digits[-4:]}" for digits in (first, second)]
    assert [request for request in asked if first in request] == []
    assert "live" not in page.inner_text("#recent").lower()
    page.click("#recent a")
    page.wait_for_url(f"**/numbers/{first}/")
    page.evaluate(NOT_OURS)
    page.goto(home)
    page.wait_for_selector("#recent li")
    assert recent(page) == ["<b>"]
    page.click("#recent button")
    assert page.is_hidden("#recent")
    assert page.evaluate("[localStorage.recent ?? null, document.activeElement.id]") == [None, "main"]

    careful = chromium.new_context()
    careful.add_init_script(FORBIDDEN)
    page = careful.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(inbox.url)
    page.wait_for_selector("#connection[data-state=live]")
    page.goto(home, wait_until="networkidle")
    assert page.is_hidden("#recent")
    assert errors == []
    careful.close()


def test_a_number_is_copied_from_its_row_and_the_page_stays(inbox: Inbox, context: "BrowserContext") -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{inbox.instance.url}/countries/us/")
    button = page.locator(f"[data-copy='{inbox.e164}']")
    button.scroll_into_view_if_needed()  # a click would
    before = button.bounding_box()
    button.click()
    button.locator(".verb", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == inbox.e164
    assert (page.text_content("#announcer"), button.bounding_box()) == ("Copied", before)
    assert page.url.endswith("/countries/us/")
    page.wait_for_function("() => !document.querySelector('.said')")


def test_lists_are_used_by_keyboard_on_a_phone_and_have_no_faults(inbox: Inbox, chromium: "Browser") -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    context.add_init_script(RECORDER)
    page = context.new_page()
    home = inbox.instance.url
    for path in (
        "/",
        "/?q=99999",
        "/countries/us/",
        "/countries/fr/",
        "/numbers/past/",
        "/numbers/15005559999/",
    ):
        page.goto(home + path)
        for direction in ("ltr", "rtl"):
            page.evaluate(f"document.documentElement.dir = '{direction}'")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, (path, direction)
            assert page.evaluate(CUT_OFF) == [], (path, direction)
        schemes: tuple[Literal["light", "dark"], ...] = (
            ("dark", "light") if path == "/?q=99999" else ("dark",)
        )
        for scheme in schemes:
            page.emulate_media(color_scheme=scheme)
            assert faults(page) == "", (path, scheme)
        assert page.evaluate("violations") == [], path
    page.goto(home)
    page.focus(".finder summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(f"555 {inbox.e164[-4:]}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/?q=555+{inbox.e164[-4:]}*")
    assert page.inner_text("[role=status]") == "1 number found."
    page.focus("[name=sort]")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate(ON_ROW):
            break
    assert page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/numbers/{inbox.e164[1:]}/")
    context.close()


WANT = """
from numbers.models import PoolTarget
PoolTarget.objects.create(country="NO", kind="mobile", count=1, public=True)
"""


def test_an_empty_list_shows_the_first_number_by_itself(executable: str, context: "BrowserContext") -> None:
    with Instance() as empty:
        page = context.new_page()
        page.goto(empty.url)
        page.wait_for_selector("h2 >> text=No numbers right now")
        assert not page.locator("[data-coming]").count()  # nobody wants any: it stays as it is
        empty.manage("shell", "-v0", "-c", WANT)
        page.reload()
        empty.account("simulated", "empty", "+15005550071")
        page.wait_for_selector("a[href='/numbers/15005550071/']", timeout=60_000)
