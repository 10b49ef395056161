"""The API's operations on numbers and rentals, in the whole application."""

from collections.abc import Iterator

import httpx
import pytest

from numbers.carriers.contract import Feature
from tests.fake_carrier import LEASES, FakeCarrier


@pytest.fixture
async def api(site: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the API."""
    site.base_url = httpx.URL("http://127.0.0.1:8000/api/v1")
    return site


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    """A carrier that sells American numbers."""
    with FakeCarrier(*LEASES, Feature.ORDERS, fails_on=("search", "buy", "release")).registered() as fake:
        yield fake
