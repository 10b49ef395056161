"""Every carrier's adapter, with its sample and an account that the sample is signed for."""

import pytest

from numbers import carriers
from numbers.carriers.contract import Carrier
from numbers.models import Account
from tests.carriers import samples as carrier_samples
from tests.carriers.door import make_account_at
from tests.carriers.samples import Sample


@pytest.fixture(params=carriers.names())
def carrier(request: pytest.FixtureRequest) -> Carrier:
    return carriers.get(request.param)


@pytest.fixture
def account(carrier: Carrier, transactional_db: None) -> Account:
    """An account that the sample is signed for, with the number that it is sent to."""
    return make_account_at(carrier.name)


@pytest.fixture
def sample(carrier: Carrier) -> Sample:
    return carrier_samples.get(carrier.name, "a-secret")
