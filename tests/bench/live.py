"""Live push: from publishing one message to its frame at the last of 1,000 sockets on one number.

Method: one web process of ours and one of the stock consumer (stock.py, channels_redis core layer, capacity raised so
that nothing is dropped), both under uvicorn, each on a core of its own, its viewers on another, as they are machines
of their own in life. 1,000 raw sockets of a client process watch one number. This process
publishes, ours by Redis PUBLISH as the ingest does, stock by `group_send`, and takes the time until the client says
that the last socket has its frame. Rounds of nine messages with pauses take turns; the figure is the median of all of
one server's messages, the ratio that of the medians. A stock consumer whose read of Redis timed out stands still: its
round ends there. BENCH_SOCKETS and BENCH_ROUNDS set other numbers. Memory is the web process's PSS with the sockets
open less that before them, by socket, in the first round.
"""

import asyncio
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO

import psutil
import redis
from channels_redis.core import RedisChannelLayer

from tempsms import ROOT
from tempsms.embedded import services
from tests.bench.messages import event
from tests.bench.servers import account_with_number, database, serving
from tests.processes import started

SOCKETS = int(os.environ.get("BENCH_SOCKETS", "1000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
STALLED_AFTER = 30.0
MESSAGES = 9
NUMBER = "+15005550006"
INBOX = f"/numbers/{NUMBER[1:]}/"
OPENS: dict[int, list[float]] = {}
"""Sockets opened a second in each round, by the server's port."""


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with database(folder) as env, serving("ours", env) as ours, serving("stock", env) as stock:
        account_with_number(env, ours[0])
        rounds = [
            (_ours(folder, *ours), asyncio.run(_stock(services.redis_url(folder), *stock)))
            for _ in range(ROUNDS)
        ]
    mine = median(seconds for (times, _), _ in rounds for seconds in times) * 1000
    its = median(seconds for _, (times, _) in rounds for seconds in times) * 1000
    (_, memory), (_, stock_memory) = rounds[0]
    yield f"live.opens_per_s: {median(OPENS[ours[0]]):.0f} /s"
    yield f"live.opens_per_s_stock: {median(OPENS[stock[0]]):.0f} /s"
    yield f"live.last_of_1000_ms: {mine:.1f} ms"
    yield f"live.last_of_1000_stock_ms: {its:.1f} ms"
    yield f"live.ratio_to_stock_group_send: {its / mine:.1f} times sooner"
    yield f"live.kb_per_socket: {memory:.1f} kB"
    yield f"live.kb_per_socket_stock: {stock_memory:.1f} kB"


def _ours(folder: Path, port: int, process: psutil.Process) -> tuple[list[float], float]:
    with (
        redis.Redis.from_url(services.redis_url(folder)) as client,
        viewers(port, f"/ws{INBOX}", process, SOCKETS) as (lines, opens, memory),
    ):
        OPENS.setdefault(port, []).append(opens)
        return [time_to_last(client, lines, n + 1) for n in range(MESSAGES)], memory


def time_to_last(client: "redis.Redis", lines: IO[str], message_id: int) -> float:
    """Publish a message; the seconds until the last viewer has it. Then rest a little."""
    payload = event(message_id, NUMBER)
    start = time.perf_counter()
    client.publish(f"live:{NUMBER}", payload)
    seconds = float(next_line(lines)) - start
    time.sleep(0.2)
    return seconds


async def _stock(url: str, port: int, process: psutil.Process) -> tuple[list[float], float]:
    layer = RedisChannelLayer(hosts=[url], capacity=100_000)
    times = []
    with viewers(port, "/ws/", process, SOCKETS) as (lines, opens, memory):
        OPENS.setdefault(port, []).append(opens)
        for n in range(MESSAGES):
            start = time.perf_counter()
            await layer.group_send(
                "number_15005550006",
                {"type": "sms", "id": n, "from": "+14155550100", "body": "Your code is 482913"},
            )
            try:
                times.append(float(next_line(lines)) - start)
            except TimeoutError:
                break
            await asyncio.sleep(0.2)
    return times, memory


def next_line(lines: IO[str], within: float = STALLED_AFTER) -> str:
    """The client's next line; raises `TimeoutError` when it does not come."""
    with selectors.DefaultSelector() as selector:
        selector.register(lines, selectors.EVENT_READ)
        if not selector.select(within):
            raise TimeoutError("the last of the sockets did not get the message")
    return lines.readline()


def use_core(process: psutil.Process, *, first: bool) -> None:
    """Give a server the first core, and its viewers the others."""
    if (cores := psutil.cpu_count() or 1) > 1:
        process.cpu_affinity([0] if first else list(range(1, cores)))


@contextmanager
def viewers(
    port: int, path: str, process: psutil.Process, count: int
) -> Iterator[tuple[IO[str], float, float]]:
    """Open so many sockets: the client's lines, how many were opened a second, and kB a socket of the server."""
    before = process.memory_full_info().pss
    argv = [sys.executable, "-m", "tests.bench.sockets", str(port), path, str(count)]
    with started(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as client:
        use_core(process, first=True)
        use_core(psutil.Process(client.pid), first=False)
        assert client.stdout
        begun = client.stdout.readline().split()
        if begun[:1] != ["begun"] or client.stdout.readline() != "open\n":
            raise RuntimeError("the sockets did not open")
        opens = count / (time.perf_counter() - float(begun[1]))
        yield client.stdout, opens, (process.memory_full_info().pss - before) / 1024 / count
