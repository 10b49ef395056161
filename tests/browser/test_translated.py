"""Pages that the browser translates: words change; numbers, senders, codes and texts don't, and everything goes on."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import OpenPage, rows, wait_for_ids
from tests.browser.translator import TRANSLATE

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

NUMBERS = "() => [...document.querySelectorAll('h1, .tools bdi')].map((element) => element.textContent)"


def test_words_are_translated_and_what_senders_wrote_is_not(inbox: Inbox, open_live: OpenPage) -> None:
    inbox.post("Your code is 604 221.", "Norvane 24")
    page = open_live(inbox)
    before, numbers = rows(page), page.evaluate(NUMBERS)
    page.evaluate(TRANSLATE, True)
    assert page.text_content("#messages-title") == "MESSAGES"
    assert page.text_content(".code .verb") == "COPY CODE"
    assert (rows(page), page.evaluate(NUMBERS)) == (before, numbers)
    assert before[0][1:] == ["Norvane 24", "Your code is 604 221.", "604221"]
    assert page.text_content(".code b") == "604221"

    inbox.post("Your code is 482 913.", "Norvane 24")
    wait_for_ids(page, inbox.ids())
    page.wait_for_function("() => document.querySelector('.code .verb').textContent === 'COPY CODE'")
    assert rows(page)[0][1:] == ["Norvane 24", "Your code is 482 913.", "482913"]


@pytest.mark.parametrize("heeds", [True, False], ids=["heeds translate=no", "translates everything"])
def test_rows_arrive_are_copied_and_blanked_on_a_translated_page(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage, heeds: bool
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_live(inbox)
    page.evaluate(TRANSLATE, heeds)
    for code in ("604221", "482913"):
        inbox.post(f"Your code is {code}.", "ACME")
        wait_for_ids(page, inbox.ids())
    newest, _ = inbox.ids()
    page.click(f"#m{newest} .code b")
    page.wait_for_selector(f"#m{newest} .code >> text=COPIED")
    assert page.evaluate("navigator.clipboard.readText()") == "482913"

    inbox.tell({"type": "redacted", "ids": [newest]})
    page.wait_for_selector(f"#m{newest} [data-flag=redacted]")
    text = str(page.text_content(f"#m{newest} .text"))
    assert text.casefold() == "your code is ••••••."
    inbox.tell({"type": "withheld", "ids": [newest]})
    page.wait_for_selector(f"#m{newest}", state="detached")


def test_times_that_have_not_changed_are_left_to_the_translator(
    inbox: Inbox, context: "BrowserContext"
) -> None:
    inbox.post()
    page = context.new_page()
    page.clock.install()
    page.goto(inbox.url)
    page.wait_for_function("() => document.querySelector('.ago').textContent")
    page.evaluate(TRANSLATE, True)
    assert written_anew(page) == 1


def written_anew(page: "Page") -> int:
    """How many of a message's times are written again after a while: how long ago it came, but not when."""
    page.evaluate(
        """() => {
            window.written = new Set();
            const note = (changes) => changes.forEach(({ target }) => {
                const place = target.closest("time, .ago");
                if (place && !target.closest("font")) written.add(place);
            });
            new MutationObserver(note).observe(document.querySelector("#messages"), { childList: true, subtree: true });
        }"""
    )
    page.clock.fast_forward("00:31")
    page.wait_for_function("() => written.size")
    count: int = page.evaluate("written.size")
    return count
