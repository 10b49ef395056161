"""Traffic reaches the webhook signed, complete and at its rate, until it is taken, even when the sender is killed."""

import random
import signal
import sqlite3
import sys
import time

import httpx
import pytest

from numbers import carriers
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.traffic import Traffic
from tempsms import ROOT
from tests.carriers.simulated.buying import bought
from tests.carriers.simulated.receiver import Receiver
from tests.processes import started


def test_traffic_reaches_the_webhook_signed_and_complete(
    api: carriers.Api, books: Books, receiver: Receiver
) -> None:
    numbers = {bought(api, receiver.url) for _ in range(3)}
    Traffic(books, 100).run(30)
    assert books.states() == {"delivered": 30}
    assert len({message.ref for message in receiver.seen}) == len(receiver.seen) == 30
    assert {message.recipient for message in receiver.seen} == numbers
    assert all(message.body and message.segments and message.sent_at for message in receiver.seen)


def test_a_refused_message_comes_again_until_it_is_taken(
    api: carriers.Api, books: Books, receiver: Receiver
) -> None:
    bought(api, receiver.url)
    receiver.answers = [503, 403, 302]
    Traffic(books, 100).run(5)
    assert books.states() == {"delivered": 5}
    assert (receiver.refused, len({message.ref for message in receiver.seen})) == (3, 5)


def test_the_rate_is_kept(api: carriers.Api, books: Books, receiver: Receiver) -> None:
    bought(api, receiver.url)
    begun = time.monotonic()
    Traffic(books, 20, rng=random.Random(1)).run(21)
    assert 0.8 < time.monotonic() - begun < 2.5


@pytest.mark.parametrize("rate", [0, -1, 1001, float("nan")])
def test_an_impossible_rate_is_refused(books: Books, rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Traffic(books, rate)


def test_an_unreachable_webhook_is_noted_and_tried_again(api: carriers.Api, books: Books) -> None:
    number = bought(api, "http://127.0.0.1:1/")
    books.write("SX1", number, b"{}", time.time())
    traffic = Traffic(books, 1, http=httpx.Client(trust_env=False))
    traffic.deliver(books.claim(time.time(), 1)[0])
    assert books.states() == {"pending": 1}
    with sqlite3.connect(books.path) as file:
        assert file.execute("SELECT answer FROM message").fetchall() == [("ConnectError",)]
    file.close()


_RUN = """
import sys, tempsms
from pathlib import Path
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.traffic import Traffic
Traffic(Books(Path(sys.argv[1])), 200).run(int(sys.argv[2]))
"""


def test_killed_at_any_line_nothing_is_lost(api: carriers.Api, books: Books, receiver: Receiver) -> None:
    bought(api, receiver.url)
    rng = random.Random(5)
    for _ in range(4):
        argv = [sys.executable, "-c", _RUN, str(books.path), "1000"]
        with started(argv, stop_with=signal.SIGKILL, cwd=ROOT):
            _wait_for_more(receiver)
            time.sleep(rng.uniform(0, 0.3))
    with sqlite3.connect(books.path) as file:
        file.execute(
            "UPDATE message SET due_at = 0 WHERE state = 'pending'"
        )  # instead of waiting CLAIMED_FOR
        written = {ref for (ref,) in file.execute("SELECT id FROM message")}
    file.close()
    Traffic(books, 1).run(0)
    assert len(written) > 4
    assert {message.ref for message in receiver.seen} == written
    assert set(books.states()) == {"delivered"}


def _wait_for_more(receiver: Receiver) -> None:
    before, deadline = len(receiver.seen), time.monotonic() + 20
    while len(receiver.seen) == before:
        assert time.monotonic() < deadline
        time.sleep(0.01)
