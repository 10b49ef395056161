"""The first visit to an inbox and to the list: what it weighs, what its first paint waits for, and how long that takes.

Method: a whole running instance (uvicorn) with 40 numbers and 50 messages in the inbox, and Chromium with nothing
kept. The weight is every byte on the wire, headers too, of everything that the page asks for until it is quiet, as
Chromium counts it. What the first paint waits for is the document and whatever Chromium calls render-blocking. For the
first paint the network is slowed down to 1.6 Mbit/s with 150 ms a round trip, and the processor to a quarter; it is the
median of seven visits. What a connection and TLS cost before the first request is not in it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGS, CHROMIUM
from tests.browser.inbox import Inbox
from tests.carrier_side import TOKEN
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

NUMBERS = [f"+150055501{last:02}" for last in range(40)]
MESSAGES = 50
VISITS = 7
SLOW = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 94_000,
}  # bytes a second
BLOCKING = """1 + performance.getEntriesByType("resource")
    .filter((entry) => entry.renderBlockingStatus === "blocking").length"""
# a function: what the policy forbids to be evaluated anew with every look
PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with Instance(var=folder) as instance, sync_playwright() as playwright:
        account = instance.account("twilio", "bench", *NUMBERS, auth_token=TOKEN)
        inbox = Inbox(instance, account, NUMBERS[0])
        for n in range(MESSAGES):
            inbox.post(f"Your Acme code is {100_000 + n}. It expires in ten minutes.", "Acme")
        inbox.close()
        with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as browser:
            for name, url in (("page.", inbox.url), ("page.list_", instance.url)):
                yield f"{name}weight_kb: {_weight(browser, url) / 1000:.1f} kB"
                yield f"{name}requests_before_paint: {_blocking(browser, url)} requests"
                yield f"{name}first_paint_ms: {median(_paint(browser, url) for _ in range(VISITS)):.0f} ms"


@contextmanager
def _visit(browser: "Browser") -> Iterator[tuple["Page", "CDPSession"]]:
    """A new visitor."""
    with browser.new_context() as context:
        page = context.new_page()
        protocol = context.new_cdp_session(page)
        protocol.send("Network.enable")
        yield page, protocol


def _weight(browser: "Browser", url: str) -> int:
    sizes: list[int] = []
    with _visit(browser) as (page, protocol):
        protocol.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
        page.goto(url, wait_until="networkidle")
    return sum(sizes)


def _blocking(browser: "Browser", url: str) -> int:
    with _visit(browser) as (page, _):
        page.goto(url)
        return int(page.evaluate(BLOCKING))


def _paint(browser: "Browser", url: str) -> float:
    with _visit(browser) as (page, protocol):
        protocol.send("Network.emulateNetworkConditions", SLOW)
        protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        page.goto(url)
        return float(page.wait_for_function(PAINTED).json_value())
