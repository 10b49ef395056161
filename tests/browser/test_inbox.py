"""The public pages in a real Chromium, on a real running instance."""

import json
import random
import time
from typing import TYPE_CHECKING, Any, Literal

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client as TwilioClient

from tests.browser.inbox import Inbox
from tests.browser.pages import CUT_OFF, OpenPage, loaded_anew, rows, wait_for_ids
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute

pytestmark = pytest.mark.xdist_group("browser")

HOSTILE = [
    "<script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1; alert(1)'>",
    '"><svg onload=alert(1)><a href="javascript:alert(1)">x</a>',
    "</li></ol></template></script><iframe srcdoc='<script>parent.hacked=1</script>'></iframe>",
    "<style>* { display: none }</style><base href=//evil.example><meta http-equiv=refresh content=0>",
    "<form action=//evil.example><button>123456</button> your code is 123456 <!-- ",
    "{{ 7*7 }} ${alert(1)} \\u003cscript\\u003e &lt;b&gt; ]]>\u2028\u202e",
]
AS_SHOWN = [*HOSTILE[:-1], HOSTILE[-1].replace("\u2028\u202e", "\n")]


def click_and_read(page: "Page", selector: str) -> str:
    """Press a button and read the clipboard once the button says that it is done."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(selector)
    page.wait_for_selector(f"{selector} >> text=Copied")
    return str(page.evaluate("navigator.clipboard.readText()"))


# Messages arrive


class ToCapture(TwilioHttpClient):  # type: ignore[misc]
    """Twilio's own HTTP client with another base address."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        """The same request, to us."""
        return super().request(method, url.replace("https://api.twilio.com", self._address), *args, **kwargs)


def test_what_twilios_sdk_sends_is_on_an_open_page_within_a_second(inbox: Inbox, open_live: OpenPage) -> None:
    page = open_live(inbox)
    twilio = TwilioClient(
        "AC" + 32 * "0", "sandbox", http_client=ToCapture(f"{inbox.instance.url}/capture/twilio")
    )
    sent = twilio.messages.create(to=inbox.e164, from_="+14155550100", body="Your code is 604 221. 🙂")
    answered = time.time()
    assert (sent.num_segments, sent.error_code, sent.sid[:2]) == ("1", None, "SM")
    (pk,) = inbox.ids()
    page.wait_for_selector(f"#m{pk} button[data-copy='604221']")
    assert page.evaluate("appeared")[str(pk)] / 1000 - answered < 1
    with pytest.raises(TwilioRestException) as refused:
        twilio.messages.create(to="+15005550001", from_="+14155550100", body="x")
    assert refused.value.status == 400


def test_a_message_and_its_code_are_on_open_pages_within_a_second(inbox: Inbox, open_live: OpenPage) -> None:
    pages = [open_live(inbox), open_live(inbox)]
    for page in pages:
        page.evaluate("window.notReloaded = true")
    inbox.post("Your code is 604 221.", "ACME")
    answered = time.time()
    (pk,) = inbox.ids()
    for page in pages:
        wait_for_ids(page, [pk])
        assert rows(page) == [[pk, "ACME", "Your code is 604 221.", "604221"]]
        assert page.text_content("mark") == "604 221"
        assert page.evaluate("appeared")[str(pk)] / 1000 - answered < 1
        assert page.evaluate("window.notReloaded")
        assert page.is_hidden("#empty")


def test_frames_that_are_repeated_or_out_of_order_end_in_the_same_list(
    inbox: Inbox, context: "BrowserContext", open_live: OpenPage
) -> None:
    sockets: list[WebSocketRoute] = []
    context.route_web_socket("**/ws/**", lambda socket: sockets.append(socket))
    page = open_live(inbox)
    for n in range(60):
        inbox.post(f"message {n}")
    frames = httpx.get(f"{inbox.url}poll/").json()["frames"] * 3
    random.Random(1).shuffle(frames)
    for frame in frames:
        sockets[0].send(json.dumps(frame))
    wait_for_ids(page, inbox.ids())
    assert rows(page) == loaded_anew(page)


def test_news_are_announced_and_counted_in_the_title_of_a_hidden_tab(
    inbox: Inbox, open_live: OpenPage
) -> None:
    page = open_live(inbox)
    title = page.title()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    inbox.post("hello", "ACME")
    page.wait_for_function(
        "() => document.getElementById('announcer').textContent === 'New message from ACME'"
    )
    assert page.title() == f"(1) {title}"
    page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))")
    assert page.title() == title


# Messages change and go


