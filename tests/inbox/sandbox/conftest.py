"""A project, and a program's web server on loopback."""

from collections.abc import Iterator

import pytest

from inbox.sandbox import projects
from inbox.sandbox.models import Project
from tests.forward_targets import Targets


@pytest.fixture
def default(transactional_db: None) -> Project:
    """The first project, for programs on this machine."""
    return projects.ensure_default()


@pytest.fixture
def web() -> Iterator[Targets]:
    """The program's own server."""
    with Targets() as found:
        yield found
