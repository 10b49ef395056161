"""Sending under fire: `python -m tests.drills.sending [MESSAGES]`, or `make drill-sending`.

Eight clients have messages sent through the simulated carrier, whose calls go wrong three times in ten: not reached,
hanging, failing, answered too late after the message was sent, busy. Every request has an Idempotency-Key and is
repeated until it is answered. Meanwhile the web process, the worker and PostgreSQL are killed with -9. At the end each
message was sent at most once by the carrier's bill, each that was sent has its receipt, nothing is open, and
what the ledger counts is the carrier's bill and, for each message of which nobody knows, what it would have cost.

Only waiting is sped up: what a killed worker left in a call is due at once instead of after 90 s, and so are retries.
"""

import os
import random
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import psycopg

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from numbers.carriers.simulated.books import Books
from tempsms import ROOT
from tests.processes import started
from tests.rig import MANAGE, Instance

FAULTS = "0.3"
PAUSE = (2.0, 6.0)  # seconds between kills
FIRST_PAUSE = 0.5
RECOVERED_WITHIN = 20.0  # then the next one is killed, if nothing was to be done
CLIENTS = 8
SETTLED_WITHIN = 600.0
PERSON = "+33612345678"
_SET_UP = """
import json
from django.core.management import call_command
from io import StringIO
from numbers.models import Account, PoolTarget
from inbox.sending.models import Route
account = Account.objects.get(pk={account})
PoolTarget.objects.create(
    account=account, country='US', kind='local', count=1, public=False, max_monthly_cost=100, monthly_ceiling=9999
)
Route.objects.create(account=account, price='0.02', per_second=1000)
out = StringIO()
call_command('apikey', 'create', '--name', 'drill', '--scope', 'messages:send', '--monthly-ceiling', '9999', stdout=out)
print(json.dumps(out.getvalue().strip()))
"""


