"""Every kind of page and state in a real Chromium: light, dark and on a small phone; painted alone; printed."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import CUT_OFF, RECORDER, faults
from tests.browser.translator import TRANSLATABLE
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.xdist_group("browser")

# a function: the policy forbids to evaluate anything else a second time, when it is not painted at once
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
AFTER = "(element) => getComputedStyle(element, '::after').content"
LONG = "w" * 400 + " http://example.com/" + "a" * 300
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark, on a small phone": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}},
}
RETIRED, EMPTY = "+15005559999", "+15005559998"
_NUMBERS = """
INSERT INTO numbers_number (e164, country, kind, capabilities, public, ever_public, created_at)
SELECT unnest(%s::text[]), 'US', 'local', '{sms}', true, true, now()
"""
_LEASE = """
INSERT INTO numbers_lease (number_id, account_id, state, state_since, carrier_ref, monthly_cost, setup_cost,
    currency, leased_at)
SELECT id, %s, 'draining', now(), '', 0, 0, 'USD', now() FROM numbers_number WHERE e164 = %s
"""
_CANARIES = """
INSERT INTO numbers_canary (number_id, account_id, word, state, carrier_ref, price, currency, sent_at, seen_at,
    trouble)
SELECT n.id, %s, 'w' || d || '-' || n.id, CASE WHEN d % 4 = 0 THEN 'lost' ELSE 'seen' END, '', 0, 'USD',
    now() - interval '1 day' * d, CASE WHEN d % 4 > 0 THEN now() - interval '1 day' * d + interval '3 seconds' END, ''
FROM numbers_number n, generate_series(1, 9) d WHERE n.e164 = ANY(%s)
"""


@pytest.fixture(scope="module")
def full(instance: Instance, inboxes: Iterator[Inbox]) -> Iterator[Inbox]:
    """An inbox with messages; beside it numbers that are retired, empty, and measured."""
    inbox = next(inboxes)
    for sender, body in [
        *(("ACME", f"message {n} to be reported") for n in range(len(LOOKS))),
        ("W" * 40, LONG),
        ("+14155550100", "شكرا لك"),
        ("ACME", "Your code is 123456"),
    ]:
        inbox.post(body, sender)
    instance.sql(_NUMBERS, [RETIRED, EMPTY])
    instance.sql(_LEASE, inbox.account["id"], EMPTY)
    instance.sql(_CANARIES.replace("%", "%%").replace("%%s", "%s"), inbox.account["id"], [inbox.e164, EMPTY])
    yield inbox
    inbox.close()


def paths(inbox: Inbox) -> list[str]:
    """Every kind of page that can be asked for."""
    message = f"{inbox.path}messages/{inbox.ids()[0]}/"
    lists = [
        "/",
        "/?q=1",
        "/?q=999999999",
        "/countries/us/",
        "/countries/de/",
        "/countries/zz/",
        "/numbers/past/",
    ]
    states = [inbox.path, f"{inbox.path}?q=code", f"{inbox.path}?q=nothing", f"/numbers/{EMPTY[1:]}/"]
    ends = [f"/numbers/{RETIRED[1:]}/", "/numbers/1234567/", f"{inbox.path}messages/1{'0' * 9}/", "/nowhere"]
    site = ["/status/", "/status/?country=us", "/about/", "/privacy/", "/abuse/", "/api/"]
    return [*lists, *states, message, f"{inbox.path}report/", *ends, *site]


@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_fault_asks_elsewhere_or_is_too_wide(
    full: Inbox, chromium: "Browser", look: str
) -> None:
    elsewhere: list[str] = []
    with chromium.new_context(**LOOKS[look]) as context:
        context.add_init_script(RECORDER)
        page = context.new_page()
        page.on("request", lambda request: elsewhere.append(request.url))
        for path in paths(full):
            page.goto(full.instance.url + path)
            assert wrong_with(page) == ("", [], []), path
            assert page.evaluate(TRANSLATABLE) == [], path
        report(page, full)
        assert wrong_with(page) == ("", [], []), "reported"
    assert [url for url in elsewhere if not url.startswith((full.instance.url, "data:"))] == []


def test_when_a_number_ends_is_said_to_the_minute(full: Inbox, chromium: "Browser") -> None:
    full.instance.sql(
        "UPDATE numbers_lease SET retire_at = now() + interval '1 day' FROM numbers_number n"
        " WHERE number_id = n.id AND e164 = %s",
        full.e164,
    )
    with chromium.new_context(timezone_id="UTC", locale="en-GB") as context:
        page = context.new_page()
        page.goto(full.url)
        at = page.locator("time[data-minute]")
        end = datetime.fromisoformat(at.get_attribute("datetime") or "")
        said = f"{end.day} {end:%b} {end.year}, {end:%H:%M}"
        page.wait_for_function(
            "text => document.querySelector('time[data-minute]').textContent === text", arg=said
        )


def wrong_with(page: "Page") -> tuple[str, list[str], list[str]]:
    """What axe finds, what the policy forbade, and what does not fit."""
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth ? ['the page'] : []")
    return faults(page), page.evaluate("violations"), wide + page.evaluate(CUT_OFF)


def report(page: "Page", inbox: Inbox) -> None:
    """Have a message hidden, as a visitor does."""
    page.goto(inbox.url)
    page.click("text=to be reported >> xpath=ancestor::li >> a:has-text('report')")
    page.check("input[type=radio] >> nth=0")
    page.click("form.report button")
    page.wait_for_selector("h1:text('Thank you')")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_page_is_painted_as_chosen_when_nothing_but_itself_arrives(
    full: Inbox, chromium: "Browser", scripts: bool
) -> None:
    with chromium.new_context(color_scheme="light", java_script_enabled=scripts) as context:
        context.add_cookies([{"name": "theme", "value": "dark", "url": full.instance.url}])
        context.route("**/*", only_documents)
        page = context.new_page()
        for path in ("/", full.path, "/status/", "/about/"):
            page.goto(full.instance.url + path)
            if scripts:
                page.wait_for_function(PAINTED)
            assert (
                page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
                == "rgb(16, 21, 27)"
            )
            assert page.inner_text("#theme") == "Theme: dark"
        page.goto(full.url)
        page.click("#theme")
        page.wait_for_selector("html:not([data-theme])", state="attached")
        assert page.url == full.url
        assert page.inner_text("#theme") == "Theme: system"


def only_documents(route: "Route") -> None:
    """Nothing else arrives."""
    if route.request.resource_type == "document":
        route.continue_()
    else:
        route.abort()


def test_on_paper_pages_are_black_on_white_without_buttons(full: Inbox, chromium: "Browser") -> None:
    with chromium.new_context(color_scheme="dark") as context:
        context.add_cookies([{"name": "theme", "value": "dark", "url": full.instance.url}])
        page = context.new_page()
        page.emulate_media(media="print", color_scheme="dark")
        for path, kept in (("/", ".row"), (full.path, ".message"), ("/status/", "tbody tr")):
            page.goto(full.instance.url + path)
            colours = "body => [getComputedStyle(body).backgroundColor, getComputedStyle(body).color]"
            assert page.locator("body").evaluate(colours) == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
            assert page.locator(
                "button:visible, input:visible, select:visible, nav a:visible"
            ).all_inner_texts() == ["tempsms"]
            assert page.locator(f"{kept}:visible").count() == page.locator(kept).count() > 0
        page.goto(full.instance.url + "/status/")
        page.wait_for_selector("time[data-relative][title]")
        assert page.locator("time[data-relative]").first.evaluate(AFTER).endswith(' UTC)"')
