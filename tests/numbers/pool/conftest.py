"""A fake carrier that sells numbers by name, and one that sells numbers of its own choice."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from numbers.carriers.contract import Feature
from tests.fake_carrier import LEASES, FakeCarrier


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    """A carrier that sells American numbers and may take its time."""
    with FakeCarrier(*LEASES, Feature.ORDERS, fails_on=("buy", "release")).registered() as fake:
        yield fake


@pytest.fixture
def blind(fake: FakeCarrier) -> FakeCarrier:
    """The fake carrier, which sells whatever it likes, under a key."""
    fake.gain(Feature.KEYS, Feature.BLIND)
    fake.stock = [replace(offer, monthly_cost=Decimal("1.10")) for offer in fake.stock]
    offer = replace(fake.stock[0], e164="", monthly_cost=Decimal(1))
    fake.search = lambda wanted: [offer]  # type: ignore[method-assign]
    return fake
