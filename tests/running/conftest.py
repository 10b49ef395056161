"""One running instance for the tests that leave it as it was."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest

from tests.carrier_side import TOKEN
from tests.rig import Instance

NUMBER = "+15005550006"


@pytest.fixture(scope="package")
def instance() -> Iterator[Instance]:
    """On uvicorn, with real processes all the way."""
    with Instance() as running:
        yield running


@pytest.fixture(scope="package", params=["uvicorn", "daphne"])
def served(request: pytest.FixtureRequest, instance: Instance) -> Iterator[tuple[Instance, str]]:
    """An instance on either server with a public number, and its webhook address."""
    with nullcontext(instance) if request.param == "uvicorn" else Instance(server=request.param) as running:
        account = running.account("twilio", "servers", NUMBER, auth_token=TOKEN)
        yield running, account["webhook_url"]
