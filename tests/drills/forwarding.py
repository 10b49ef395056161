"""Forwarding under fire: `python -m tests.drills.forwarding [MESSAGES]`, or `make drill-forwarding`.

A running instance with two workers passes messages on to seven targets on loopback: one that is well, and ones that
answer 500, 410, slowly, with a redirect, or never, and one that is down at first and comes back. The first tenth of the
messages is timed with the healthy target alone, the second tenth with the sick ones beside it. During the rest,
workers and PostgreSQL are killed with -9 at random moments.

At the end each target that can be reached has each message, under one id, and the log has every request that
arrived, and no other.

Only waiting is sped up: what a killed worker had is due at once instead of after 90 s, and the target that came back is
asked at once.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any

import httpx
import psutil
import psycopg

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from tempsms import ROOT
from tests.carrier_side import TOKEN, form, signed
from tests.processes import started, tree
from tests.rig import Instance, free_port
from tests.waiting import wait_for_port

NUMBER = "+15005550006"
HEALTHY, SLOW, BACK = "/ok", "/slow", "/ok/back"
SICK = ("/500", "/410", "/never", "/redirect")
REACHED = (HEALTHY, SLOW, BACK)
FOR_SLOW = "for the slow one"  # one message in 25, as it takes a second for each
EACH_SLOW = 25
IN_FLIGHT = 8
PAUSE = (2.0, 8.0)  # seconds between kills
DONE_WITHIN = 900.0
_RULES = """
import json
from inbox.forwarding import targets
from inbox.forwarding.models import Rule
from numbers.models import Number
number, made = Number.objects.get(e164={number!r}), {{}}
for path in {paths!r}:
    target, _ = targets.ensure("webhook", "http://127.0.0.1:{port}" + path)
    Rule.objects.create(target=target, number=number, text={text!r} if path == {slow!r} else "")
    made[path] = target.pk
print(json.dumps(made))
"""
_DELIVERIES = """
SELECT target_id, message_id, 'dlv_' || replace(key::text, '-', ''), outcome, attempts, log FROM forwarding_delivery
"""
_RELEASE = """
UPDATE forwarding_delivery SET due_at = now() WHERE settled_at IS NULL AND due_at > now()
    AND attempts > coalesce((log -> -1 ->> 'attempt')::int, 0);
