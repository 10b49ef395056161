"""`python -m tests.screenshots`, or `make screenshots`: the pictures in docs/, from a real running instance."""

from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tempsms import ROOT
from tests.browser import ARGS, CHROMIUM, Inbox
from tests.carrier_side import TOKEN
from tests.rig import Instance

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NUMBERS = ["+15005550006", "+447700900123", "+33639980042", "+4915112345678"]
MESSAGES = [
    ("+14155550100", "Hi, it's Sam. The train is late, start without me."),
    ("Parcels", "Your parcel 4821 arrives today between 14:00 and 16:00."),
    ("+14155550142", "Код подтверждения: 604218. Никому его не сообщайте."),
    ("Norden", "Din kod är 7731. Dela den inte med någon."),
    ("Acme", "Your Acme code is 482 913. It expires in 10 minutes."),
]
PICTURES = {
    "inbox": ({"width": 1280, "height": 860}, "light", f"/numbers/{NUMBERS[0][1:]}/"),
    "inbox-phone": ({"width": 360, "height": 740}, "light", f"/numbers/{NUMBERS[0][1:]}/"),
    "inbox-dark": ({"width": 1280, "height": 860}, "dark", f"/numbers/{NUMBERS[0][1:]}/"),
    "numbers": ({"width": 1280, "height": 860}, "light", "/"),
}


def main() -> None:
    """Start, fill, take the pictures."""
    docs = ROOT / "docs"
    docs.mkdir(exist_ok=True)
    with Instance() as instance, sync_playwright() as playwright:
        account = instance.account("twilio", "screenshots", auth_token=TOKEN)
        instance.adopt(account["id"], *NUMBERS)
        inbox = Inbox(instance, account, NUMBERS[0])
        for sender, body in MESSAGES:
            inbox.post(body, sender)
        inbox.close()
        with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as browser:
            for name in PICTURES:
                (docs / f"{name}.png").write_bytes(take(browser, instance.url, name))
                print(f"docs/{name}.png: {(docs / f'{name}.png').stat().st_size // 1024} kB")


def take(browser: "Browser", url: str, name: str) -> bytes:
    """One picture, once the page is live."""
    size, scheme, path = PICTURES[name]
    context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url + path)
    if path != "/":
        page.wait_for_selector("#connection >> text=Live")
    picture = page.screenshot()
    context.close()
    return picture


if __name__ == "__main__":
    main()
