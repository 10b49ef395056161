"""The sandbox's forms in a real Chromium: mischief, and messages to the program; narrow, dark, without scripts."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import CUT_OFF
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")


def test_rules_are_made_and_deleted_without_scripts(instance: Instance, chromium: "Browser") -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 360, "height": 800})
    page = context.new_page()
    try:
        page.goto(f"{instance.url}/sandbox/")
        page.click("text=Mischief")
        page.fill("#rule-name", "late")
        page.select_option("#rule-carrier", "twilio")
        page.fill("#rule-refuse", "21610")
        page.check("text=doubled")
        page.click("text=Save")
        assert page.locator(".rule h2").all_inner_texts() == ["late"]
        assert "21610" in page.locator(".rule").inner_text()
        page.fill("#rule-name", "other")
        page.fill("#rule-refuse", "1")
        page.click("text=Save")
        assert "is not a code" in page.locator("[role=alert]").inner_text()
        assert page.input_value("#rule-name") == "other"  # nothing has to be written twice
        page.click(".rule button")
        page.locator("text=Nothing goes wrong").wait_for()
    finally:
        context.close()


def test_a_message_is_written_to_the_program(instance: Instance, chromium: "Browser") -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        page.goto(f"{instance.url}/sandbox/")
        page.click("text=Send to your program")
        page.fill("#receive-from", "+61491570157")
        page.fill("#receive-to", "+14155550100")
        page.fill("#receive-url", "http://127.0.0.1:1024/nobody")
        page.fill("#receive-body", "STOP")
        page.click("main button[type=submit]")
        assert "/messages/" in page.url
        assert "STOP" in page.locator("main").inner_text()
        page.click("main button:has-text('Delete')")
    finally:
        context.close()


@pytest.mark.parametrize(("scheme", "width"), [("dark", 360), ("light", 1200)])
@pytest.mark.parametrize("name", ["mischief", "receive"])
def test_nothing_is_cut_off(
    instance: Instance, chromium: "Browser", name: str, scheme: str, width: int
) -> None:
    context = chromium.new_context(
        color_scheme="dark" if scheme == "dark" else "light", viewport={"width": width, "height": 800}
    )
    page = context.new_page()
    try:
        page.goto(f"{instance.url}/sandbox/default/{name}/")
        assert page.evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
    finally:
        context.close()
