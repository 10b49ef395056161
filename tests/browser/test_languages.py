"""Languages in a real Chromium: live rows speak the page's language, and it is switched."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import CUT_OFF, faults, wait_for_ids

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")

# Rows without what depends on the moment they are looked at
HTML = """() => [...document.querySelectorAll("#messages > li")].map((row) => {
    const still = row.cloneNode(true);
    still.querySelector(".ago").textContent = "";
    still.classList.remove("arrived");
    return still.outerHTML;
})"""

# The first and the last character of a text, from left to right: where each begins
ENDS = """(element) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode();
    return [0, text.length - 1].map((place) => {
        const range = document.createRange();
        range.setStart(text, place);
        range.setEnd(text, place + 1);
        return range.getBoundingClientRect().left;
    });
}"""


@pytest.mark.parametrize("language", ["de", "fr"])
def test_a_live_row_is_the_row_that_the_server_renders(
    inbox: Inbox, chromium: "Browser", language: str
) -> None:
    context = chromium.new_context(locale=language)
    page = context.new_page()
    page.goto(inbox.url)
    page.wait_for_selector("#connection[data-state=live]")
    inbox.post("Your code is 123456", "ACME")
    inbox.post("", "ACME")
    inbox.post("<b>hello</b> {{ 7 }}", "+14155550100")
    wait_for_ids(page, inbox.ids())
    live = page.evaluate(HTML)
    page.reload()
    assert page.evaluate(HTML) == live
    assert len(live) == 3
    words = page.evaluate("JSON.parse(document.getElementById('words').textContent)")
    assert words["copy"] in live[2]
    assert words["no_text"] in live[1]
    assert page.locator("#connection").text_content() == words["live"]
    context.close()


def test_the_language_is_switched_without_scripts_and_stays(inbox: Inbox, chromium: "Browser") -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(inbox.url)
    page.click("#languages summary")
    page.click("#languages button[value=es]")
    assert page.url == inbox.url
    assert page.get_attribute("html", "lang") == "es"
    page.goto(inbox.instance.url)
    assert page.get_attribute("html", "lang") == "es"
    context.close()


def test_the_choice_of_a_language_is_folded_away_again(inbox: Inbox, chromium: "Browser") -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto(inbox.instance.url)
    for escape in (False, True):
        page.click("#languages summary")
        assert page.is_visible("#languages button")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        if escape:
            page.keyboard.press("Escape")
        else:
            page.mouse.click(20, 700)
        page.wait_for_selector("#languages button", state="hidden")
    context.close()


def test_arabic_runs_from_right_to_left_and_numbers_and_codes_do_not(
    inbox: Inbox, chromium: "Browser"
) -> None:
    context = chromium.new_context(locale="ar-EG", viewport={"width": 360, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(inbox.url)
    page.wait_for_selector("#connection[data-state=live]")
    inbox.post("Use AB12-CD34 to sign in: code AB12-CD34", "ACME")
    inbox.post("رمز التحقق الخاص بك هو 482913", "\u202eEVIL\u2067 (1)")
    inbox.post("", "متجر")
    wait_for_ids(page, inbox.ids())
    live = page.evaluate(HTML)
    for row, code in ((0, "482913"), (1, "AB12CD34")):
        button = page.locator("#messages .code button").nth(row)
        button.click()
        button.locator(".verb", has_text="نُسخ").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == code
    for left_to_right in ("h1 bdi", "#messages .code b >> nth=0", "#messages .code b >> nth=1"):
        first, last = page.locator(left_to_right).evaluate(ENDS)
        assert first < last, left_to_right
    first, last = page.locator(".notice strong").evaluate(ENDS)
    assert first > last
    assert not set("٠١٢٣٤٥٦٧٨٩") & set("".join(page.locator(".when").all_text_contents()))
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults(page) == ""
    page.reload()
    assert page.evaluate(HTML) == live
    assert 'dir="rtl"' in page.content()
    context.close()
