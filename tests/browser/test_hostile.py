"""Whatever strangers write, a real Chromium runs none of it, by whichever way it comes to a page."""

import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests import hostile
from tests.browser.inbox import Inbox
from tests.browser.pages import RECORDER, wait_for_ids

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Dialog, Page, Request

pytestmark = pytest.mark.xdist_group("browser")

BODIES, SENDERS = hostile.bodies(), hostile.senders()

# What a row may consist of; rows that were ever on the page are looked at when they come
LOOK = """
window.strange = []; window.texts = {};
const ELEMENTS = "li h3 p span bdi time mark button b ul a".split(" ");
const ATTRIBUTES = ("class id data-id data-at data-code-expires datetime dir type data-copy data-word " +
    "data-label-word data-count data-flag role aria-label rel href title translate").split(" ");
function look(row) {
    for (const element of [row, ...row.querySelectorAll("*")]) {
        const names = element.getAttributeNames().filter((name) => !ATTRIBUTES.includes(name));
        const leads = element.href ?? `${location.origin}/numbers/`;
        const strays = !leads.startsWith(`${location.origin}/numbers/`);
        if (!ELEMENTS.includes(element.localName) || names.length || strays)
            strange.push(element.outerHTML);
    }
    texts[row.dataset.id] = [row.querySelector(".text").textContent, row.querySelector(".sender").textContent];
}
new MutationObserver(() => document.querySelectorAll("#messages > li, .messages > li").forEach(look))
    .observe(document, { childList: true, subtree: true });
"""
BLOCKED = {
    "socket": "",
    "events": "window.WebSocket = class { constructor() { setTimeout(() => this.onclose(), 10); } close() {} };",
}
BLOCKED["poll"] = BLOCKED["events"] + "window.EventSource = class { constructor() { throw new Error(); } };"


class Watched:
    """A visitor of whom is known what ran, what was asked for elsewhere, and what the policy stopped."""

    def __init__(self, context: "BrowserContext", origin: str) -> None:
        self.context = context
        self.ran: list[str] = []
        self.elsewhere: list[str] = []
        self._origin = origin
        context.expose_function("hacked", self._run)
        context.on("dialog", self._asks)
        context.on("request", self._asked)
        context.add_init_script(RECORDER + LOOK)

    def _run(self) -> None:
        self.ran.append("hacked()")

    def _asks(self, dialog: "Dialog") -> None:
        self.ran.append(dialog.message)
        dialog.dismiss()

    def _asked(self, request: "Request") -> None:
        if not request.url.startswith((self._origin, "data:")):
            self.elsewhere.append(request.url)

    def unharmed(self, page: "Page") -> None:
        """Nothing ran, nothing strange was ever in a row, nothing was even tried."""
        assert (self.ran, self.elsewhere) == ([], [])
        assert page.evaluate("[strange, violations]") == [[], []]


@pytest.fixture
def visit(chromium: "Browser", inbox: Inbox) -> Iterator[Any]:
    """Make watched visitors."""
    contexts = []

    def make(blocked: str = "", **options: Any) -> Watched:
        context = chromium.new_context(**options)
        contexts.append(context)
        if blocked:
            context.add_init_script(blocked)
        return Watched(context, inbox.instance.url)

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def expected(inbox: Inbox) -> Any:
    """What strangers see of each message kept: id to text and sender."""

    def ask() -> dict[str, list[str]]:
        code = (
            "import json; from inbox.messages import queries as reading; from inbox.messages.inboxes import Inbox; "
            "from numbers.models import Number; "
            f"found = Number.objects.get(e164='{inbox.e164}'); cursor, out = 0, {{}}\n"
            "while True:\n"
            "    page, cursor = reading.narrowed(Inbox(found.pk, found.e164), before=cursor)\n"
            "    out.update({m['id']: [m['body'] or 'No text', m['from'] or 'Unknown sender'] for m in page})\n"
            "    if not cursor: break\n"
            "print(json.dumps(out))"
        )
        return dict(json.loads(inbox.instance.manage("shell", "-v0", "-c", code)))

    return ask


def test_the_corpus_is_large() -> None:
    assert len(BODIES) >= 400
    assert len(SENDERS) >= 60


def test_four_hundred_hostile_messages_run_nothing_by_any_way(
    inbox: Inbox, visit: Any, expected: Any
) -> None:
    visitors = {name: visit(blocked) for name, blocked in BLOCKED.items()}
    pages = {name: visitor.context.new_page() for name, visitor in visitors.items()}
    for name, page in pages.items():
        page.goto(inbox.url)
        page.wait_for_selector(f"#connection[data-state={'polling' if name == 'poll' else 'live'}]")
    with ThreadPoolExecutor(4) as sending:
        list(sending.map(inbox.post, BODIES, itertools.cycle(SENDERS)))
    shown = expected()
    assert len(shown) > 300  # some are withheld for what they look like
    for name, page in pages.items():
        wait_for_ids(page, inbox.ids())
        seen = page.evaluate("texts")
        assert len(seen) >= (50 if name == "poll" else len(shown))
        assert {pk: text for pk, text in seen.items() if pk in shown} == {
            pk: shown[pk] for pk in seen if pk in shown
        }
        visitors[name].unharmed(page)
    server = visit()
    page = server.context.new_page()
    address = inbox.url
    rendered: dict[str, list[str]] = {}
    for _ in range(20):
        page.goto(address)
        rendered |= page.evaluate("texts")
        server.unharmed(page)
        older = page.locator(".older a[href]")
        if not older.count():
            break
        address = inbox.instance.url + str(older.get_attribute("href"))
    assert rendered == shown
    for pk in list(shown)[::20]:
        page.goto(f"{inbox.url}messages/{pk}/")
        assert page.evaluate("texts") == {pk: shown[pk]}
        server.unharmed(page)


def test_what_is_asked_for_is_only_text(inbox: Inbox, visit: Any) -> None:
    visitor = visit()
    page = visitor.context.new_page()
    inbox.post(BODIES[0], SENDERS[0])
    for text in [*BODIES[::12], *SENDERS[::6]]:
        for query in (f"q={quote(text[:100])}", f"from={quote(text[:64])}"):
            page.goto(f"{inbox.url}?{query}")
            visitor.unharmed(page)
    page.goto(f"{inbox.url}?q={quote(BODIES[0][:100])}")
    assert page.input_value("#q") == BODIES[0][:100]
    for path in ("/?q=", "/countries/us/?q=", "/nowhere/?next="):
        page.goto(inbox.instance.url + path + quote(BODIES[0]))
        visitor.unharmed(page)


def test_operators_pages_run_nothing_either(inbox: Inbox, visit: Any) -> None:
    with ThreadPoolExecutor(4) as sending:
        list(sending.map(inbox.post, BODIES[::4], SENDERS * 3))
    visitor = visit()
    page = visitor.context.new_page()
    name, password = inbox.instance.printed.partition("login")[2].split("\n")[0].replace("/", " ").split()
    page.goto(f"{inbox.instance.url}/admin/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(f"{inbox.instance.url}/admin/")
    listed = f"{inbox.instance.url}/admin/inbox/message/"
    page.goto(listed)
    assert page.locator("#result_list tbody tr").count() > 50
    for pk in inbox.ids()[:8]:
        page.goto(f"{listed}{pk}/change/")
        assert "/change/" in page.url
    page.goto(f"{listed}?q={quote(BODIES[0])}")
    assert (visitor.ran, visitor.elsewhere) == ([], [])
