"""The fixture `sms`: a number of the test's own, given back afterwards, also when the test fails.

It is rented from a server (`--sms-url`), or is a number that your program sends to in a sandbox (`--sms-sandbox`, which
may be `start`). Tests that run at the same time, in other processes too, each have another number.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Protocol

import pytest

from tempsms_client import fiction
from tempsms_client.clients import Client
from tempsms_client.errors import TempsmsError
from tempsms_client.processes import running_sandbox
from tempsms_client.sandboxes import Sandbox
from tempsms_client.shapes import Code, Rental

LONGEST_PURPOSE = 120
START = "start"
_address = pytest.StashKey[str]()
_turn = pytest.StashKey[int]()


class Sms(Protocol):
    """A number for a test."""

    number: str

    def wait_for_code(self, timeout: float = 60, *, sender: str = "", match: str = "") -> str:
        """Return the code that comes next, or has come already; raises `NoCode`, which says what came instead."""

    def wait(self, timeout: float = 60, *, sender: str = "", match: str = "") -> Code:
        """Return the same with the time at which the server forgets it."""


class RentedNumber:
    """A number that is rented for a test."""

    def __init__(self, client: Client, rental: Rental) -> None:
        self._client = client
        self.rental = rental
        self.number = rental.number

    def wait_for_code(self, timeout: float = 60, *, sender: str = "", match: str = "") -> str:
        """Return the code that comes next, or has come already."""
        return self.wait(timeout, sender=sender, match=match).value

    def wait(self, timeout: float = 60, *, sender: str = "", match: str = "") -> Code:
        """Return the same with its time."""
        return self._client.wait_for_code(self.rental, timeout=timeout, sender=sender, match=match)


class SandboxNumber:
    """A number that only this test sends to; its messages stay in the sandbox, to be looked at."""

    def __init__(self, sandbox: Sandbox, number: str) -> None:
        self.sandbox = sandbox
        self.number = number
        self._after = sandbox.newest_id()

    def wait_for_code(self, timeout: float = 60, *, sender: str = "", match: str = "") -> str:
        """Return the newest code since the test began, or the one that comes."""
        return self.wait(timeout, sender=sender, match=match).value

    def wait(self, timeout: float = 60, *, sender: str = "", match: str = "") -> Code:
        """Return the same with its time."""
        wanted: dict[str, Any] = {"sender": sender, "match": match, "timeout": timeout}
        return self.sandbox.wait_for_code(to=self.number, after=self._after, **wanted)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the fixture needs to know."""
    group = parser.getgroup("tempsms")
    group.addoption(
        "--sms-sandbox",
        default=os.environ.get("TEMPSMS_SANDBOX", ""),
        help="the sandbox: its address, or `start` to run one for these tests; or TEMPSMS_SANDBOX",
    )
    group.addoption(
        "--sms-url",
        default=os.environ.get("TEMPSMS_URL", ""),
        help="a server whose numbers are rented; or TEMPSMS_URL",
    )
    group.addoption("--sms-country", default=None, help="the country of numbers, like GB")
    group.addoption(
        "--sms-seconds", type=int, default=900, help="after which a rental ends at the latest (default: 900)"
    )
    group.addoption("--sms-cool-down", type=int, help="seconds until a rented number can be rented again")


def pytest_configure(config: pytest.Config) -> None:
    """Start the sandbox, if that is wanted: once, for all processes that run tests."""
    given = config.getoption("--sms-sandbox")
    if hasattr(config, "workerinput"):
        given = config.workerinput.get("tempsms_sandbox", given)
    elif given == START and not (config.option.collectonly or config.option.help):
        given = _start_sandbox(config)
    config.stash[_address] = given
    config.stash[_turn] = 0


def _start_sandbox(config: pytest.Config) -> str:
    stack = ExitStack()
    config.add_cleanup(stack.close)
    try:
        return stack.enter_context(running_sandbox())
    except TempsmsError as error:
        raise pytest.UsageError(f"--sms-sandbox=start: {error}") from error


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist where the sandbox is."""
    node.workerinput["tempsms_sandbox"] = node.config.stash[_address]


@pytest.fixture(scope="session")
def sms_client(pytestconfig: pytest.Config) -> Iterator[Client]:
    """A client with the key in TEMPSMS_KEY."""
    url = pytestconfig.getoption("--sms-url")
    if not url:
        pytest.fail(
            "the fixture sms needs a server: set TEMPSMS_URL or TEMPSMS_SANDBOX, or give --sms-sandbox=start",
            pytrace=False,
        )
    with Client(url, os.environ.get("TEMPSMS_KEY", "")) as client:
        yield client


@pytest.fixture(scope="session")
def sms_sandbox(pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    """The sandbox: point your program's SDK at `sms_sandbox.address_for("twilio")`."""
    url = pytestconfig.stash[_address]
    if not url:
        pytest.fail("the fixture sms_sandbox needs TEMPSMS_SANDBOX, or --sms-sandbox=start", pytrace=False)
    with Sandbox(url, os.environ.get("TEMPSMS_KEY", "")) as sandbox:
        yield sandbox


@pytest.fixture
def sms(request: pytest.FixtureRequest) -> Iterator[Sms]:
    """A number of the test's own."""
    if request.config.stash[_address]:
        yield _choose_number(request)
    else:
        yield from _rent_number(request)


def _choose_number(request: pytest.FixtureRequest) -> SandboxNumber:
    """A number that no other test of this run has."""
    config = request.config
    worker = getattr(config, "workerinput", {})
    place = int(worker.get("workerid", "gw0").removeprefix("gw"))
    workers = int(worker.get("workercount", 1))
    # the same in all workers of a run, another in the next run
    run = worker.get("testrunuid") or str(os.getpid())
    try:
        numbers = fiction.phone_numbers(config.getoption("--sms-country") or fiction.FIRST)
        sandbox = request.getfixturevalue("sms_sandbox")
        turn = fiction.place_of(run) + config.stash[_turn] * workers + place
        config.stash[_turn] += 1
        return SandboxNumber(sandbox, numbers[turn % len(numbers)])
    except TempsmsError as error:
        pytest.fail(f"no number for this test: {error}", pytrace=False)


def _rent_number(request: pytest.FixtureRequest) -> Iterator[RentedNumber]:
    option = request.config.getoption
    client: Client = request.getfixturevalue("sms_client")
    wanted = {
        "country": option("--sms-country"),
        "seconds": option("--sms-seconds"),
        "cool_down": option("--sms-cool-down"),
    }
    try:
        rental = client.rent(purpose=request.node.nodeid[-LONGEST_PURPOSE:], **wanted)
    except TempsmsError as error:
        pytest.fail(f"no number for this test: {error}", pytrace=False)
    try:
        yield RentedNumber(client, rental)
    finally:
        client.end(rental)