def test_a_code_is_blanked_when_its_time_is_over_as_the_server_shows_it_then(
    inbox: Inbox, context: "BrowserContext"
) -> None:
    inbox.post("Your code is 604 221. Enter 604221, not x604221y.")
    page = context.new_page()
    page.clock.install()
    page.goto(inbox.url)
    page.wait_for_selector("button >> text=604221")
    page.clock.fast_forward("09:50")
    assert page.is_visible("button >> text=604221")
    page.clock.fast_forward("00:15")
    page.wait_for_selector("text=Code removed")
    assert page.locator(".message button").count() == 0
    assert "604" not in page.inner_html("#inbox")
    inbox.instance.sql("UPDATE inbox_code SET expires_at = now()")
    assert rows(page) == loaded_anew(page)


def test_a_withheld_message_leaves_and_the_next_older_one_takes_its_place(
    inbox: Inbox, open_live: OpenPage
) -> None:
    for n in range(51):
        inbox.post(f"message {n}")
    page = open_live(inbox, net=True)
    gone = inbox.ids()[3]
    inbox.instance.sql("UPDATE inbox_message SET public = false WHERE id = %s", gone)
    inbox.tell({"type": "withheld", "ids": [gone]})
    wait_for_ids(page, inbox.ids())
    assert len(inbox.ids()) == 50


def test_a_page_that_missed_the_notice_learns_it_by_the_next_poll(
    inbox: Inbox, context: "BrowserContext"
) -> None:
    inbox.post("first")
    inbox.post("second")
    page = context.new_page()
    page.clock.install()
    page.goto(inbox.url)
    page.wait_for_function("() => states.at(-1) === 'Live'")
    inbox.instance.sql("UPDATE inbox_message SET public = false WHERE id = %s", inbox.ids()[0])
    page.clock.fast_forward(37_000)
    wait_for_ids(page, inbox.ids())


def test_a_page_whose_number_is_retired_says_so_and_shows_no_message(
    inbox: Inbox, open_live: OpenPage
) -> None:
    inbox.post("old words")
    page = open_live(inbox)
    inbox.instance.sql(
        "UPDATE numbers_lease SET state = 'quarantined' FROM numbers_number n WHERE number_id = n.id AND e164 = %s",
        inbox.e164,
    )
    inbox.tell({"type": "retired"})
    page.wait_for_selector("text=This number has been retired")
    assert page.text_content("#connection") == "Retired"
    assert "old words" not in page.content()


# Whatever is written in a message


def test_what_strangers_write_is_never_run(inbox: Inbox, context: "BrowserContext") -> None:
    context.on("dialog", lambda dialog: pytest.fail(f"a dialog opened: {dialog.message}"))
    inbox.post(HOSTILE[0], HOSTILE[0])
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(inbox.url)
    page.wait_for_function("() => states.at(-1) === 'Live'")
    for body in HOSTILE:
        inbox.post(body, "<b onclick=alert(1)>x")
    wait_for_ids(page, inbox.ids())
    for source in (rows(page), loaded_anew(page)):
        assert [text for _, _, text, _ in source] == [*reversed(AS_SHOWN), AS_SHOWN[0]]
    assert (
        page.locator(
            "#messages :is(script, img, svg, a:not(.more a), iframe, style, base, meta, form)"
        ).count()
        == 0
    )
    assert page.evaluate("[window.hacked, violations]") == [None, []]
    assert errors == []


# Whoever looks at it


def test_a_reported_message_leaves_open_pages_and_comes_back_when_an_operator_lets_it_stand(
    inbox: Inbox, open_live: OpenPage
) -> None:
    inbox.post("You fool")
    inbox.post("Hello")
    reported, kept = inbox.ids()[::-1]
    reader, reporter = open_live(inbox), open_live(inbox)
    reporter.click(f"#m{reported} >> text=Report")
    reporter.click("text=Hide and report")
    assert reporter.inner_text("h1") == "Thank you. The message is hidden now."
    wait_for_ids(reader, [kept])
    decide = "from inbox.models import Report; from inbox.moderation.reports import reject; "
    inbox.instance.manage(
        "shell", "-v0", "-c", f"{decide}reject(Report.objects.get(message_id={reported}), 'me')"
    )
    wait_for_ids(reader, [kept, reported])


