"""A private rental in a real Chromium: its link opens it, messages arrive live, and revoking the link ends the page."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import CUT_OFF, faults, rows
from tests.browser.translator import TRANSLATABLE
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

pytestmark = pytest.mark.xdist_group("browser")

DECEIVING, LEADS_TO = (
    "https://www.pаypal.com/",
    "https://www.xn--pypal-4ve.com/",
)  # the second letter is Cyrillic
HELP = "https://example.com/help"
HREFS = "links => links.map(({ href }) => href)"


def test_a_link_opens_a_private_inbox_until_it_is_revoked(inbox: Inbox, context: "BrowserContext") -> None:
    number = "+15005550233"
    instance = inbox.instance
    instance.adopt(inbox.account["id"], number, public=False)
    started = json.loads(
        instance.manage("rental", "start", "--number", number, "--holder", "Ada", "--hours", "2")
    )
    link, token = started["link"], started["link"].split("/")[-2]
    carrier = Inbox(instance, inbox.account, number)
    carrier.post("Earlier: call +14155550123", sender="+14155550199")
    asked: list[Request] = []
    context.on("request", lambda request: asked.append(request))
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(link)
    page.wait_for_function("() => states.at(-1) === 'Live'")
    assert "Private: only people with this link can read these messages." in page.inner_text("main")

    pk = receive_and_copy_code(page, carrier)
    newest_pk = receive_links(page, carrier)
    follow_link(page, newest_pk)
    redact_message(page, carrier, newest_pk)
    look_around(page, link, pk)
    revoke_link(page, instance, started)

    page.click("header .brand")
    page.wait_for_url(f"{instance.url}/")
    assert not [request.url for request in asked if token in request.headers.get("referer", "")]
    for log in (instance.var / "log").iterdir():
        assert token not in log.read_text(), log
    carrier.close()


def receive_and_copy_code(page: "Page", carrier: Inbox) -> int:
    """A message comes in above earlier ones, and its button copies its code; return the message's id."""
    carrier.post("Your code is 482 913, ada@example.org", sender="ACME")
    page.wait_for_selector("button[data-copy='482913']")
    (pk, *newest), (_, *earlier) = rows(page)
    assert newest == ["ACME", "Your code is 482 913, ada@example.org", "482913"]
    assert earlier[:2] == ["+14155550199", "Earlier: call +14155550123"]
    page.click("button[data-copy='482913']")
    page.wait_for_selector("button[data-copy='482913'] >> text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == "482913"
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(CUT_OFF) == []
    assert faults(page) == ""
    assert page.evaluate(TRANSLATABLE) == []
    return int(pk)


def receive_links(page: "Page", carrier: Inbox) -> int:
    """Links in a message say where they really lead; return the message's id."""
    carrier.post(f"Your code is 604221: {DECEIVING}?c=604221 {HELP}", sender="Norvane")
    page.wait_for_selector("button[data-copy='604221']")
    newest_pk = rows(page)[0][0]
    links = page.locator(f"#m{newest_pk} .text a")
    assert links.evaluate_all(HREFS) == [f"{LEADS_TO}?c=604221", HELP]
    shown = "(link) => getComputedStyle(link, '::after').content"
    assert "www.xn--pypal-4ve.com" in links.first.evaluate(shown)
    assert page.evaluate(CUT_OFF) == []
    assert faults(page) == ""
    return int(newest_pk)


def follow_link(page: "Page", pk: int) -> None:
    """A link opens a tab that learns neither where it was opened nor by whom."""
    page.context.route(f"{HELP}*", lambda route: route.fulfill(body="help"))
    with page.context.expect_page() as opened:
        page.locator(f"#m{pk} .text a").last.click()
    opened.value.wait_for_url(HELP)
    assert opened.value.evaluate("[document.referrer, window.opener]") == ["", None]
    opened.value.close()


def redact_message(page: "Page", carrier: Inbox, pk: int) -> None:
    """A message that is redacted loses its code, in its links too, without a reload."""
    ((rental,),) = carrier.instance.sql("SELECT rental_id FROM inbox_message WHERE id = %s", pk)
    carrier.tell({"type": "redacted", "ids": [pk]}, f"rental:{rental}")
    page.wait_for_selector(f"#m{pk} [data-flag=redacted]")
    assert "604221" not in page.inner_html(f"#m{pk}")
    assert page.locator(f"#m{pk} .text a").evaluate_all(HREFS) == [HELP]


def look_around(page: "Page", link: str, pk: int) -> None:
    """A message has a page of its own and leads to others of its sender, all below the link."""
    page.click(f"#m{pk} a >> text=Details")
    page.wait_for_url(f"{link}messages/{pk}/")
    assert page.inner_text(".text") == "Your code is 482 913, ada@example.org"
    assert faults(page) == ""
    page.click(".crumb a")
    page.wait_for_url(link)
    page.click(f"#m{pk} a >> text=More from this sender")
    page.wait_for_url(f"{link}?from=ACME")
    assert [row[0] for row in rows(page)] == [pk]
    page.goto(link)
    page.wait_for_function("() => states.at(-1) === 'Live'")


def revoke_link(page: "Page", instance: Instance, started: dict[str, Any]) -> None:
    """An open page whose link is revoked says so and shows no message, and the link opens nothing more."""
    instance.manage("rental", "revoke", str(started["link_id"]))
    page.wait_for_selector("text=The rental has ended, or this link was revoked.")
    assert page.inner_text("#connection") == "Ended"
    assert "482 913" not in page.content()
    assert page.evaluate("violations") == []
    page.goto(started["link"])
    assert page.inner_text("h1") == "Nothing here"
