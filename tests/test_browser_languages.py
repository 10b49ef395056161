"""Languages in a real Chromium: live rows speak the page's language, and it is switched."""
# ruff: noqa: F811 (parameters are the imported fixtures)

from typing import TYPE_CHECKING

import pytest

from tests.browser import (  # noqa: F401 (fixtures)
    Inbox,
    account,
    chromium,
    inbox,
    instance,
    numbers,
    wait_for_ids,
)

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
    page.select_option("#language", "es")
    page.click(".languages button")
    assert page.url == inbox.url
    assert page.get_attribute("html", "lang") == "es"
    page.goto(inbox.instance.url)
    assert page.get_attribute("html", "lang") == "es"
    context.close()