@dataclass
class Outcome:
    """What the drill saw."""

    asked: int = 0
    accepted: set[int] = field(default_factory=set)
    billed: Counter[str] = field(default_factory=Counter)  # by the carrier's bill: messages by its id
    bill: Decimal = Decimal(0)
    ledger: Decimal = Decimal(0)
    states: Counter[str] = field(default_factory=Counter)
    uncertain: Decimal = Decimal(0)  # what messages of which nobody knows would have cost
    refs: set[str] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def run(messages: int) -> Outcome:
    """Send so many messages, and compare the books."""
    outcome = Outcome(messages)
    began = time.monotonic()
    with Instance(SEND_DAILY_CEILING="9999") as instance:
        signing_key = secrets.token_hex(16)
        account = instance.account("simulated", "drill", signing_key=signing_key, faults=FAULTS)
        code = _SET_UP.format(account=account["id"])
        key = instance.manage("shell", "-v0", "-c", code).strip().splitlines()[-1].strip('"')
        _wait(
            instance,
            "SELECT count(*) = 1 FROM numbers_lease WHERE state = 'active' AND account_id = %s",
            account["id"],
        )
        with _tell_receipts(instance):
            killer = Killer(instance, outcome.kills)
            killer.start()
            try:
                with (
                    httpx.Client(base_url=instance.url, timeout=30) as http,
                    ThreadPoolExecutor(CLIENTS) as clients,
                ):
                    outcome.accepted = set(clients.map(lambda n: _send(http, key, n), range(messages)))
            finally:
                killer.stop()
            _wait(
                instance,
                "SELECT count(*) = 0 FROM sending_outgoingmessage WHERE state IN ('queued', 'sending')",
            )
            _wait(instance, "SELECT count(*) = 0 FROM sending_outgoingmessage WHERE state = 'sent'")
        _compare(instance, signing_key, outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


def _tell_receipts(instance: Instance) -> AbstractContextManager["subprocess.Popen[Any]"]:
    """The carrier's own program, which posts its receipts."""
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    command = [*MANAGE, "simulate", "--rate", "0.001"]
    return started(command, env=instance.env, cwd=ROOT, stop_with=signal.SIGKILL, **quiet)


class Killer(Thread):
    """Kills the worker, the web process and PostgreSQL in turn, and has what was left lying be due."""

    def __init__(self, instance: Instance, kills: Counter[str]) -> None:
        super().__init__(daemon=True)
        self._over = Event()
        self._instance = instance
        self._kills = kills

    def stop(self) -> None:
        """Kill nothing more."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """Until it is over."""
        first = ["worker"]  # of a short run there may be no second kill
        victims = chain(first, iter(lambda: random.choice(("worker", "web", "postgres")), None))
        pauses = chain([FIRST_PAUSE], iter(lambda: random.uniform(*PAUSE), None))
        while not self._over.wait(next(pauses)):
            before, victim = self._count_work(), next(victims)
            with suppress(psutil.Error, psycopg.Error, OSError, KeyError, ValueError, AssertionError):
                self._kill(victim)
            self._recover(before)

    def _recover(self, before: int) -> None:
        """Leave the rest alone until something is accepted or sent again, however slow the machine is."""
        deadline = time.monotonic() + RECOVERED_WITHIN
        while self._count_work() <= before and time.monotonic() < deadline:
            if self._over.wait(0.3):
                return

    def _count_work(self) -> int:
        """Messages accepted and attempted; -1 while the database is away."""
        with suppress(psycopg.Error):
            found = self._instance.sql(
                "SELECT count(*) + coalesce(sum(attempts), 0) FROM sending_outgoingmessage"
            )
            return int(found[0][0])
        return -1

    def _kill(self, victim: str) -> None:
        _kill_tree(self._instance.serving() if victim == "web" else self._instance.pid(victim))
        self._kills[victim] += 1
        if victim == "worker":  # then nobody is in a call that began before
            make_due(self._instance)


def make_due(instance: Instance) -> None:
    """Have what a killed worker left be due at once."""
    instance.sql("UPDATE sending_outgoingmessage SET due_at = now() WHERE state = 'sending'")


def _send(http: httpx.Client, key: str, number: int) -> int:
    """Have a message sent, repeated until it is answered; its id."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"message-{number}"}
    body = {"to": PERSON, "body": f"Message {number}"}
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            answer = http.post("/api/v1/messages", json=body, headers=headers)
            if answer.status_code == 202:
                return int(answer.json()["id"])
            assert answer.status_code in (409, 429, 503), answer.text
        time.sleep(0.2)
    raise AssertionError("a message was never accepted")


def _wait(instance: Instance, question: str, *values: object) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while time.monotonic() < deadline:
        with suppress(psycopg.Error):
            instance.sql(
                "UPDATE sending_outgoingmessage SET due_at = now() WHERE state = 'queued' AND due_at > now()"
            )
            if instance.sql(question, *values)[0][0]:
                return
        time.sleep(0.5)
    raise AssertionError(f"not within {SETTLED_WITHIN:.0f} s: {question}")


def _compare(instance: Instance, signing_key: str, outcome: Outcome) -> None:
    lines = Books(Path(instance.var / "simulated.sqlite3")).ledger([signing_key])
    sent = [line for line in lines if line.deed == "send"]
    outcome.billed = Counter(line.ref for line in sent)
    outcome.bill = sum((line.amount for line in sent), Decimal(0))
    outcome.ledger = instance.sql("SELECT sum(amount) FROM numbers_spending WHERE payer = 'site'")[0][0]
    rows = instance.sql("SELECT state, count(*) FROM sending_outgoingmessage GROUP BY 1")
    outcome.states = Counter(dict(rows))
    uncertain = "SELECT coalesce(sum(price), 0) FROM sending_outgoingmessage WHERE state = 'uncertain'"
    outcome.uncertain = instance.sql(uncertain)[0][0]
    found = instance.sql("SELECT carrier_ref FROM sending_outgoingmessage WHERE carrier_ref <> ''")
    outcome.refs = {str(ref) for (ref,) in found}


def _kill_tree(pid: int) -> None:
    process = psutil.Process(pid)
    for member in [process, *process.children(recursive=True)]:
        with suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)


def check(outcome: Outcome) -> None:
    """What must hold."""
    assert len(outcome.accepted) == outcome.asked == sum(outcome.states.values()), "each was accepted once"
    assert set(outcome.billed.values()) == {1}
    assert outcome.refs <= set(outcome.billed), "what we call sent was sent"
    unknown = set(outcome.billed) - outcome.refs
    assert len(unknown) <= outcome.states["uncertain"], (
        "what was sent without our knowledge is called uncertain"
    )
    assert outcome.states.keys() <= {"undelivered", "uncertain"}, "nobody has the recipient's number"
    known = sum(1 for ref in outcome.billed if ref in outcome.refs)
    assert outcome.states["undelivered"] == known
    price = outcome.bill / len(outcome.billed)
    assert outcome.ledger == known * price + outcome.uncertain


def main() -> None:
    """Run, print, and fail if anything is wrong."""
    outcome = run(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    print(f"sending.messages: {len(outcome.accepted)} of {outcome.asked}, {dict(outcome.states)}")
    print(f"sending.kills: {sum(outcome.kills.values())} {dict(outcome.kills)}")
    print(
        f"sending.billed: {sum(outcome.billed.values())}, twice: {sum(n > 1 for n in outcome.billed.values())}"
    )
    print(
        f"sending.bill: {outcome.bill} USD, ledger: {outcome.ledger} USD, uncertain: {outcome.uncertain} USD"
    )
    print(f"sending.seconds: {outcome.seconds:.0f} s")
    check(outcome)


if __name__ == "__main__":
    main()
