"""Codes for tests under fire: `python -m tests.drills.codes [ROUNDS]`, or `make drill-codes`.

64 tests at once on 8 shared numbers: each claims a message, has a code sent, and waits for it, round after round. The
carrier sends every message twice, between codes that nobody claimed, and repeats what was not accepted. Half of the
tests know a word that is in their message alone; the others, four on a number, differ from each other in nothing, so
that each may get any of their codes, but no two the same. Filters stay the same in all rounds, so that an old code
would match. Meanwhile the web process is killed with -9. At the end every test must have got a code in each round that
was sent in that round, its own where it can be told apart, and no code twice.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

import tempsms  # noqa: F401  (first: it settles the name `numbers`)

# isort: split
from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

PATIENCE = 120.0  # seconds for one code, with all restarts


@dataclass
class Outcome:
    """What the drill saw."""

    got: dict[tuple[int, int], str] = field(default_factory=dict)  # codes by test and round
    sent: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    repeated: int = 0  # requests that had to be made again
    kills: int = 0
    seconds: float = 0.0

    def figures(self) -> dict[str, float]:
        """What is worth to be printed."""
        return {
            "codes": len(self.got),
            "requests again": self.repeated,
            "kills": self.kills,
            "s": round(self.seconds, 1),
        }


class Client:
    """A test's way to the API and the carrier's to the webhook: what fails is tried again, as both do."""

    def __init__(
        self, instance: Instance, key: str, webhook: str, http: httpx.AsyncClient, outcome: Outcome
    ) -> None:
        self._url = f"{instance.url}/api/v1"
        self._headers = {"Authorization": f"Bearer {key}"}
        self._webhook = webhook
        self._http = http
        self._outcome = outcome

    async def call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """Call the API until it answers."""
        headers = headers or {}
        answer = await self._repeat(
            lambda: self._http.request(method, self._url + path, headers=self._headers | headers, **options)
        )
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def post(self, number: str, body: str) -> None:
        """Deliver a message, and the same once more, as carriers do."""
        post = signed(self._webhook, form(body, To=number, From="ACME", MessageSid=sid()))
        for _ in range(2):
            answer = await self._repeat(
                lambda: self._http.post(post.url, content=post.body, headers=post.headers)
            )
            assert answer.status_code == 200, answer.text

    async def _repeat(self, ask: Any) -> httpx.Response:
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx.TransportError):
                answer: httpx.Response = await ask()
                # 409: the first request with this key is still under way
                if answer.status_code < 500 and answer.status_code not in (409, 429):
                    return answer
            assert time.monotonic() < deadline, "no answer"
            self._outcome.repeated += 1
            await asyncio.sleep(0.1)


def run(instance: Instance, tests: int, numbers: int, rounds: int, kills: int) -> Outcome:
    """Let all tests have their rounds."""
    outcome = Outcome()
    shared = [f"+1500555{n:04d}" for n in range(7000, 7000 + numbers)]
    account = instance.account("twilio", f"codes {uuid4().hex[:6]}", *shared, auth_token=TOKEN)
    key = instance.manage(
        "apikey", "create", "--name", f"codes {uuid4().hex[:6]}", "--scope", "messages:read"
    )
    begun = time.monotonic()
    asyncio.run(
        _run_all(instance, key.split()[-1], account["webhook_url"], shared, outcome, (tests, rounds, kills))
    )
    outcome.seconds = time.monotonic() - begun
    return outcome


def check(outcome: Outcome, tests: int, rounds: int) -> None:
    """Raise unless every test got its own codes."""
    assert outcome.errors == []
    assert outcome.got.keys() == {(test, number) for test in range(tests) for number in range(rounds)}
    assert [code for code, count in Counter(outcome.got.values()).items() if count > 1] == [], "given twice"
    named = {key: code for key, code in outcome.got.items() if _has_name(key[0])}
    assert named == {key: outcome.sent[key] for key in named}, "another test's code, or an old one"
    for number in range(rounds):
        sent = {code for (_, when), code in outcome.sent.items() if when == number}
        assert {code for (_, when), code in outcome.got.items() if when == number} <= sent, "an old code"


def _has_name(test: int) -> bool:
    return test % 2 == 0


async def _run_all(
    instance: Instance,
    key: str,
    webhook: str,
    shared: list[str],
    outcome: Outcome,
    size: tuple[int, int, int],
) -> None:
    tests, rounds, kills = size
    limits = httpx.Limits(max_connections=2 * tests)
    async with httpx.AsyncClient(timeout=60, limits=limits) as http:
        client = Client(instance, key, webhook, http, outcome)
        async with _killed(instance, kills, outcome):
            for number in range(rounds):
                await asyncio.gather(
                    *(_run_test(client, shared, outcome, test, number) for test in range(tests))
                )


async def _run_test(client: Client, shared: list[str], outcome: Outcome, test: int, number: int) -> None:
    """One test's round: claim, have a code sent, wait for it."""
    inbox = shared[test // 2 % len(shared)]
    name = f"test {test}" if _has_name(test) else "anybody"
    wanted = {"number": inbox, "match": f"^{name}:", "require": "code", "ttl": 600}
    try:
        once = {"Idempotency-Key": f"{test}-{number}"}
        claim = await client.call("POST", "/claims", json=wanted, headers=once)
        code = f"{number + 1}{test:05d}"
        outcome.sent[test, number] = code
        await client.post(inbox, f"nobody: your code is 9{test:05d}")
        waiting = asyncio.ensure_future(_wait(client, claim["id"]))
        await client.post(inbox, f"{name}: your code is {code}")
        outcome.got[test, number] = await waiting
    except (AssertionError, httpx.HTTPError) as error:
        outcome.errors.append(f"test {test}, round {number}: {error!r}")


async def _wait(client: Client, claim: str) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = await client.call("GET", f"/claims/{claim}/wait", params={"timeout": "20"})
        if answer["message"]:
            return str(answer["message"]["code"]["value"])
    raise AssertionError("no message")


@asynccontextmanager
async def _killed(instance: Instance, kills: int, outcome: Outcome) -> AsyncIterator[None]:
    """Kill the serving process this often meanwhile, and at the latest at the end."""

    async def kill() -> None:
        for _ in range(kills):
            await asyncio.sleep(1.0)
            os.kill(await asyncio.to_thread(instance.serving), signal.SIGKILL)
            outcome.kills += 1
            await asyncio.to_thread(instance.wait_for, "/healthz")

    killing = asyncio.create_task(kill())
    try:
        yield
    finally:
        await killing


def main() -> None:
    """Run the long form."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with Instance() as instance:
        outcome = run(instance, tests=64, numbers=8, rounds=rounds, kills=rounds)
    print(outcome.figures())
    check(outcome, tests=64, rounds=rounds)


if __name__ == "__main__":
    main()
