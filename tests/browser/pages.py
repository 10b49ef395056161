"""What tests ask of a page that is open in Chromium."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

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

# What a test asks for afterwards: violations of the policy, states of the badge, what was announced, and when each
# row appeared
RECORDER = """
window.violations = []; window.states = []; window.announced = []; window.appeared = {};
addEventListener("securitypolicyviolation", (event) => violations.push(event.violatedDirective));
new MutationObserver(() => {
    const badge = document.getElementById("connection");
    if (badge && states.at(-1) !== badge.textContent) states.push(badge.textContent);
    const said = document.getElementById("announcer")?.textContent;
    if (said && announced.at(-1) !== said) announced.push(said);
    for (const row of document.querySelectorAll("#messages > li")) appeared[row.dataset.id] ??= Date.now();
}).observe(document, { childList: true, subtree: true, characterData: true });
"""

OpenPage = Callable[..., "Page"]


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
