"""Files of a private message in a real Chromium: from the carrier's webhook to what its holder has saved."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.pages import CUT_OFF, faults
from tests.far_side import PNG, answer, redirect
from tests.files_web import CDN, FILE, FilesWeb, files_web
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.xdist_group("browser")

SCRIPT = "<script>document.title = 'ran'; alert(1)</script>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>'.encode()
# what a file holds, what its host says it is, and how its saved name ends
LIES = [
    (SCRIPT.encode(), "text/html", "bin"),
    (SVG, "image/svg+xml", "bin"),
    (SCRIPT.encode(), "image/png", "png"),
]


@pytest.fixture(scope="module")
def web(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FilesWeb]:
    """A web process of the shared instance."""
    with files_web(instance, tmp_path_factory.mktemp("far"), "+15005550244") as running:
        yield running


def save(page: "Page", place: int, message: str = "") -> tuple[str, bytes]:
    """Click on a file; its name and content as Chromium saves them."""
    with page.expect_download() as saved:
        page.click(f'a[href="{message}media/{place}/"]')
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()


def test_a_file_goes_all_the_way_from_the_webhook_to_its_holder(
    web: FilesWeb, context: "BrowserContext"
) -> None:
    cdn = f"https://{CDN}/AC/1?Expires=1&Signature=s"
    web.far.answers = {FILE: redirect(cdn), cdn: answer(PNG, content_type="image/png")}
    page = context.new_page()
    page.goto(web.url + web.path)
    page.wait_for_function("() => states.at(-1) === 'Live'")
    web.post((FILE, "image/png"), (f"{FILE}2", "video/mp4"))
    page.wait_for_selector("text=video/mp4")
    pk = page.locator("#messages > li").first.get_attribute("data-id")
    assert save(page, 0, f"messages/{pk}/") == (f"message-{pk}-1.png", PNG)
    assert [url for url, _ in web.far.asked] == [FILE, cdn]
    assert not any({"referer", "cookie"} & set(headers) for _, headers in web.far.asked)
    assert page.evaluate(CUT_OFF) == []
    assert faults(page) == ""

    page.goto(f"{web.url}{web.path}messages/{pk}/")
    assert save(page, 0) == (f"message-{pk}-1.png", PNG)
    assert page.evaluate("violations") == []


def test_files_that_lie_about_their_type_are_saved_and_never_run(
    web: FilesWeb, context: "BrowserContext"
) -> None:
    files = [f"{FILE}{number}" for number in range(len(LIES))]
    web.far.answers = {
        file: answer(content, content_type=told) for file, (content, told, _) in zip(files, LIES, strict=True)
    }
    page = context.new_page()
    page.on("dialog", lambda dialog: pytest.fail(f"it ran: {dialog.message}"))
    page.goto(web.url + web.path)
    page.wait_for_function("() => states.at(-1) === 'Live'")
    web.post(*((file, "image/png") for file in files), ("https://far.example/last", "video/lies"))
    page.wait_for_selector("text=video/lies")
    pk = page.locator("#messages > li").first.get_attribute("data-id")
    for place, (content, _, name) in enumerate(LIES):
        with page.expect_download() as saved:
            page.evaluate("(path) => { location.href = path }", f"{web.path}messages/{pk}/media/{place}/")
        assert saved.value.suggested_filename == f"message-{pk}-{place + 1}.{name}"
        assert Path(saved.value.path()).read_bytes() == content
    assert page.title() != "ran"
    assert page.url == web.url + web.path
