"""The API: from an accepted webhook to the answer of who waits, how many wait in a process, and lists a second.

Method: one web process of ours under uvicorn, its clients in processes of their own. A wait is timed from the moment
when the webhook's 200 has arrived until the waiting client has its answer: by itself, then with 2,000 others on the
same number whose filters do not match; the median of the messages of all rounds, which take turns. An answer may come
before the webhook's own, which counts as 0. `kb_per_wait` is the process's PSS with the waits open less that before
them, by wait, in the first round. `waits_per_process` are that many waits open at the same time in one process, while
one more gets its message. Lists are of 50 messages of a public number, with 8 connections.
"""

import asyncio
import json
import secrets
import string
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx

from tempsms import ROOT
from tests.bench import load
from tests.bench.servers import account_with_number, database, manage, serving
from tests.carrier_side import form, signed
from tests.processes import started

NUMBER = "+15005550006"
ROUNDS, MESSAGES = 3, 15
OTHERS, MANY = 2000, 5000
LISTS = 1500


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with database(folder) as env, serving("ours", env) as (port, process):
        webhook = account_with_number(env, port)
        key = manage(env, "apikey", "create", "--name", "bench", "--scope", "messages:read").split()[-1]
        alone: list[float] = []
        crowded: list[float] = []
        memory: list[float] = []
        for _ in range(ROUNDS):
            alone += asyncio.run(_time_waits(port, key, webhook))
            before = process.memory_full_info().pss
            with _crowd(port, key, OTHERS):
                memory.append((process.memory_full_info().pss - before) / 1024 / OTHERS)
                crowded += asyncio.run(_time_waits(port, key, webhook))
        yield f"api.wait_p50_ms: {median(alone) * 1000:.1f} ms"
        yield f"api.wait_p50_2000_ms: {median(crowded) * 1000:.1f} ms"
        yield f"api.kb_per_wait: {memory[0]:.1f} kB"
        begun = time.perf_counter()
        with _crowd(port, key, MANY):
            opened = time.perf_counter() - begun
            seconds = asyncio.run(_time_waits(port, key, webhook, 1))[0]
        yield f"api.waits_per_process: {MANY} waits ({MANY / opened:.0f} opened /s, one answered in {seconds:.3f} s)"
        yield f"api.list_per_s: {_count_lists(folder, port, key):.0f} /s"


async def _time_waits(port: int, key: str, webhook: str, messages: int = MESSAGES) -> list[float]:
    """Wait for messages one after another: the time from each webhook's answer to the wait's."""
    times = []
    path = f"http://127.0.0.1:{port}/api/v1/numbers/{NUMBER}/messages/wait"
    async with httpx.AsyncClient(timeout=60) as client:
        for n in range(messages):
            # letters: long numbers are redacted on public pages
            mark = "mark " + "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))
            waiting = asyncio.create_task(_wait(client, path, key, mark))
            await asyncio.sleep(0.3)
            post = signed(webhook, form(f"{mark}: your code is {n:06d}", To=NUMBER))
            await client.post(post.url, content=post.body, headers=post.headers)
            accepted = time.perf_counter()
            times.append(max(0.0, await waiting - accepted))
    return times


async def _wait(client: httpx.AsyncClient, path: str, key: str, mark: str) -> float:
    answer = await client.get(path, params={"match": mark}, headers={"Authorization": f"Bearer {key}"})
    answered = time.perf_counter()
    if answer.json()["message"] is None:
        raise RuntimeError("no message")
    return answered


class _crowd:
    """Others who wait, in a process of their own."""

    def __init__(self, port: int, key: str, count: int) -> None:
        argv = [sys.executable, "-m", "tests.bench.waiting", str(port), NUMBER, key, str(count)]
        self._started = started(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def __enter__(self) -> None:
        client = self._started.__enter__()
        assert client.stdout
        if client.stdout.readline() != "open\n":
            raise RuntimeError("the waits did not open")

    def __exit__(self, *error: object) -> None:
        self._started.__exit__(*error)  # type: ignore[arg-type]


def _count_lists(folder: Path, port: int, key: str) -> float:
    request = (
        f"GET /api/v1/numbers/{NUMBER}/messages HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()
    file = folder / "lists"
    file.write_bytes(load.pack([request] * LISTS))
    argv = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), "8", str(file)]
    found = json.loads(subprocess.run(argv, check=True, capture_output=True, cwd=ROOT).stdout)
    if found["statuses"] != {"200": LISTS}:
        raise RuntimeError(found["statuses"])
    return float(found["answers"] / found["seconds"])
