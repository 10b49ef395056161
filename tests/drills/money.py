"""Money under fire: `python -m tests.drills.money [INTENTS]`, or `make drill-money`.

A running instance with two workers and two beats leases numbers from the simulated carrier, whose calls go wrong
three times in ten: not reached, hanging, failing, answered too late after the work was done, done twice. There are
three accounts: one buys at once, at one a purchase is an order that lasts two seconds, and at one so too, and the
carrier chooses the number. Half of the intents buy, the other half release what was
bought. Meanwhile the workers, a beat and PostgreSQL are killed
with -9 at random moments. At the end our ledger must equal the carrier's bill to the cent, with one purchase and
one release an intent, nothing left over at the carrier, and nothing open here.

Only waiting is sped up: an intent that a killed worker left in a call is settled at once instead of after 150 s,
and retries are due at once. The clocks that are turned are the database's rows of intents, between two kills.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil
import psycopg

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from numbers.carriers.simulated.books import Books, Line
from tempsms import ROOT
from tests.processes import started
from tests.rig import Instance

FAULTS = "0.3"
ORDER_SECONDS = "2"
PAUSE = (1.0, 6.0)  # seconds between kills
RECOVERED_WITHIN = 20.0  # then the next one is killed, if nothing was to be done
SETTLED_WITHIN = 900.0


@dataclass
class Outcome:
    """What the drill saw."""

    bought: Counter[str] = field(default_factory=Counter)  # by the carrier's bill: purchases by number
    released: Counter[str] = field(default_factory=Counter)
    bill: Decimal = Decimal(0)
    ledger: Decimal = Decimal(0)
    left: list[str] = field(default_factory=list)  # numbers still owned at the carrier
    effects: dict[tuple[str, str], int] = field(default_factory=dict)  # our intents by effect and state
    orders: int = 0  # of our purchases
    blind: int = 0  # of our purchases
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def run(intents: int) -> Outcome:
    """Buy half as many numbers as there are intents, release them all, and compare the books."""
    outcome = Outcome()
    started = time.monotonic()
    with Instance() as instance:
        keys = [secrets.token_hex(16) for _ in range(3)]
        at_once = instance.account("simulated", "at once", signing_key=keys[0], faults=FAULTS)
        later = instance.account(
            "simulated", "later", signing_key=keys[1], faults=FAULTS, order_seconds=ORDER_SECONDS
        )
        blind = instance.account(
            "simulated", "blind", signing_key=keys[2], faults=FAULTS, order_seconds=ORDER_SECONDS, blind="yes"
        )
        with ExitStack() as beside:

            def start(*argv: str) -> "subprocess.Popen[Any]":
                return beside.enter_context(_celery(instance, *argv))

            start("beat", "-s", str(instance.var / "beat2"))
            killer = Killer(instance, partial(start, "worker", "-c", "2"), outcome.kills)
            killer.start()
            beside.callback(killer.stop)
            third = intents // 6
            counts = {at_once["id"]: intents // 2 - 2 * third, later["id"]: third, blind["id"]: third}
            _buy(instance, counts)
            _release(instance)
        books = Books(Path(instance.var / "simulated.sqlite3"))
        _compare(instance, [line for key in keys for line in books.ledger([key])], outcome)
        outcome.left = [owned.e164 for key in keys for owned in books.owned([key])]
    outcome.seconds = time.monotonic() - started
    return outcome


class Killer(Thread):
    """Kills workers, a beat and PostgreSQL in turn, and turns the clocks of what was left lying.

    The second worker is started by `start_worker`, again and again.
    """

    def __init__(
        self, instance: Instance, start_worker: Callable[[], "subprocess.Popen[Any]"], kills: Counter[str]
    ) -> None:
        super().__init__(daemon=True)
        self._over = Event()
        self._instance = instance
        self._start_worker = start_worker
        self._worker = start_worker()
        self._kills = kills

    def stop(self) -> None:
        """Kill nothing more, and start nothing."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Until it is over."""
        first = ["worker"]  # of a short run there may be no second kill
        victims = chain(first, iter(lambda: random.choice(("worker", "worker", "beat", "postgres")), None))
        while not self._over.wait(random.uniform(*PAUSE)):
            before = self._attempts()
            victim = next(victims)
            with suppress(psutil.Error, psycopg.Error, OSError, KeyError, ValueError):
                self._kill(victim)
            self._recover(before)

    def _recover(self, before: int) -> None:
        """Leave the rest alone until somebody works again, however slow the machine is."""
        deadline = time.monotonic() + RECOVERED_WITHIN
        while self._attempts() <= before and time.monotonic() < deadline:
            if self._over.wait(0.3):
                return

    def _attempts(self) -> int:
        """How often intents were taken on; -1 while the database is away."""
        with suppress(psycopg.Error):
            found = self._instance.sql("SELECT coalesce(sum(attempts), 0) FROM numbers_intent")
            return int(str(found[0][0]))
        return -1

    def _kill(self, victim: str) -> None:
        before = self._now() if victim == "worker" else None
        _kill_tree(self._instance.pid(victim))
        self._kills[victim] += 1
        if victim == "worker":  # both of them: then nobody is in a call that began before
            _kill_tree(self._worker.pid)
            self._worker.wait()
            self._instance.sql(
                "UPDATE numbers_intent SET called_at = called_at - interval '150 s', due_at = now()"
                " WHERE state = 'calling' AND called_at < %s",
                before,
            )
            self._worker = self._start_worker()
        self._instance.sql(
            "UPDATE numbers_intent SET due_at = now()"
            " WHERE state IN ('waiting', 'ordered', 'uncertain') AND due_at > now()"
        )

    def _now(self) -> object:
        return self._instance.sql("SELECT now()")[0][0]


