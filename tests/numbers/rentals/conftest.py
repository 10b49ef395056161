"""A private number that can be rented."""

import pytest

from numbers.models import Lease
from tests.factories import make_lease, make_number


@pytest.fixture
def lease() -> Lease:
    """+15005550006, private and active."""
    return make_lease(make_number(public=False))
