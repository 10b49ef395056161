"""The sandbox's page in a real Chromium: messages appear, change and go; without scripts it works too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.browser.pages import CUT_OFF, RECORDER, faults
from tests.forward_targets import Targets
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

pytestmark = pytest.mark.xdist_group("browser")
LONG = "w" * 400 + " http://example.com/" + "a" * 300
LOOKS = [("light", 1200), ("dark", 360)]
# where the text and the chips of a row begin, in one look: a row may be replaced at any time
RIGHT = (
    """row => [".text bdi", ".chips"].map((part) => row.querySelector(part).getBoundingClientRect().right)"""
)
# names of fields that take more than one line
BROKEN = """() => [...document.querySelectorAll("main dt")]
    .filter((name) => name.clientHeight > 1.6 * parseFloat(getComputedStyle(name).lineHeight))
    .map((name) => name.textContent)"""


def send(instance: Instance, body: str, **fields: str) -> None:
    """Send as a program does."""
    form = {"To": TO, "From": FROM, "Body": body, **fields}
    httpx.post(instance.url + MESSAGES, data=form, auth=(SID, TOKEN), timeout=30).raise_for_status()


@pytest.fixture(autouse=True)
def emptied(instance: Instance) -> Iterator[None]:
    """There is nothing before, and nothing is left of what was sent."""
    empty(instance)
    yield
    empty(instance)


def empty(instance: Instance) -> None:
    """Delete what was captured."""
    instance.sql("DELETE FROM sandbox_statechange")
    instance.sql("DELETE FROM sandbox_capturedmessage")


def test_what_a_program_sends_appears_changes_and_goes(instance: Instance, context: "BrowserContext") -> None:
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.locator("#empty").wait_for()
    send(instance, "Your code is 482913", StatusCallback="http://127.0.0.1:1024/nobody")
    send(instance, "Hello")
    code = page.locator("li.message:has-text('482913')")
    code.locator(".chip", has_text="delivered").wait_for()
    code.locator(".chip", has_text="Callback failed").wait_for()
    assert page.locator("li.message .text").all_inner_texts() == ["Hello", "Your code is 482913"]
    assert code.locator("button[data-copy]").get_attribute("data-copy") == "482913"
    code.locator("button:has-text('Delete')").click()
    page.wait_for_function("() => document.querySelectorAll('li.message').length === 1")
    page.click("text=Delete all")
    page.click("text=Cancel")
    page.click("text=Delete all")
    page.click("button:has-text('Delete')")
    page.locator("#empty").wait_for()


def test_a_message_has_a_page_that_is_live(instance: Instance, context: "BrowserContext") -> None:
    page = context.new_page()
    send(instance, "first")
    send(instance, "Hello", StatusCallback="http://127.0.0.1:1024/nobody")
    page.goto(f"{instance.url}/sandbox/")
    page.click("li.message:has-text('Hello') .sender a")
    page.locator("summary", has_text="not reached").nth(1).wait_for()
    page.locator("summary", has_text="not reached").nth(1).click()
    page.locator("dd:visible", has_text="delivered").first.wait_for()
    page.click("#older")
    page.locator(".text", has_text="first").wait_for()
    page.click("text=Delete")
    page.locator("li.message .text", has_text="Hello").wait_for()
    assert page.locator("li.message").count() == 1


def test_one_replies_as_the_phone_and_sees_the_answer(instance: Instance, context: "BrowserContext") -> None:
    send(instance, "Hello")
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.click("li.message >> text=Conversation")
    with Targets() as program:
        page.fill("#reply-body", "STOP")
        page.fill("#reply-url", program.url("/ok/sms"))
        page.click("#reply button")
        page.locator("li.received pre", has_text="thanks").wait_for()
    assert page.locator("li.message .text").all_inner_texts() == ["Hello", "STOP"]
    assert page.input_value("#reply-url").endswith("/ok/sms")


def test_the_badge_tells_when_the_connection_is_lost_and_when_it_is_back(
    instance: Instance, context: "BrowserContext"
) -> None:
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.locator("#connection", has_text="Live").wait_for()
    page.route("**/poll/**", lambda route: route.abort())
    page.locator("#connection", has_text="Connection lost").wait_for()
    page.locator("#announcer", has_text="Connection lost").wait_for(state="attached")
    send(instance, "Hello")
    page.unroute("**/poll/**")
    page.locator("li.message .text", has_text="Hello").wait_for()
    page.locator("#connection", has_text="Live").wait_for()
    page.locator("#announcer", has_text="Connected again").wait_for(state="attached")
    page.route("**/poll/**", lambda route: route.fulfill(status=404))
    page.locator("#connection", has_text="no longer updates").wait_for()


FOCUSED = "document.activeElement.closest('li')?.querySelector('.text').textContent"


def test_the_keyboard_is_enough(instance: Instance, context: "BrowserContext") -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for text in ("one", "Your code is 482913", "three"):
        send(instance, text)
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.locator("#connection", has_text="Live").wait_for()
    for key, text in (
        ("j", "three"),
        ("j", "Your code is 482913"),
        ("j", "one"),
        ("j", "one"),
        ("k", "Your"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(FOCUSED).startswith(text)
    page.keyboard.press("c")
    page.locator(".verb", has_text="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "482913"
    page.keyboard.press("d")
    page.wait_for_function("() => document.querySelectorAll('li.message').length === 2")
    assert page.evaluate(FOCUSED) == "one"
    page.keyboard.press("/")
    page.keyboard.type("jd?")
    assert page.input_value("#q") == "jd?"
    assert page.locator("li.message").count() == 2
    page.locator("#q").blur()
    page.keyboard.press("?")
    page.locator("#keys").wait_for()
    page.keyboard.press("d")
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.locator("#keys").wait_for(state="hidden")
    page.keyboard.press("?")
    assert not page.is_visible("#keys")
    page.click("#keys-button")
    page.check("#keys-on")
    page.click("text=Close")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".alone .text", has_text="three").wait_for()


def test_keys_lead_from_message_to_message_and_back(instance: Instance, context: "BrowserContext") -> None:
    send(instance, "one")
    send(instance, "three")
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.click("li.message:has-text('three') .sender a")
    page.locator("#connection", has_text="Live").wait_for()
    page.keyboard.press("j")
    page.locator(".alone .text", has_text="one").wait_for()
    page.locator("#connection", has_text="Live").wait_for()
    page.keyboard.press("k")
    page.locator(".alone .text", has_text="three").wait_for()
    page.locator("#connection", has_text="Live").wait_for()
    page.locator("#tag").press_sequentially("jku")
    assert page.input_value("#tag") == "jku"
    page.locator("#tag").blur()
    page.keyboard.press("u")
    page.locator("#delete-all").wait_for()


def test_what_is_copied_can_be_run(instance: Instance, context: "BrowserContext", tmp_path: Path) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    send(instance, "Your code is 482913")
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.click("li.message .sender a")
    copied = {}
    for tool in ("curl", "pytest"):
        copy = page.locator(".copies details", has=page.locator(f"summary:has-text('{tool}')"))
        copy.locator("summary").click()
        copy.locator("button").click()
        copy.locator(".verb", has_text="Copied").wait_for()
        copied[tool] = page.evaluate("() => navigator.clipboard.readText()")
    subprocess.run(["sh", "-ec", copied["curl"]], check=True, capture_output=True)
    file = tmp_path / "test_copied.py"
    file.write_text(copied["pytest"])
    options = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    # as in a program's own checkout, which knows nothing of this one
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    argv = [sys.executable, "-m", "pytest", *options, str(file)]
    done = subprocess.run(argv, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    page.click("#back")
    assert page.locator("li.message .text").all_inner_texts() == ["Your code is 482913"] * 3


def test_read_tagged_and_found_by_it(instance: Instance, context: "BrowserContext") -> None:
    send(instance, "one")
    send(instance, "two")
    page = context.new_page()
    page.goto(f"{instance.url}/sandbox/")
    page.wait_for_function("() => document.title.startsWith('(2) ')")
    page.click("li.message:has-text('two') .sender a")
    page.fill("#tag", "Sign up")
    page.keyboard.press("Enter")
    page.locator(".tags .chip", has_text="sign-up").wait_for()
    page.click("#back")
    page.wait_for_function("() => document.title.startsWith('(1) ')")
    assert page.locator("li.unread .text").all_inner_texts() == ["one"]
    page.click("li.message .tag a")
    assert page.locator("li.message .text").all_inner_texts() == ["two"]
    page.goto(f"{instance.url}/sandbox/")
    page.click("#read-all")
    page.wait_for_function("() => !document.querySelector('li.unread')")


def test_it_works_without_scripts(instance: Instance, chromium: "Browser") -> None:
    send(instance, "Your code is 482913")
    send(instance, "Hello")
    with chromium.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{instance.url}/sandbox/")
        page.fill("#q", "has:code")
        page.click("form.search button")
        assert page.locator("li.message .text").all_inner_texts() == ["Your code is 482913"]
        page.locator("li.message button:has-text('Delete')").click()
        page.locator("#empty").wait_for()
        page.goto(f"{instance.url}/sandbox/")
        page.click("li.message .sender a")
        page.click("text=Conversation")
        page.fill("#reply-body", "STOP")
        page.fill("#reply-url", "http://127.0.0.1:1024/nobody")
        page.click("#reply button")
        assert page.locator("li.message .text").all_inner_texts() == ["Hello", "STOP"]
        page.click("#back")
        page.click("text=Delete all")
        page.click("button:has-text('Delete')")
        page.locator("#empty").wait_for()


def paths(instance: Instance) -> list[str]:
    """Every kind of page."""
    ((sent,),) = instance.sql("SELECT max(id) FROM sandbox_capturedmessage")
    return [
        *("/sandbox/", "/sandbox/?q=nothing%20a:b", "/sandbox/default/delete/"),
        *(f"/sandbox/default/messages/{sent}/", f"/sandbox/default/with/{TO}/"),
        "/sandbox/default/prices/",
    ]


def fill(instance: Instance) -> None:
    """Send what is hard to show."""
    send(instance, LONG, StatusCallback="http://127.0.0.1:1024/" + "a" * 300)
    send(instance, "STOP")
    send(instance, "Łódź 482913", From="ACME", StatusCallback="http://127.0.0.1:1024/" + "a" * 300)


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_no_page_has_a_fault_and_all_fit(
    instance: Instance, chromium: "Browser", scheme: str, width: int
) -> None:
    fill(instance)
    size = {"width": width, "height": 740}
    with chromium.new_context(color_scheme=scheme, viewport=size) as context:  # type: ignore[arg-type]
        context.add_init_script(RECORDER)
        page = context.new_page()
        for path in paths(instance):
            page.goto(instance.url + path)
            for summary in page.locator("main summary").all():
                summary.click()
            assert faults(page) == "", path
            assert page.evaluate("violations") == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.evaluate(CUT_OFF) == [], path
            ground = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
            assert (ground == "rgb(16, 21, 27)") == (scheme == "dark")


def test_from_right_to_left_texts_begin_at_the_right_and_names_of_fields_stay_whole(
    instance: Instance, chromium: "Browser"
) -> None:
    fill(instance)
    size = {"width": 360, "height": 740}
    with chromium.new_context(locale="ar", viewport=size) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{instance.url}/sandbox/")
        row = page.locator("li.message", has_text="STOP")
        edges = row.evaluate(RIGHT)
        assert abs(edges[0] - edges[1]) < 2, edges
        for path in paths(instance):
            page.goto(instance.url + path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
            assert page.evaluate(CUT_OFF) == [], path
        page.goto(instance.url + paths(instance)[3])
        for summary in page.locator("main summary").all():
            summary.click()
        assert page.evaluate(BROKEN) == []


def test_on_paper_the_list_is_there_without_what_can_only_be_pressed(
    instance: Instance, chromium: "Browser"
) -> None:
    fill(instance)
    with chromium.new_context() as context:
        page = context.new_page()
        page.emulate_media(media="print")
        for path in ("/sandbox/", f"/sandbox/default/with/{TO}/"):
            page.goto(instance.url + path)
            assert page.locator("li.message:visible").count() == 3
            assert page.locator("main :is(button, input):visible").count() == 0
        page.goto(f"{instance.url}/sandbox/")
        whole = page.locator("li.message .text", has_text="example.com")
        assert whole.evaluate("text => text.scrollHeight <= text.clientHeight")
