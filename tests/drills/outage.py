"""An outage of an hour: `python -m tests.drills.outage [MESSAGES]`, or `make drill-outage`.

A message a second is sent to numbers of the simulated carrier while nothing of ours runs: the supervisor is killed, and
web, worker, beat, PostgreSQL and Valkey with it. Then `up` is started, and what the carrier's log has must be stored:
every message once, in the order of sending, which is not the log's order. At last the carrier delivers each of them by
webhook as well, as carriers do that repeat for hours: none may be stored again.

Only the hour is not waited for: the times of the messages, and of the point up to which the log was read, are put back.
"""

import random
import secrets
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import orjson
import psutil

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from numbers.carriers.leasing import NumberQuery
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.traffic import Traffic
from tests.processes import lives
from tests.rig import Instance
from tests.waiting import until

HOUR = 3600.0
NUMBERS = 5
MIXED = 5  # messages that may be in another order in the carrier's log
STORED_WITHIN = 300.0


@dataclass
class Outcome:
    """What the drill saw."""

    sent: list[str]  # ids in the order of sending
    recovered: list[str]  # ids in the order of storing
    up_in: float = 0.0  # seconds from the start of `up` to its welcome
    recovered_in: float = 0.0  # seconds from the start of `up` until nothing more was stored
    delivered: int = 0  # webhooks that were answered 2xx afterwards
    stored_in_the_end: int = 0

    def figures(self) -> dict[str, float]:
        """What is worth to be printed."""
        return {
            "messages": len(self.sent),
            "recovered": len(self.recovered),
            "up in s": round(self.up_in, 1),
            "recovered in s": round(self.recovered_in, 1),
            "repeated by webhook": self.delivered,
            "stored in the end": self.stored_in_the_end,
        }


def run(messages: int) -> Outcome:
    """Kill everything, let the carrier collect messages, start again, and compare."""
    with Instance() as instance:
        books = Books(instance.var / "simulated.sqlite3")
        key = secrets.token_hex(16)
        account = instance.account("simulated", "outage", signing_key=key)
        numbers = [_buy_number(books, key, account["webhook_url"]) for _ in range(NUMBERS)]
        instance.adopt(account["id"], *numbers)
        with instance.frozen("worker"):  # no reading of the log between the two
            instance.sql("UPDATE numbers_account SET agreed_until = now() - make_interval(secs => %s)", HOUR)
            running = instance.processes()
            instance.kill()
            for process in running:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        until(lambda: not any(map(lives, running)))
        outcome = Outcome(_write_log(books, numbers, messages), [])
        _start_again(instance, outcome)
        Traffic(books, 1).run(0)
        outcome.delivered = books.states().get("delivered", 0)
        ((outcome.stored_in_the_end,),) = instance.sql("SELECT count(*) FROM inbox_message")
    return outcome


def check(outcome: Outcome) -> None:
    """Raise unless every message was stored once, in the order of sending."""
    assert Counter(outcome.recovered) == Counter(outcome.sent)
    assert outcome.recovered == outcome.sent, "not in the order of sending"
    assert outcome.delivered == outcome.stored_in_the_end == len(outcome.sent)


def _buy_number(books: Books, key: str, webhook_url: str) -> str:
    (offer,) = books.search(NumberQuery("US", limit=1))
    books.buy([key], offer.e164, webhook_url)
    return offer.e164


def _write_log(books: Books, numbers: list[str], messages: int) -> list[str]:
    """Write the messages of the hour into the carrier's books; their ids in the order of sending."""
    begun, apart, sent = time.time() - HOUR, HOUR / messages, []
    for n in range(messages):
        at = begun + n * apart
        sent.append(f"SX{uuid4().hex}")
        said = {"id": sent[-1], "from": "+14155550100", "to": numbers[n % NUMBERS], "text": f"Message {n}"}
        said |= {"sent_at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")}
        listed_at = min(at + random.uniform(0, MIXED * apart), time.time())
        books.write(sent[-1], numbers[n % NUMBERS], orjson.dumps(said), listed_at)
    return sent


def _start_again(instance: Instance, outcome: Outcome) -> None:
    """Start `up`, and wait until as many messages are stored as were sent, or time is over."""
    started = time.monotonic()
    instance.start()
    outcome.up_in = time.monotonic() - started
    while len(outcome.recovered) < len(outcome.sent) and time.monotonic() - started < STORED_WITHIN:
        found = instance.sql("SELECT carrier_ref FROM inbox_message ORDER BY id")
        outcome.recovered, outcome.recovered_in = [ref for (ref,) in found], time.monotonic() - started
        time.sleep(0.1)


def main() -> None:
    """Run the long form."""
    outcome = run(int(sys.argv[1]) if len(sys.argv) > 1 else 3600)
    print(outcome.figures())
    check(outcome)


if __name__ == "__main__":
    main()