def _buy(instance: Instance, counts: dict[int, int]) -> None:
    wish = "country='FR', kind='mobile'"
    _insist(
        instance,
        "from numbers.models import PoolTarget\n"
        f"for account, count in {counts}.items():"
        f" PoolTarget.objects.get_or_create({wish}, account_id=account, count=count)",
    )
    _wait(instance, f"SELECT count(*) >= {sum(counts.values())} FROM numbers_lease WHERE state = 'active'")
    instance.sql("UPDATE numbers_pooltarget SET enabled = false")
    _wait(instance, "SELECT count(*) = 0 FROM numbers_intent WHERE settled_at IS NULL")


def _release(instance: Instance) -> None:
    code = (
        "from django.db import transaction; from numbers import pool; from numbers.models import Lease\n"
        "for lease in Lease.objects.filter(state='active'):\n"
        "    with transaction.atomic(): pool.quarantine(lease); pool.release(lease)\n"
    )
    _insist(instance, code)
    _wait(instance, "SELECT count(*) = 0 FROM numbers_lease WHERE state NOT IN ('released', 'failed')")


def _insist(instance: Instance, code: str) -> None:
    """Run what may be repeated until it succeeds: the database is killed under it, too."""
    for _ in range(50):
        with suppress(RuntimeError):
            instance.manage("shell", "-v0", "-c", code)
            return
        time.sleep(1)
    raise AssertionError("the database never stayed long enough")


def _wait(instance: Instance, question: str) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline:
        with suppress(psycopg.Error):
            if instance.sql(question)[0][0]:
                return
        time.sleep(0.5)
    raise AssertionError(f"not within {SETTLED_WITHIN:.0f} s: {question}")


def _compare(instance: Instance, bill: list[Line], outcome: Outcome) -> None:
    outcome.bought = Counter(line.ref for line in bill if line.deed == "buy")
    outcome.released = Counter(line.ref for line in bill if line.deed == "release")
    outcome.bill = sum((line.amount for line in bill), Decimal(0))
    outcome.ledger = instance.sql("SELECT coalesce(sum(amount), 0) FROM numbers_charge")[0][0]
    rows = instance.sql("SELECT effect, state, count(*) FROM numbers_intent GROUP BY 1, 2")
    outcome.orders = instance.sql("SELECT count(*) FROM numbers_intent WHERE order_ref <> ''")[0][0]
    outcome.blind = instance.sql("SELECT count(*) FROM numbers_event WHERE what = 'chosen'")[0][0]
    outcome.effects = {(effect, state): count for effect, state, count in rows}


def _celery(instance: Instance, *argv: str) -> AbstractContextManager["subprocess.Popen[Any]"]:
    """A worker or beat beside the instance's own, until it is killed."""
    command = [sys.executable, "-m", "celery", "-A", "tempsms.celery", *argv, "--loglevel", "ERROR"]
    command += ["--logfile", str(instance.var / "log" / f"second-{argv[0]}.log")]
    if argv[0] == "worker":
        command += ["--without-gossip", "-n", f"second-{secrets.token_hex(4)}@%h"]
    else:
        command += ["--pidfile="]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    return started(command, env=instance.env, cwd=ROOT, stop_with=signal.SIGKILL, **quiet)


def _kill_tree(pid: int) -> None:
    process = psutil.Process(pid)
    for member in [process, *process.children(recursive=True)]:
        with suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)


def main() -> None:
    """Run, print, and fail if anything is wrong."""
    intents = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    outcome = run(intents)
    print(f"money.intents: {sum(outcome.effects.values())} ({intents} wanted)")
    print(f"money.kills: {sum(outcome.kills.values())} {dict(outcome.kills)}")
    print(f"money.bill: {outcome.bill} USD, ledger: {outcome.ledger} USD")
    print(f"money.purchases: {sum(outcome.bought.values())}, releases: {sum(outcome.released.values())}")
    print(f"money.orders: {outcome.orders}, numbers chosen by the carrier: {outcome.blind}")
    print(f"money.left_at_the_carrier: {len(outcome.left)}")
    print(f"money.seconds: {outcome.seconds:.0f} s")
    check(outcome, intents // 2)


def check(outcome: Outcome, count: int) -> None:
    """What must hold."""
    assert outcome.left == []
    assert outcome.ledger == outcome.bill
    assert (
        outcome.effects[("buy", "done")]
        == outcome.effects[("release", "done")]
        == len(outcome.bought)
        >= count
    )
    assert set(outcome.bought.values()) == set(outcome.released.values()) == {1}
    assert outcome.bought == outcome.released
    assert outcome.orders
    assert outcome.blind == count // 3
    assert all(state in ("done", "refused") for _, state in outcome.effects)


if __name__ == "__main__":
    main()