def test_what_comes_in_above_moves_nothing_and_is_counted_by_a_button(
    inbox: Inbox, open_live: OpenPage
) -> None:
    for n in range(30):
        inbox.post(f"message {n}")
    page = open_live(inbox)
    page.evaluate("document.querySelectorAll('.message')[15].scrollIntoView({behavior: 'instant'})")
    # the page asks an observer where it is, which answers with the second frame
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    reading = "document.querySelectorAll('.message')[{}].getBoundingClientRect().top"
    before = page.evaluate(reading.format(15))
    for n in range(3):
        inbox.post(f"new {n}")
    wait_for_ids(page, inbox.ids())
    page.wait_for_selector("#pill >> text=3 new")
    assert abs(page.evaluate(reading.format(18)) - before) < 2
    page.click("#pill")
    page.wait_for_function("() => document.getElementById('messages-title').getBoundingClientRect().top >= 0")
    assert page.is_hidden("#pill")
    inbox.post("at the top")
    wait_for_ids(page, inbox.ids())
    assert page.is_hidden("#pill")


def test_a_found_message_is_copied_and_its_code_expires(inbox: Inbox, context: "BrowserContext") -> None:
    inbox.post("Your code is 604 221.", "ACME")
    inbox.post("Hello", "Other")
    page = context.new_page()
    page.clock.install()
    page.goto(inbox.url)
    page.click(f"#m{inbox.ids()[1]} >> text=More from this sender")
    assert page.inner_text("#messages .sender") == "ACME"
    assert page.locator(".message").count() == 1
    page.clock.fast_forward("10:05")
    page.wait_for_selector(".message >> text=••••••")
    page.fill("#q", "nothing like this")
    page.press("#q", "Enter")
    assert "No matching messages" in page.inner_text("#empty")


def test_whoever_copies_the_number_sees_the_waiting_and_its_end(
    inbox: Inbox, context: "BrowserContext"
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.clock.install()
    page.goto(inbox.url)
    assert page.is_hidden("#waiting")
    page.click(".tools button >> nth=2")
    assert page.evaluate("navigator.clipboard.readText()") == inbox.e164[1:]
    assert page.is_visible("#waiting")
    page.clock.run_for(12_000)
    assert page.inner_text("#waited") == "0:12"
    assert page.is_hidden("#advice")
    page.clock.run_for(50_000)
    assert page.is_visible("#advice >> text=Try another number")
    assert "tips" in page.inner_text("#announcer")
    inbox.post("Hello")
    page.clock.run_for(6_000)
    page.wait_for_selector(".message >> text=Hello")
    assert page.is_hidden("#waiting")
    page.click(".tools button >> nth=0")
    page.click("text=Stop waiting")
    assert page.is_hidden("#waiting")


def test_without_scripts_the_page_shows_its_messages_and_reloads_itself(
    inbox: Inbox, chromium: "Browser"
) -> None:
    inbox.post("Your code is 123456")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(inbox.url)
    assert page.inner_text(".text") == "Your code is 123456"
    assert page.inner_text(".code") == "123456"
    assert page.inner_text(".when").endswith(" UTC")
    assert page.get_attribute("meta[http-equiv=refresh]", "content") == "15"
    assert page.is_visible("a:text-is('Reload')")
    assert page.is_hidden("#connection")
    inbox.post("second")
    page.click("a:text-is('Reload')")
    assert page.locator(".message").count() == 2
    context.close()


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "de")])
def test_nothing_is_wider_than_a_small_phone_and_the_newest_message_is_in_sight(
    inbox: Inbox, chromium: "Browser", scheme: Literal["light", "dark"], language: str
) -> None:
    inbox.post("Withheld", "ACME")
    inbox.instance.sql(
        "UPDATE inbox_message SET withheld = 'bank', public = false WHERE id = %s", inbox.ids()[0]
    )
    inbox.post("w" * 400 + " http://example.com/" + "a" * 300, "W" * 40)
    inbox.post("Your code is 123456", "ACME")
    phone = {"width": 360, "height": 740}
    with chromium.new_context(viewport=phone, color_scheme=scheme, locale=language) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(inbox.url)
        page.wait_for_selector("#connection[data-state=live]")
        assert (
            page.evaluate("document.querySelector('.message .text').getBoundingClientRect().bottom")
            < phone["height"]
        )
        for folded in page.locator("summary").all()[::-1]:
            folded.click()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.evaluate(CUT_OFF) == []


