"""A pytest plugin: every test process has a PostgreSQL and a Valkey of its own, gone afterwards.

It is named in pyproject's `addopts`, so that it is imported before pytest-django reads the settings.
"""

import signal
import tempfile
from pathlib import Path

import pytest

from tests import prepared_var
from tests.servers import Servers

# what a shell runs in the background ignores Ctrl-C, and so would all processes that tests start and stop by it
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_prepared = prepared_var.share()
_folder = tempfile.TemporaryDirectory(prefix="tempsms-tests-", ignore_cleanup_errors=True)
_servers = Servers(Path(_folder.name))
_servers.configure()  # before pytest-django reads the settings


def pytest_configure(config: pytest.Config) -> None:
    """Turn lasting connections off, make hashes cheap, and take static files from the sources."""
    from django.conf import settings

    from tests import emptying

    emptying.use_delete()
    settings.DATABASES["default"]["CONN_MAX_AGE"] = 0  # a session would outlive the test database
    # the usual one takes 0.4 s for each user that a test makes
    fast = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [fast, "inbox.api.secret_hashing.RandomSecretHasher"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start them."""
    if not _is_controller(session.config):
        _servers.__enter__()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop them."""
    if not _is_controller(session.config):
        _servers.__exit__(None, None, None)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Groups, which take minutes and stay in one process, first: the many short tests fill up what is left."""
    grouped = [item for item in items if item.get_closest_marker("xdist_group")]
    if getattr(config.option, "loadgroup", False) and any("@" not in item.nodeid for item in grouped):
        raise RuntimeError("pytest-xdist keeps no group together: each would start its instance twice")
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def _is_controller(config: pytest.Config) -> bool:
    """With xdist the controlling process runs no test."""
    return bool(config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput"))
