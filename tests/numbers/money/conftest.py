"""An account at a carrier whose stock has one price."""

from collections.abc import Iterator

import pytest

from numbers.carriers.contract import Feature
from numbers.models import Account
from tests.factories import make_account
from tests.fake_carrier import LEASES, FakeCarrier, offers


@pytest.fixture
def shop() -> Iterator[FakeCarrier]:
    """A carrier with stock at one price: 1.50 a month and 1.00 once."""
    shop = FakeCarrier(*LEASES, Feature.CONFIGURE, name="shop", title="Shop", fails_on=("release", "owned"))
    shop.stock = offers(price="1.5", setup="1", step="0")
    with shop.registered():
        yield shop


@pytest.fixture
def account(shop: FakeCarrier) -> Account:
    """An account there."""
    return make_account(carrier="shop", secrets={})
