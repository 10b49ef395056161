"""A rented number at Twilio, the page of its holder, and Twilio's hosts on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from numbers.models import Lease, Rental
from tests.carrier_side import TOKEN
from tests.factories import make_account, make_lease, make_link, make_number, make_rental
from tests.far_side import FarSide, far_side
from tests.inbox.pages.media.files import FILE, SID, receive


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FarSide]:
    """Twilio, its CDN, and a host without login."""
    hosts = ("api.twilio.com", "mms.twiliocdn.com", "media.example.com")
    async with far_side(tmp_path, monkeypatch, *hosts) as far:
        yield far


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006 at Twilio, private."""
    account = make_account(secrets={"auth_token": [TOKEN, "next"], "account_sid": SID})
    return make_lease(make_number(public=False), account)


@pytest.fixture
def rental(lease: Lease) -> Rental:
    """It is rented."""
    return make_rental(lease)


@pytest.fixture
def page(rental: Rental) -> str:
    """The path of a link to it."""
    return make_link(rental)


@pytest.fixture
def path(page: str, rental: Rental) -> str:
    """The path of a file at Twilio."""
    return f"{page}messages/{receive(rental, FILE).pk}/media/0/"
