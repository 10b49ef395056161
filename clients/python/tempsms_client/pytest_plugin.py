"""The fixture `sms`: a number of the test's own, given back afterwards, also when the test fails.

Tests that run at the same time, in other processes too, each have another number.
"""

import os
from collections.abc import Iterator

import pytest

from tempsms_client.clients import Client
from tempsms_client.errors import TempsmsError
from tempsms_client.shapes import Code, Rental

LONGEST_PURPOSE = 120


class Sms:
    """A number that is rented for a test."""

    def __init__(self, client: Client, rental: Rental) -> None:
        self._client = client
        self.rental = rental
        self.number = rental.number

    def wait_for_code(self, timeout: float = 60, *, sender: str = "", match: str = "") -> str:
        """Return the code that comes next, or has come already; raises `NoCode`, which says what came instead."""
        return self.wait(timeout, sender=sender, match=match).value

    def wait(self, timeout: float = 60, *, sender: str = "", match: str = "") -> Code:
        """Return the same with the time at which the server forgets it."""
        return self._client.wait_for_code(self.rental, timeout=timeout, sender=sender, match=match)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the fixture needs to know."""
    group = parser.getgroup("tempsms")
    group.addoption("--sms-url", default=os.environ.get("TEMPSMS_URL", ""), help="the server; or TEMPSMS_URL")
    group.addoption("--sms-country", default=None, help="the country of rented numbers, like GB")
    group.addoption(
        "--sms-seconds", type=int, default=900, help="after which a rental ends at the latest (default: 900)"
    )
    group.addoption("--sms-cool-down", type=int, help="seconds until a number can be rented again")


@pytest.fixture(scope="session")
def sms_client(pytestconfig: pytest.Config) -> Iterator[Client]:
    """A client with the key in TEMPSMS_KEY."""
    url = pytestconfig.getoption("--sms-url")
    if not url:
        pytest.fail("the fixture sms needs a server: set TEMPSMS_URL, or give --sms-url", pytrace=False)
    with Client(url, os.environ.get("TEMPSMS_KEY", "")) as client:
        yield client


@pytest.fixture
def sms(request: pytest.FixtureRequest, sms_client: Client) -> Iterator[Sms]:
    """A number of the test's own."""
    option = request.config.getoption
    wanted = {
        "country": option("--sms-country"),
        "seconds": option("--sms-seconds"),
        "cool_down": option("--sms-cool-down"),
    }
    purpose = request.node.nodeid[-LONGEST_PURPOSE:]
    try:
        rental = sms_client.rent(purpose=purpose, **wanted)
    except TempsmsError as error:
        pytest.fail(f"no number for this test: {error}", pytrace=False)
    yield Sms(sms_client, rental)
    sms_client.end(rental)