def test_who_waits_for_a_sender_is_not_disturbed_by_strangers(inbox: Inbox, open_live: OpenPage) -> None:
    page = open_live(inbox)
    for wanted, strange, awaited in (
        ("acme", ("Parcels", "Your code is 4821"), ("Acme-Bot", "Your code is 604221")),
        ("norden", ("Parcels", "nor den"[:3]), ("+14155550142", "Din NORDEN kod är 7731")),
        ("(415) 555-0100", ("+14155550199", "no"), ("+14155550100", "yes")),
    ):
        page.click(".tools button")
        page.fill("#waiting-for", wanted)
        sender, body = strange
        inbox.post(body, sender)
        wait_for_ids(page, inbox.ids())
        assert page.is_visible("#waiting"), strange
        sender, body = awaited
        inbox.post(body, sender)
        wait_for_ids(page, inbox.ids())
        assert page.is_hidden("#waiting"), awaited
        assert page.locator("#messages > .awaited").first.get_attribute("data-id") == str(inbox.ids()[0])
    assert page.locator("#messages > .awaited").count() == 3


@pytest.mark.parametrize("width", [320, 360, 960, 1280])
def test_a_number_is_written_in_one_line_on_every_screen(
    inbox: Inbox, chromium: "Browser", width: int
) -> None:
    with chromium.new_context(viewport={"width": width, "height": 740}) as context:
        page = context.new_page()
        page.goto(inbox.url)
        for written in ("+55 11 96123-4567", "+86 138 1234 5678"):
            page.locator("h1 bdi").evaluate("(element, text) => (element.textContent = text)", written)
            lines = page.locator("h1").evaluate(
                "h1 => h1.clientHeight / parseFloat(getComputedStyle(h1).lineHeight)"
            )
            assert round(lines) == 1
            assert page.locator("h1").evaluate("h1 => h1.scrollWidth <= h1.clientWidth"), written


def test_the_buttons_put_the_code_and_the_number_on_the_clipboard(inbox: Inbox, open_live: OpenPage) -> None:
    page = open_live(inbox)
    inbox.post("Your code is 604-221")
    assert click_and_read(page, ".message button") == "604221"
    assert click_and_read(page, ".tools button") == inbox.e164


def test_light_or_dark_is_chosen_by_a_switch_and_remembered_here_only(
    inbox: Inbox, chromium: "Browser"
) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    with chromium.new_context(color_scheme="dark") as context:
        page = context.new_page()
        page.goto(inbox.url)
        system = page.evaluate(ground)
        with page.expect_response("**/theme/"):
            page.click("#theme")
        assert page.inner_text("#theme") == "Theme: light"
        light = page.evaluate(ground)
        page.reload()
        assert page.evaluate(ground) == light != system
        for _ in range(2):
            with page.expect_response("**/theme/"):
                page.click("#theme")
            assert page.evaluate(ground) == system
        assert page.get_attribute("html", "data-theme") is None
        assert [cookie["name"] for cookie in context.cookies()] == []


def test_the_whole_page_can_be_used_by_keyboard(inbox: Inbox, open_live: OpenPage) -> None:
    inbox.post("Your code is 123456")
    page = open_live(inbox)
    names = []
    for _ in range(20):
        page.keyboard.press("Tab")
        names.append(page.locator(":focus").aria_snapshot().splitlines()[0].strip("- :"))
    links = ['link "Skip to content"', 'link "tempsms"', 'link "Sandbox"', 'link "Status"', 'link "API"']
    links += ["text: Language English", "'button \"Theme: system\"'"]
    links += ['strong: "Public inbox: anyone can read this."', 'link "United States"']
    digits = inbox.e164[1:]
    national = f"({digits[1:4]}) {digits[4:7]}-{digits[7:]}"
    head = ['button "Copy number"', f'button "Copy national format {national}"']
    head.append(f'button "Copy digits only {digits}"')
    search = ['searchbox "Search these messages"', 'button "Search"']
    alerts = ['button "Sound off"', 'button "Notifications off"']
    row = ['button "Copy code 123456"', 'link "Details"', 'link "Report"', 'link "More from this sender"']
    assert names == [*links, *head, *search, *alerts, *row]


# Operators


def test_an_operator_logs_in_with_what_the_start_printed(
    instance: Instance, context: "BrowserContext"
) -> None:
    name, password = instance.printed.partition("login")[2].split("\n")[0].replace("/", " ").split()
    page = context.new_page()
    page.goto(instance.url + "/admin/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.click("button[type=submit]")
    page.wait_for_url(instance.url + "/admin/")
    for path in ("numbers/lease/", "numbers/number/", "numbers/account/", "inbox/message/"):
        answer = page.goto(f"{instance.url}/admin/{path}")
        assert answer
        assert answer.status == 200
        assert page.is_visible("#changelist")
