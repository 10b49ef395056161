"""`python -m tests.icons`: the icons of the installed site as PNG in static/icons/, drawn from favicon.svg.

Systems cut a maskable icon to their own shape, so that one has its picture within the middle 80 % of a full ground
(https://www.w3.org/TR/appmanifest/#icon-masks); so has Apple's, which has no transparency.
"""

from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tempsms import ROOT
from tests.browser.chromium import ARGS, CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"192": 192, "512": 512, "maskable-192": 192, "maskable-512": 512, "apple-touch": 180}
PLAIN = {"192", "512"}
ACCENT = "#1659c7"


def main() -> None:
    """Draw each."""
    folder = ROOT / "static/icons"
    folder.mkdir(exist_ok=True)
    picture = (ROOT / "static/favicon.svg").read_text()
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as browser,
    ):
        page = browser.new_page()
        for name, size in SIZES.items():
            (folder / f"{name}.png").write_bytes(_draw(page, picture, size, plain=name in PLAIN))


def _draw(page: "Page", picture: str, size: int, *, plain: bool) -> bytes:
    """The picture as it is, or in white on a ground of its colour with a margin."""
    if not plain:
        picture = picture.replace("#fff", "#000").replace(ACCENT, "#fff").replace("#000", ACCENT)
    style = f"margin:0;display:grid;place-items:center;block-size:{size}px;background:"
    side = size if plain else round(size * 0.6)
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(f'<body style="{style}{"none" if plain else ACCENT}">{picture}')
    page.evaluate(f"document.querySelector('svg').setAttribute('width', {side})")
    return page.screenshot(omit_background=True)


if __name__ == "__main__":
    main()
