"""One running instance for the tests that leave it as it was."""

from collections.abc import Iterator

import pytest

from tests.rig import Instance


@pytest.fixture(scope="package")
def instance() -> Iterator[Instance]:
    """On uvicorn, with real processes all the way."""
    with Instance() as running:
        yield running
