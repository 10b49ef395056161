"""Sends a second into the sandbox, and from an SDK's call to the row on the open page, in Debian's Chromium.

Method: a whole running instance (uvicorn). For the rate, 16 connections send Twilio messages as fast as each is
answered, for ten seconds; an answer means that the message is kept. For visibility, Twilio's Python SDK sends 50
messages, one after another, while the page is open; the page notes when each row is in the document. Every figure is
taken from the moment before the SDK is called, by one machine's clock.
"""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import httpx
from playwright.sync_api import sync_playwright

from tests.browser.chromium import ARGS, CHROMIUM
from tests.browser.pages import RECORDER
from tests.rig import Instance

AT_ONCE, SECONDS = 16, 10.0
SHOWN = 50


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with Instance(var=folder, VISITOR_LIMITS="off", LOG_LEVEL="WARNING") as instance:
        yield from _measure_visibility(instance)
        yield f"sandbox.sends_per_s: {asyncio.run(_count_sends(instance)):.0f} /s"


def _measure_visibility(instance: Instance) -> Iterator[str]:
    from tests.drills.sandbox_sdks import Twilio

    sdk, begun = Twilio(instance.url), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        page = browser.new_page()
        page.add_init_script(RECORDER)
        page.goto(f"{instance.url}/sandbox/")
        page.locator("#empty").wait_for()
        for n in range(SHOWN):
            at = time.time() * 1000
            ref = sdk.send(f"Your code is {n:06d}", "http://127.0.0.1:1024/nobody")
            (row,) = instance.sql("SELECT id FROM sandbox_capturedmessage WHERE ref = %s", ref)
            begun[str(row[0])] = at
            page.wait_for_function("(id) => appeared[id]", arg=str(row[0]), timeout=30_000)
        appeared = page.evaluate("appeared")
        browser.close()
    times = [appeared[pk] - at for pk, at in begun.items()]
    yield f"sandbox.visible_ms: {median(times):.0f} ms"
    yield f"sandbox.visible_ms_p95: {quantiles(times, n=20)[-1]:.0f} ms"


async def _count_sends(instance: Instance) -> float:
    """Sends that were answered in a second."""
    # knows models, which a program that is only imported cannot load
    from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN

    form = {"To": TO, "From": FROM, "Body": "Your code is 482913"}
    ends_at, done = time.monotonic() + SECONDS, 0

    async def work(client: httpx.AsyncClient) -> None:
        nonlocal done
        while time.monotonic() < ends_at:
            answer = await client.post(MESSAGES, data=form, auth=(SID, TOKEN))
            answer.raise_for_status()
            done += 1

    async with httpx.AsyncClient(base_url=instance.url, timeout=30) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))
    return done / SECONDS
