"""A real Chromium on a real running instance: fixtures and helpers of the browser tests.

Where Playwright or Chromium is missing the tests that need them are skipped with the reason.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import redis

from tempsms import embedded
from tests.carrier_side import TOKEN, form, signed
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADOPT = """
from numbers import accounts
from numbers.models import Account
for last in range(40):
    accounts.adopt(Account.objects.get(pk={account}), f"+150055501{{last:02}}", public=True)
"""

# Each row as [id, sender, text, code]
ROWS = """() => [...document.querySelectorAll("#messages > li")].map((row) => [
    Number(row.dataset.id),
    row.querySelector(".sender").textContent,
    row.querySelector(".text").textContent,
    row.querySelector("button")?.dataset.copy ?? null])"""
IDS = """(ids) => JSON.stringify(ids) ===
    JSON.stringify([...document.querySelectorAll("#messages > li")].map((row) => Number(row.dataset.id)))"""

# What does not fit into its place
CUT_OFF = """() => [...document.querySelectorAll("main *")]
    .filter((element) => element.scrollWidth > element.clientWidth && element.clientWidth > 1 &&
        getComputedStyle(element).display !== "inline")
    .map((element) => element.outerHTML)"""

# What a test asks for afterwards: violations of the policy, states of the badge, and when each row appeared
RECORDER = """
window.violations = []; window.states = []; window.appeared = {};
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
new MutationObserver(() => {
    const badge = document.getElementById("connection");
    if (badge && states.at(-1) !== badge.textContent) states.push(badge.textContent);
    for (const row of document.querySelectorAll("#messages > li")) appeared[row.dataset.id] ??= Date.now();
}).observe(document, { childList: true, subtree: true, characterData: true });
"""

OpenPage = Callable[..., "Page"]


class Inbox:
    """A public number of a running instance, with its carrier's side."""

    def __init__(self, instance: Instance, account: dict[str, Any], e164: str) -> None:
        self.instance = instance
        self.e164 = e164
        self.path = f"/numbers/{e164[1:]}/"
        self.url = instance.url + self.path
        self.webhook_url = str(account["webhook_url"])
        self._client = httpx.Client(transport=httpx.HTTPTransport(retries=3), timeout=20)

    def post(self, body: str = "Your code is 123456", sender: str = "+14155550100") -> None:
        """A signed message from the carrier, sent again until it is answered, as carriers do."""
        post = signed(self.webhook_url, form(body, To=self.e164, From=sender), TOKEN)
        for _ in range(20):
            try:
                answer = self._client.post(post.url, content=post.body, headers=post.headers)
            except httpx.TransportError:
                continue
            if answer.status_code == 200:
                return
        raise AssertionError(f"the webhook was not answered: {answer.status_code} {answer.text}")

    def ids(self) -> list[int]:
        """Ids of the fifty newest public messages in the database, newest first."""
        rows = self.instance.sql(
            "SELECT m.id FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id"
            " WHERE n.e164 = %s AND m.public ORDER BY m.id DESC LIMIT 50",
            self.e164,
        )
        return [pk for (pk,) in rows]

    def tell(self, event: dict[str, Any]) -> None:
        """Publish what a task or the admin would."""
        with redis.Redis.from_url(embedded.redis_url(self.instance.var)) as client:
            client.publish(f"live:{self.e164}", json.dumps(event))

    def close(self) -> None:
        """Close the carrier's connections."""
        self._client.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """Debian's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no chromium on PATH: apt install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def instance() -> Iterator[Instance]:
    """A running instance, on the web server that TEST_SERVER names: uvicorn, if nothing is said, or daphne."""
    with Instance(server=os.environ.get("TEST_SERVER", "uvicorn")) as running:
        yield running


@pytest.fixture(scope="module")
def account(instance: Instance) -> dict[str, Any]:
    """Its Twilio account."""
    return instance.account("twilio", "browser", auth_token=TOKEN)


@pytest.fixture(scope="module")
def numbers(instance: Instance, account: dict[str, Any]) -> Iterator[str]:
    """Public numbers, adopted by one command: each takes seconds to start."""
    instance.manage("shell", "--verbosity", "0", "--command", ADOPT.format(account=account["id"]))
    return (f"+150055501{last:02}" for last in range(40))


@pytest.fixture
def inbox(instance: Instance, account: dict[str, Any], numbers: Iterator[str]) -> Iterator[Inbox]:
    """A number of the test's own."""
    inbox = Inbox(instance, account, next(numbers))
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


def rows(page: "Page") -> list[list[Any]]:
    """The rows on a page: [id, sender, text, code]."""
    found: list[list[Any]] = page.evaluate(ROWS)
    return found


def faults(page: "Page") -> str:
    """What axe-core finds wrong with a page as it is now; nothing where all is well."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page)
    return str(found.generate_report()) if found.violations_count else ""


def wait_for_ids(page: "Page", ids: list[int]) -> None:
    """Wait until the page shows exactly these messages in this order, but not for its poll after 30 s."""
    page.wait_for_function(IDS, arg=ids, timeout=15_000)


def loaded_anew(page: "Page") -> list[list[Any]]:
    """The rows that the same address shows when it is loaded now."""
    other = page.context.new_page()
    other.goto(page.url)
    found = rows(other)
    other.close()
    return found