UPDATE forwarding_target SET taken_until = NULL, taken_by = NULL WHERE taken_until > now();
"""


@dataclass
class Delivery:
    """A delivery as our log has it."""

    path: str
    message: int
    id: str
    outcome: str
    attempts: int
    log: list[dict[str, Any]]


@dataclass
class Outcome:
    """What the drill saw."""

    messages: int = 0
    slow: int = 0  # of them, messages for the slow target
    arrived: dict[str, dict[int, list[str]]] = field(
        default_factory=dict
    )  # by target: message: ids, as they came
    deliveries: list[Delivery] = field(default_factory=list)
    disabled: list[str] = field(default_factory=list)
    stored: set[int] = field(default_factory=set)
    kills: Counter[str] = field(default_factory=Counter)
    alone: list[float] = field(default_factory=list)  # seconds from storing a message to its arrival
    beside: list[float] = field(default_factory=list)
    seconds: float = 0.0


def run(messages: int) -> Outcome:
    """Send messages to a number and see what arrives where."""
    outcome = Outcome(messages)
    began = time.monotonic()
    with ExitStack() as stack:
        instance = stack.enter_context(
            Instance(
                FORWARD_HTTP="on", FORWARD_NETWORKS="127.0.0.0/8", VISITOR_LIMITS="off", LOG_LEVEL="WARNING"
            )
        )
        far = FarSide(instance, stack)
        far.serve()
        far.add_rules(HEALTHY)
        tenth = messages // 10
        outcome.alone = far.time_messages(tenth)
        far.add_rules(SLOW, *SICK, BACK)
        outcome.beside = far.time_messages(tenth)
        more = stack.enter_context(start_worker(instance))
        with Killer(instance, more, outcome.kills):
            far.send(messages - 2 * tenth)
        far.serve(late=True)
        far.wait_for_all(messages)
        far.look(outcome)
    outcome.seconds = time.monotonic() - began
    return outcome


class FarSide:
    """The carrier that sends messages, and the targets."""

    def __init__(self, instance: Instance, stack: ExitStack) -> None:
        self._instance, self._stack = instance, stack
        self._log = instance.var / "arrived"
        self._log.touch()
        self._port, self._late = free_port(), free_port()
        self._late += self._late == self._port
        self._paths: dict[int, str] = {}
        self._sent = 0
        account = instance.account("twilio", "drill", NUMBER, auth_token=TOKEN)
        self._url = str(account["webhook_url"])

    def serve(self, *, late: bool = False) -> None:
        """Start the targets, in a process that nobody kills."""
        port = self._late if late else self._port
        argv = [sys.executable, "-m", "tests.forward_targets", str(port), str(self._log)]
        process = self._stack.enter_context(started(argv, cwd=ROOT, stop_with=signal.SIGKILL))
        wait_for_port(port, process)

    def add_rules(self, *paths: str) -> None:
        """Make a rule to each target."""
        for path in paths:
            port = self._late if path == BACK else self._port
            code = _RULES.format(number=NUMBER, paths=[path], port=port, text=FOR_SLOW, slow=SLOW)
            made: dict[str, int] = json.loads(self._instance.manage("shell", "-v0", "-c", code))
            self._paths |= {key: path for path, key in made.items()}

    def send(self, count: int) -> None:
        """Have a carrier send messages, which repeats what is not accepted."""
        asyncio.run(self._send(count))

    async def _send(self, count: int) -> None:
        numbers = iter(range(self._sent, self._sent + count))
        self._sent += count

        async def work(client: httpx.AsyncClient) -> None:
            for n in numbers:
                text = f"{FOR_SLOW}: {n}" if n % EACH_SLOW == 0 else f"Your Acme code is {n:06d}"
                post = signed(self._url, form(text))
                while True:
                    with suppress(httpx.TransportError):
                        answer = await client.post(post.url, content=post.body, headers=post.headers)
                        if answer.status_code == 200:
                            break
                    await asyncio.sleep(0.2)

        async with httpx.AsyncClient(timeout=20) as client:
            await asyncio.gather(*(work(client) for _ in range(IN_FLIGHT)))

    def time_messages(self, count: int) -> list[float]:
        """Send messages; for each, the seconds from when it was stored to when the healthy target had it."""
        before = self._sent
        self.send(count)
        self._wait(lambda: len(self._read_arrived()[HEALTHY]) >= before + count)
        stored = self._instance.sql(
            "SELECT id, extract(epoch FROM received_at) FROM inbox_message ORDER BY id"
        )
        first: dict[int, float] = {}
        for line in self._read_lines():
            if line["path"] == HEALTHY:
                first.setdefault(line["message"], line["at"])
        return [first[message] - float(at) for message, at in stored[before:]]

    def wait_for_all(self, messages: int) -> None:
        """Wait until whoever can be reached has everything, and nothing is claimed."""
        slow = -(-messages // EACH_SLOW)
        wanted = {
            HEALTHY: messages,
            BACK: messages - messages // 10,
            SLOW: slow - -(-(messages // 10) // EACH_SLOW),
        }

        def is_done() -> bool:
            arrived = self._read_arrived()
            if any(len(arrived[path]) < count for path, count in wanted.items()):
                # what was lost with a worker
                self._release()
                return False
            reached = [key for key, path in self._paths.items() if path in REACHED]
            open_ones = (
                "SELECT count(*) FROM forwarding_delivery WHERE settled_at IS NULL AND target_id = ANY(%s)"
            )
            self._release()
            return bool(self._instance.sql(open_ones, reached)[0][0] == 0)

        self._wait(is_done)

    def _release(self) -> None:
        """Have what came back with a pause or a wait due now: there is nothing to wait for on this machine."""
        reached = [key for key, path in self._paths.items() if path in REACHED]
        self._instance.sql(
            "UPDATE forwarding_delivery SET due_at = now() WHERE settled_at IS NULL AND target_id = ANY(%s)"
            " AND due_at > now() + interval '90 s'",
            reached,
        )
        self._instance.sql(
            "UPDATE forwarding_target SET paused_until = NULL"
            " WHERE id = ANY(%s) AND paused_until > now() + interval '15 s'",
            reached,
        )

    def look(self, outcome: Outcome) -> None:
        """Compare what arrived with what our log says."""
        outcome.arrived = self._read_arrived()
        outcome.stored = {key for (key,) in self._instance.sql("SELECT id FROM inbox_message")}
        slow = "SELECT count(*) FROM inbox_message WHERE starts_with(body, %s)"
        outcome.slow = self._instance.sql(slow, FOR_SLOW)[0][0]
        outcome.deliveries = [
            Delivery(self._paths[row[0]], *row[1:]) for row in self._instance.sql(_DELIVERIES)
        ]
        disabled = self._instance.sql("SELECT id FROM forwarding_target WHERE NOT enabled")
        outcome.disabled = [self._paths[key] for (key,) in disabled]

    def _read_lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines() if line.endswith("}")]

    def _read_arrived(self) -> dict[str, dict[int, list[str]]]:
        """By target and message the ids under which it arrived."""
        found: dict[str, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for line in self._read_lines():
            found[line["path"]][line["message"]].append(line["id"])
        return found

    def _wait(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DONE_WITHIN
        while True:
            with suppress(psycopg.Error):
                if condition():
                    return
            assert time.monotonic() < deadline, f"not all arrived within {DONE_WITHIN:.0f} s"
            time.sleep(0.5)


class Killer(Thread):
    """Kills workers and PostgreSQL while its block lasts, and frees what a killed worker had."""

    def __init__(self, instance: Instance, more: "subprocess.Popen[Any]", kills: Counter[str]) -> None:
        super().__init__(daemon=True)
        self._over = Event()
        self._instance, self._more, self._kills = instance, more, kills

    def __enter__(self) -> "Killer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        # short runs are over before the first pause
        while not {"workers", "postgres"} <= self._kills.keys():
            time.sleep(0.2)
        self._over.set()
        self.join()

    def run(self) -> None:
        """Until it is over."""
        victims = ["workers", "postgres"]
        while not self._over.wait(random.uniform(*PAUSE)):
            with suppress(psutil.Error, psycopg.Error, OSError, KeyError, ValueError):
                victim = victims[sum(self._kills.values()) % 2]
                self._kill(victim)
                self._kills[victim] += 1

    def _kill(self, victim: str) -> None:
        if victim == "postgres":
            kill_tree(self._instance.pid("postgres"))
            return
        kill_tree(self._instance.pid("worker"))
        if self._more.poll() is None:
            kill_tree(self._more.pid)
        # both are gone, and what they had is nobody's
        for statement in _RELEASE.split(";")[:2]:
            self._instance.sql(statement)


def start_worker(instance: Instance) -> AbstractContextManager["subprocess.Popen[Any]"]:
    """Another worker beside the instance's, until it is killed."""
    argv = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "tempsms.celery",
        "worker",
        "-c",
        "1",
        "--loglevel",
        "ERROR",
    ]
    argv += ["--without-gossip", "-n", "second@%h"]
    options: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return started(argv, env=instance.env, cwd=ROOT, stop_with=signal.SIGKILL, **options)


