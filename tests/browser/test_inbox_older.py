"""An inbox in a real Chromium: older messages, sound and notification, and whether everybody can use its states."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.browser.inbox import Inbox
from tests.browser.pages import OpenPage, faults, loaded_anew, rows, wait_for_ids

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, WebSocketRoute

pytestmark = pytest.mark.xdist_group("browser")

ALL = (
    "SELECT m.id FROM inbox_message m JOIN numbers_number n ON n.id = m.number_id"
    " WHERE n.e164 = %s AND m.public ORDER BY m.id DESC"
)

HIDE = "Object.defineProperty(document, 'hidden', { value: true, configurable: true })"

# Notes that were played and notifications that were shown
WATCH = """
window.notes = 0; window.told = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { notes++; start.apply(this, when); };
window.Notification = class extends Notification {
    constructor(title, options) { super(title, options); told.push([title, options.body]); }
};"""


def all_ids(inbox: Inbox) -> list[int]:
    """Ids of all public messages, newest first."""
    return [pk for (pk,) in inbox.instance.sql(ALL, inbox.e164)]


def post_many(inbox: Inbox, texts: list[str]) -> None:
    """Post them, several at a time."""
    with ThreadPoolExecutor(4) as senders:
        list(senders.map(inbox.post, texts))


def block_notifications(page: "Page") -> None:
    """What a visitor does in the browser's settings."""
    devtools = page.context.new_cdp_session(page)
    target = devtools.send("Target.getTargetInfo")["targetInfo"]
    devtools.send(
        "Browser.setPermission",
        {
            "permission": {"name": "notifications"},
            "setting": "denied",
            "browserContextId": target["browserContextId"],
        },
    )


# Older messages


def test_older_messages_come_by_scrolling_and_stay_true(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage
) -> None:
    deaf: list[bool] = []  # whether frames get lost on their way

    def through(socket: "WebSocketRoute") -> None:
        server = socket.connect_to_server()
        server.on_message(lambda frame: None if deaf else socket.send(frame))

    context.route_web_socket("**/ws/**", through)
    post_many(inbox, [f"message {n}" for n in range(40)])
    page = open_live(inbox, net=True)
    assert page.is_visible("#end >> text=No older messages: messages are kept for 24 hours.")
    assert page.is_hidden("#older")
    post_many(inbox, [f"message {n}" for n in range(40, 120)])
    first = all_ids(inbox)
    wait_for_ids(page, first[:50])
    assert page.is_hidden("#end")

    page.locator("#older").scroll_into_view_if_needed()
    wait_for_ids(page, first[:100])
    page.wait_for_function("() => announced.includes('50 older messages shown')")

    page.evaluate("id => document.getElementById(`m${id}`).scrollIntoView()", first[60])
    top = "id => document.getElementById(`m${id}`).getBoundingClientRect().top"
    before = page.evaluate(top, first[60])
    for n in range(3):
        inbox.post(f"new {n}")
    wait_for_ids(page, all_ids(inbox)[:103])
    assert abs(page.evaluate(top, first[60]) - before) < 2

    deaf.append(True)
    inbox.instance.sql("UPDATE inbox_message SET public = false WHERE id = ANY(%s)", [first[20], first[70]])
    post_many(inbox, [f"missed {n}" for n in range(60)])
    # rows that only just came are kept for some seconds: what a cache answers may be older than they are
    page.evaluate("setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 500)")
    wait_for_ids(page, all_ids(inbox)[:161])

    page.focus("#older a")
    wait_for_ids(page, all_ids(inbox))
    assert page.is_visible("#end")
    assert page.evaluate("Number(document.activeElement.dataset.id)") == first[100]


def test_a_page_holds_five_hundred_and_leads_to_the_rest(inbox: Inbox, open_live: OpenPage) -> None:
    post_many(inbox, [f"message {n}" for n in range(510)])
    page = open_live(inbox)
    for shown in range(100, 501, 50):
        page.dispatch_event("#older a", "click")
        page.wait_for_function(
            "(most) => document.querySelectorAll('#messages > li').length >= most", arg=shown
        )
    wait_for_ids(page, all_ids(inbox)[:500])
    post_many(inbox, [f"new {n}" for n in range(3)])
    wait_for_ids(page, all_ids(inbox)[:500])
    page.click("#older a")
    page.wait_for_url("**/?before=*")
    assert [row[0] for row in rows(page)] == all_ids(inbox)[500:]


