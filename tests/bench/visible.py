"""From a carrier's request to the row on an open page, in Debian's Chromium, with the page open in 1 and in 20 tabs.

Method: a whole running instance (uvicorn). 200 signed webhooks are posted one after the other, ten a second; the page
notes when the frame that each row is painted in has been drawn. A browser paints the one tab that is seen, but this one
has no window, paints all of them, and does so in software: with 20 tabs the moment that counts is when the row stands
in the document. Every figure is taken over all messages in all tabs, from the moment before the request is sent, so
receiving, storing and pushing are in it. `hub` is the same for a bare WebSocket client that only reads; `above_hub` is
what the page adds to its median. Clocks are one machine's.
"""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import sync_playwright
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.browser.chromium import ARGS, CHROMIUM
from tests.browser.inbox import Inbox
from tests.browser.pages import RECORDER
from tests.carrier_side import TOKEN
from tests.rig import Instance

MESSAGES = 200
EVERY = 0.1  # seconds
NUMBER = "+15005550006"
PAINTED = """
window.painted = {};
const note = () => document.querySelectorAll("#messages > li").forEach((row) => painted[row.dataset.id] ??= Date.now());
new MutationObserver(() => requestAnimationFrame(() => setTimeout(note))).observe(document, {
    childList: true, subtree: true,
});
"""


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with Instance(var=folder) as instance, sync_playwright() as playwright:
        account = instance.account("twilio", "bench", NUMBER, auth_token=TOKEN)
        inbox = Inbox(instance, account, NUMBER)
        hub = _bare(inbox)
        yield from _lines("page.hub", hub)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        for tabs in (1, 20):
            context = browser.new_context()
            context.add_init_script(RECORDER + (PAINTED if tabs == 1 else ""))
            pages = [context.new_page() for _ in range(tabs)]
            for page in pages:
                page.goto(inbox.url)
                page.wait_for_function("() => states.at(-1) === 'Live'")
            sent = _send(inbox)
            times = []
            for page in pages:
                moments = "painted" if tabs == 1 else "appeared"
                page.wait_for_function(f"(id) => {moments}[id]", arg=str(max(sent)), timeout=60_000)
                seen = page.evaluate(moments)
                times += [seen[str(pk)] - at * 1000 for pk, at in sent.items()]
            name = "page.visible" if tabs == 1 else f"page.visible_{tabs}_tabs"
            yield from _lines(name, times)
            yield f"{name}_above_hub_ms: {median(times) - median(hub):.1f} ms"
            context.close()
        browser.close()
        inbox.close()


def _lines(name: str, times: list[float]) -> Iterator[str]:
    yield f"{name}_ms_p50: {median(times):.1f} ms"
    yield f"{name}_ms_p95: {quantiles(times, n=20)[-1]:.1f} ms"


def _send(inbox: Inbox) -> dict[int, float]:
    """Post the messages; their ids with the moment before each was sent."""
    started = []
    for n in range(MESSAGES):
        started.append(time.time())
        inbox.post(f"Your code is {100_000 + n}")
        time.sleep(max(0.0, started[-1] + EVERY - time.time()))
    newest = inbox.instance.sql("SELECT id FROM inbox_message ORDER BY id DESC LIMIT %s", MESSAGES)
    return dict(zip(sorted(pk for (pk,) in newest), started, strict=True))


def _bare(inbox: Inbox) -> list[float]:
    """The same for a client that only reads."""
    seen: dict[int, float] = {}

    def read() -> None:
        try:
            for frame in viewer:
                seen[json.loads(frame)["id"]] = time.time()
        except ConnectionClosed:
            pass

    with connect(f"ws://127.0.0.1:{inbox.instance.port}/ws{inbox.path}") as viewer:
        reader = threading.Thread(target=read)
        reader.start()
        sent = _send(inbox)
        deadline = time.monotonic() + 30
        while not seen.keys() >= sent.keys() and time.monotonic() < deadline:
            time.sleep(0.01)
    reader.join()
    return [(seen[pk] - at) * 1000 for pk, at in sent.items()]
