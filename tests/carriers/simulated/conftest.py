"""A simulated carrier with books of its own, and a webhook for its messages."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from numbers import carriers
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.webhooks import Simulated
from tests.carriers.simulated.receiver import Receiver


@pytest.fixture
def api(tmp_path: Path) -> carriers.Api:
    return carriers.connect("simulated", Simulated.defaults(tmp_path))


@pytest.fixture
def books(api: carriers.Api) -> Books:
    return Books(Path(str(api.secrets["books"])))


@pytest.fixture
def receiver(api: carriers.Api) -> Iterator[Receiver]:
    server = Receiver(api)
    thread = threading.Thread(target=server.serve_forever, args=[0.02])
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