def kill_tree(pid: int) -> None:
    """Kill a process and all that it has started."""
    for member in tree(pid):
        with suppress(ProcessLookupError):
            os.kill(member.pid, signal.SIGKILL)


def p99(values: list[float]) -> float:
    """The 99th percentile."""
    return quantiles(values, n=100)[98]


def check(outcome: Outcome) -> None:
    """What must hold."""
    tenth = outcome.messages // 10
    assert len(outcome.stored) == outcome.messages
    assert set(outcome.arrived[HEALTHY]) == outcome.stored
    assert len(outcome.arrived[BACK]) == outcome.messages - tenth
    ids = {delivery.id: delivery for delivery in outcome.deliveries}
    for path, messages in outcome.arrived.items():
        for message, found in messages.items():
            assert len(set(found)) == 1, f"{path} got message {message} under {set(found)}"
            delivery = ids[found[0]]
            assert (delivery.path, delivery.message) == (path, message)
    check_log(outcome)
    assert outcome.disabled == ["/410"]
    for path in REACHED:
        left = Counter(one.outcome for one in outcome.deliveries if one.path == path)
        assert set(left) == {"delivered"}, f"{path}: {left}"
    for path in ("/500", "/never", "/redirect"):
        assert not any(one.outcome == "delivered" for one in outcome.deliveries if one.path == path)


def check_log(outcome: Outcome) -> None:
    """The log has what arrived: each answer was to a request, and each request was an attempt."""
    for one in outcome.deliveries:
        requests = len(outcome.arrived.get(one.path, {}).get(one.message, []))
        answered = sum(bool(entry["status"]) for entry in one.log)
        assert answered <= requests <= one.attempts, f"{one}: {requests} requests"
        assert len({entry["attempt"] for entry in one.log}) == len(one.log), one
        if one.outcome == "delivered":
            assert one.log[-1]["status"] == 200, one
        # an attempt without a record was cut by a kill
        assert requests - answered <= one.attempts - len(one.log) + sum(not e["status"] for e in one.log), one


def main() -> None:
    """Run, print, and fail if anything is wrong."""
    outcome = run(int(sys.argv[1]) if len(sys.argv) > 1 else 5000)
    requests = sum(len(ids) for messages in outcome.arrived.values() for ids in messages.values())
    print(f"forwarding.messages: {len(outcome.stored)}")
    print(f"forwarding.kills: {sum(outcome.kills.values())} {dict(outcome.kills)}")
    for path in REACHED:
        found = outcome.arrived[path]
        twice = sum(len(ids) - 1 for ids in found.values())
        print(
            f"forwarding.arrived{path.replace('/', '_')}: {len(found)}, repeated under the same id: {twice}"
        )
    print(f"forwarding.requests: {requests}")
    for name, values in (("alone", outcome.alone), ("beside_sick_ones", outcome.beside)):
        print(f"forwarding.healthy_{name}: p50 {median(values):.2f} s, p99 {p99(values):.2f} s")
    print(f"forwarding.seconds: {outcome.seconds:.0f} s")
    check(outcome)


if __name__ == "__main__":
    main()
