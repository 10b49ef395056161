"""Every `curl` of the how-to pages works as it is written, with the key, the ids and the host of whoever tries it."""

import re
import shlex
from typing import Any

import httpx
import pytest
from django.db import connection

from inbox.api.models import ApiKey
from inbox.forwarding import deliveries
from numbers.carriers.contract import Feature
from numbers.models import Rental
from tempsms import ROOT
from tests.factories import make_account, make_lease, make_number, make_rental
from tests.fake_carrier import FakeCarrier
from tests.inbox.api.conftest import make_key
from tests.inbox.api.renting import do
from tests.inbox.numbering.conftest import fake

__all__ = ["fake"]
HOST = "https://sms.example.org"


def read_examples() -> list[tuple[str, str]]:
    """The pages' commands, each with the name of its page."""
    found = []
    for page in sorted((ROOT / "docs" / "how-to").glob("*.md")):
        lines = re.findall(r"^    (curl (?:[^\n]*\\\n)*[^\n]*)", page.read_text(), re.MULTILINE)
        found += [(page.stem, line) for line in lines]
    return found


def parse(command: str, words: dict[str, str]) -> dict[str, Any]:
    """The request that a command makes, with words in place of its variables."""
    for name, word in words.items():
        command = command.replace(name, word)
    _, *arguments = shlex.split(command.replace("\\\n", " "))
    request: dict[str, Any] = {"method": "GET", "headers": {}}
    while arguments:
        match arguments.pop(0):
            case "-X":
                request["method"] = arguments.pop(0)
            case "-H":
                name, value = arguments.pop(0).split(": ", 1)
                request["headers"][name] = value
            case "-d":
                request["method"], request["content"] = "POST", arguments.pop(0)
            case url:
                assert url.startswith(f"{HOST}/"), command
                request["url"] = url.removeprefix(HOST)
    return request


def make_rows() -> None:
    """What the examples are about: a public number, rental 7 of the key, a free number, and a carrier."""
    fakes = make_account(carrier="fake")
    make_lease(make_number("+15005550006"), fakes)
    # codes are sent from numbers that were never public
    make_lease(make_number("+15005550008", public=False, kind="toll_free"), fakes)
    rental = make_rental(make_lease(make_number("+15005550007", public=False), make_account()))
    owner = f"key:{ApiKey.objects.get().pk}"
    Rental.objects.filter(pk=rental.pk).update(id=7, owner=owner)
    with connection.cursor() as cursor:  # or else the next rental may get the same id
        cursor.execute("SELECT setval(pg_get_serial_sequence('numbers_rental', 'id'), 1000)")
    make_lease(make_number("+447700900124", country="GB", kind="mobile", public=False), make_account())


async def test_every_example_works(
    site: httpx.AsyncClient, fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(deliveries, "wake_worker", lambda: None)
    fake.gain(Feature.SEND)
    settings.VERIFY_COUNTRIES = ["US"]
    key = (await make_key())["Authorization"].removeprefix("Bearer ")
    await do(make_rows)
    examples = read_examples()
    assert len(examples) >= 7
    words = {
        '"$KEY"': f'"Authorization: Bearer {key}"',
        "$KEY": key,
        "tempsms_...": key,
        "$API": f"{HOST}/api/v1",
        "$(uuidgen)": "one",
        "0b54...": "0b54e1a7-6f6c-4b8e-9d0a-5d5b0d5a7c11",
        "timeout=55": "timeout=0",
    }
    for page, command in examples:
        answer = await site.request(**parse(command, words))
        assert answer.status_code < 300, f"{page}: {command}\n{answer.text}"
        if answer.request.url.path.endswith("/claims"):
            words["$ID"] = answer.json()["id"]
