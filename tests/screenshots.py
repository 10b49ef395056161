"""`python -m tests.screenshots`, or `make screenshots`: the pictures in docs/, from a real running instance.

The one that is read from right to left is in Arabic once there is an Arabic catalogue; until then it is left out.
"""

from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from tempsms import ROOT
from tests import catalogues
from tests.browser.chromium import ARGS, CHROMIUM
from tests.browser.inbox import Inbox
from tests.carrier_side import TOKEN
from tests.rig import Instance
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from playwright.sync_api import Browser

NUMBERS = [
    "+15005550006",
    "+14155550123",
    "+447700900123",
    "+33639980042",
    "+4915112345678",
    "+5511961234567",
]
NUMBERS += [
    "+8613812345678",
    "+46701234567",
    "+34612345678",
    "+819012345678",
    "+27821234567",
    "+918012345678",
]
INBOX = f"/numbers/{NUMBERS[0][1:]}/"
MESSAGES = [
    ("+14155550100", "Hi, it's Sam. The train is late, start without me."),
    ("Parcels", "Your parcel 4821 arrives today between 14:00 and 16:00."),
    ("+14155550142", "Код подтверждения: 604218. Никому его не сообщайте."),
    ("Norden", "Din kod är 7731. Dela den inte med någon."),
    ("Acme", "Your Acme code is 482 913. It expires in 10 minutes."),
]

# the lists say when a number received last; what is withheld is not among these
HEARD = "SELECT count(*) FROM numbers_number WHERE last_message_at IS NOT NULL"


class Picture(NamedTuple):
    """What is taken, and how."""

    path: str
    width: int = 1120
    height: int = 760
    scheme: "Literal['light', 'dark']" = "light"
    language: str = "en"


PICTURES = {
    "inbox": Picture(INBOX),
    "inbox-phone": Picture(INBOX, 360, 740),
    "inbox-dark": Picture(INBOX, scheme="dark"),
    "inbox-arabic": Picture(INBOX, 360, 740, language="ar"),
    "numbers": Picture("/"),
    "numbers-phone": Picture("/", 360, 740),
}


def main() -> None:
    """Start, fill, take the pictures."""
    docs = ROOT / "docs"
    with Instance() as instance, sync_playwright() as playwright:
        account = instance.account("twilio", "screenshots", *NUMBERS, auth_token=TOKEN)
        inbox = Inbox(instance, account, NUMBERS[0])
        for sender, body in MESSAGES:
            inbox.post(body, sender)
        inbox.close()
        for e164 in NUMBERS[1:-2]:
            other = Inbox(instance, account, e164)
            other.post("Your login code for online banking is 991122" if e164 == NUMBERS[3] else "Hello")
            other.close()
        until(lambda: instance.sql(HEARD) == [(len(NUMBERS) - 3,)])
        with playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS) as browser:
            for name, picture in _possible():
                taken = take(browser, instance.url, picture)
                (docs / f"{name}.png").write_bytes(taken)
                print(f"docs/{name}.png: {len(taken) // 1024} kB")


def _possible() -> "Iterator[tuple[str, Picture]]":
    """Those in a language that there is."""
    languages = {"en", *catalogues.languages()}
    return ((name, picture) for name, picture in PICTURES.items() if picture.language in languages)


def take(browser: "Browser", url: str, picture: Picture) -> bytes:
    """One picture, once the page is live."""
    with browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=picture.scheme,
        locale=picture.language,
    ) as context:
        page = context.new_page()
        page.goto(url + picture.path)
        if picture.path == INBOX:
            page.wait_for_selector("#connection[data-state=live]")
        return page.screenshot()


if __name__ == "__main__":
    main()
