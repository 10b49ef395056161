"""An account at a carrier whose stock the test sets."""

from collections.abc import Iterator

import pytest

from numbers.carriers.contract import Feature
from numbers.models import Account
from tests.factories import make_account
from tests.fake_carrier import FakeCarrier
from tests.numbers.targets.mobiles import british_mobiles


@pytest.fixture
def market() -> Iterator[FakeCarrier]:
    """A carrier whose stock the test sets."""
    with FakeCarrier(Feature.SEARCH, name="market", title="Market").registered() as market:
        market.stock = british_mobiles()
        yield market


@pytest.fixture
def account(market: FakeCarrier) -> Account:
    """An account there."""
    return make_account(carrier="market", label="main", secrets={})