def test_older_ones_of_a_search_come_by_its_link(inbox: Inbox, context: "BrowserContext") -> None:
    post_many(inbox, [f"found {n}" for n in range(60)])
    page = context.new_page()
    page.goto(f"{inbox.url}?q=found")
    page.evaluate("window.notReloaded = true")
    assert rows(page) == loaded_anew(page)
    page.dispatch_event("#older a", "click")  # a pointer's way there would bring them by scrolling
    wait_for_ids(page, all_ids(inbox))
    assert page.evaluate("window.notReloaded")
    assert page.is_hidden("#older")


# Sound and notification


def test_sound_and_notification_are_off_until_asked_for_and_name_senders_only(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage
) -> None:
    context.add_init_script(WATCH)
    context.grant_permissions(["notifications"])
    page = open_live(inbox)
    page.evaluate(HIDE)
    inbox.post("before", "Before")
    page.wait_for_selector("#announcer >> text=New message from Before", state="attached")
    assert page.evaluate("[notes, told]") == [0, []]
    page.evaluate("delete document.hidden")
    for name in ("sound", "notification"):
        page.focus(f"#{name}")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#{name}[aria-pressed=true] [data-state-word=on]:visible")
    assert page.evaluate("notes") == 2  # how it sounds

    inbox.post("looked at", "ACME")
    page.wait_for_function("() => notes === 4")
    assert page.evaluate("told") == []
    page.evaluate(HIDE)
    inbox.post("Your code is 604221", "ACME")
    page.wait_for_function("() => notes === 6")
    number = page.inner_text("h1")
    assert page.evaluate("told") == [[number, "New message from ACME"]]

    page.reload()
    assert page.get_attribute("#sound", "aria-pressed") == "true"
    assert page.get_attribute("#notification", "aria-pressed") == "true"
    page.click("#sound")  # browsers keep a page silent until then
    page.wait_for_function("() => notes === 2")
    page.click("#sound")
    block_notifications(page)
    page.reload()
    assert page.get_attribute("#sound", "aria-pressed") == "false"
    assert page.is_visible("#notification[aria-pressed=false] >> text=Notifications blocked by the browser")
    page.click("#notification")
    page.wait_for_selector("#announcer >> text=Notifications blocked by the browser", state="attached")


def test_while_only_certain_messages_are_waited_for_the_others_come_in_silence(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage
) -> None:
    context.add_init_script(WATCH)
    context.grant_permissions(["notifications", "clipboard-read", "clipboard-write"])
    page = open_live(inbox)
    for name in ("sound", "notification"):
        page.click(f"#{name}")
        page.wait_for_selector(f"#{name}[aria-pressed=true] [data-state-word=on]:visible")
    page.click(".tools button")
    page.fill("#waiting-for", "acme")
    page.evaluate(HIDE)
    inbox.post("no", "Parcels")
    page.wait_for_selector("#announcer >> text=New message from Parcels", state="attached")
    assert page.evaluate("[notes, told]") == [2, []]
    inbox.post("yes", "ACME")
    page.wait_for_function("() => notes === 4")
    assert page.evaluate("told.map(([, text]) => text)") == ["New message from ACME"]


# Every state can be used by everybody


def test_axe_finds_no_fault_in_any_state(inbox: Inbox, context: "BrowserContext") -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.clock.install()
    page.goto(inbox.url)
    page.wait_for_selector("#connection[data-state=live]")
    assert page.is_visible("#empty")
    assert faults(page) == "", "empty"
    page.click(".tools button >> nth=0")
    page.clock.run_for(61_000)
    assert page.is_visible("#advice")
    assert page.is_visible("#empty")
    for folded in page.locator("main summary").all():
        folded.click()
    assert faults(page) == "", "waiting, all unfolded"

    post_many(inbox, [f"Your code is {7000 + n}" for n in range(60)])
    page.clock.run_for(6_000)
    page.locator("#older").scroll_into_view_if_needed()
    wait_for_ids(page, all_ids(inbox))
    inbox.post("above")
    page.wait_for_selector("#pill >> text=1 new")
    assert faults(page) == "", "older ones, and new ones above"
    page.focus("#pill")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "messages-title"
    inbox.tell({"type": "retired"})
    page.wait_for_selector("text=This number has been retired")
    assert page.locator("#older, #end").count() == 0
    assert faults(page) == "", "retired"

    page.route("**/*.js", lambda route: route.abort())
    page.goto(inbox.url)
    assert page.is_visible("#older a")
    assert page.is_hidden("#sound")
    assert faults(page) == "", "without its scripts"
