"""Several web processes on one address: what the second one brings, and what the end of one costs visitors.

Method: `manage.py serve --workers N` for N of 1 and 2, on the same PostgreSQL and Valkey, the client on the same
machine. Signed webhooks as in ingest.py, 64 in flight, and the page of a number on 32 connections; the median of three
rounds. Memory is the PSS of all processes of `serve`, less for N of 1. Then a crowd (tests/running/crowd.py: carriers,
readers who connect anew for each page, open sockets) is at work while both are replaced (SIGUSR1), and while one is
killed; requests and sockets that failed are counted, and how long a page took at most from then on.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx
import psutil

from tempsms import ROOT
from tests.bench import load
from tests.bench.servers import account_with_number, database, serving
from tests.carrier_side import form, signed
from tests.running.crowd import Crowd, crowding
from tests.waiting import until

NUMBERS = {1: "+15005550006", 2: "+15005550007"}
"""By how many processes there are."""
ROUNDS = 3
WEBHOOKS, PAGES = 4_000, 6_000


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with database(folder) as env:
        memory = {}
        for count in (1, 2):
            with serving("ours", env, workers=count) as (port, process):
                number = NUMBERS[count]
                webhook = account_with_number(env, port, number)
                page = f"GET /numbers/{number[1:]}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
                posts = [signed(webhook, form(To=number)).raw for _ in range(ROUNDS * WEBHOOKS)]
                rounds = [posts[n::ROUNDS] for n in range(ROUNDS)]
                messages = median(_rate(folder, port, 64, requests) for requests in rounds)
                pages = median(_rate(folder, port, 32, [page] * PAGES) for _ in range(ROUNDS))
                yield f"processes.messages_with_{count}: {messages:.0f} /s"
                yield f"processes.pages_with_{count}: {pages:.0f} /s"
                memory[count] = _memory(process)
                if count == 2:
                    yield f"processes.second_mb: {memory[2] - memory[1]:.0f} MB"
                    yield from _interrupt(f"http://127.0.0.1:{port}", webhook, number, process)


def _rate(folder: Path, port: int, connections: int, requests: list[bytes]) -> float:
    """Answers a second; an answer other than 200 is an error."""
    file = folder / "requests"
    file.write_bytes(load.pack(requests))
    argv = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), str(connections), str(file)]
    found = json.loads(subprocess.run(argv, check=True, capture_output=True, cwd=ROOT).stdout)
    if found["statuses"] != {"200": len(requests)}:
        raise RuntimeError(str(found["statuses"]))
    return float(found["answers"] / found["seconds"])


def _memory(process: psutil.Process) -> float:
    """PSS of a process and all that it has started, in MB."""
    family = [process, *process.children(recursive=True)]
    return sum(float(one.memory_full_info().pss) for one in family) / 1e6


def _interrupt(url: str, webhook: str, number: str, process: psutil.Process) -> Iterator[str]:
    before = set(process.children())
    with crowding(url, webhook, number) as crowd:
        _wait_for_answers(crowd)
        process.send_signal(signal.SIGUSR1)
        until(lambda: not any(child.is_running() for child in before), 120)
        _wait_for_answers(crowd)
    yield f"processes.failed_while_replaced: {crowd.failures.total()} of {crowd.answers.total()}"
    yield f"processes.closed_with_1012_while_replaced: {crowd.closes[1012]} of {crowd.closes.total()}"
    with crowding(url, webhook, number) as crowd:
        _wait_for_answers(crowd)
        os.kill(process.children()[0].pid, signal.SIGKILL)
        longest = max(_time_of_a_page(f"{url}/numbers/{number[1:]}/") for _ in range(100)) * 1000
        _wait_for_answers(crowd)
    yield f"processes.longest_page_after_kill_ms: {longest:.0f} ms"
    yield f"processes.refused_after_kill: {sum('refused' in text for text in crowd.failures)}"


def _wait_for_answers(crowd: Crowd) -> None:
    before = crowd.answers.total()
    until(lambda: crowd.answers.total() >= before + 100)


def _time_of_a_page(address: str) -> float:
    """Seconds that a new visitor waits."""
    start = time.perf_counter()
    httpx.get(address, timeout=30)
    return time.perf_counter() - start
