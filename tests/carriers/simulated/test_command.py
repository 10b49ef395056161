"""`simulate` sends to where the account is now, ends at a signal, and refuses an impossible rate."""

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from numbers import carriers
from numbers.carriers.simulated.books import Books
from tests.carriers.simulated.buying import bought
from tests.carriers.simulated.receiver import Receiver
from tests.factories import make_account


@pytest.fixture
def signals() -> Iterator[None]:
    """The command takes over SIGINT and SIGTERM."""
    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.mark.django_db
def test_the_command_sends_to_where_the_account_is_now(
    api: carriers.Api, books: Books, receiver: Receiver, signals: None, settings: LazySettings
) -> None:
    account = make_account(carrier="simulated", secrets=dict(api.secrets))
    bought(api, "http://127.0.0.1:1/where-we-were-last-time/")
    settings.PUBLIC_URL = f"http://127.0.0.1:{receiver.server_port}"
    call_command("simulate", rate=100, books=books.path, count=3)
    assert len(receiver.seen) == 3
    assert [number.webhook_url for number in api.owned()] == [account.webhook_url]


@pytest.mark.django_db
def test_the_command_ends_at_a_signal(
    api: carriers.Api, books: Books, receiver: Receiver, signals: None
) -> None:
    bought(api, receiver.url)
    threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGTERM]).start()
    call_command("simulate", rate=50, books=books.path)
    assert receiver.seen


@pytest.mark.django_db
def test_the_command_refuses_an_impossible_rate(books: Books) -> None:
    with pytest.raises(CommandError, match="rate"):
        call_command("simulate", rate=0, books=books.path)
