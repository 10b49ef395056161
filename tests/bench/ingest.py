"""Ingest: signed Twilio webhooks a second at 64 in flight, durable, one web process.

Method: three servers under the same uvicorn on the same PostgreSQL and Valkey: ours (`manage.py serve`), the stock
view (stock.py) and a no-op (noop.py). A client process (load.py) with 64 keep-alive connections sends pre-signed
requests of 19 fields, each with a MessageSid of its own, every third body with a code. Rounds take turns; every
figure is the median over rounds, ratios are medians of the rounds' own ratios. After each of our rounds the rows in
the table are counted: a round in which one answered message is missing is an error.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from tempsms import ROOT
from tempsms.embedded import services
from tests.bench import load
from tests.bench.servers import account_with_number, database, serving
from tests.carrier_side import form, signed

ROUNDS = 5
IN_FLIGHT = 64
COUNTS = {"ours": 12_000, "stock": 400, "noop": 30_000}
BODIES = ("See you at eight, I'll bring the cake", "Your Acme code is {n:06d}", "Paket kommt heute, Tür {n}")


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with (
        database(folder) as env,
        serving("ours", env) as (ours, _),
        serving("stock", env) as (stock, _),
        serving("noop", env) as (noop, _),
    ):
        ports = {"ours": ours, "stock": stock, "noop": noop}
        urls = {"ours": account_with_number(env, ours), "stock": f"http://127.0.0.1:{stock}/hook/"}
        urls["noop"] = f"http://127.0.0.1:{noop}/"
        rounds = [
            {kind: _round(folder, kind, port, urls[kind], number) for kind, port in ports.items()}
            for number in range(ROUNDS + 1)
        ][1:]  # the first one warms up
        yield from _lines(rounds)


def _lines(rounds: list[dict[str, dict[str, Any]]]) -> Iterator[str]:
    rate = {kind: [found[kind]["answers"] / found[kind]["seconds"] for found in rounds] for kind in COUNTS}
    yield f"ingest.messages: {median(rate['ours']):.0f} /s"
    yield f"ingest.stock_view: {median(rate['stock']):.0f} /s"
    yield f"ingest.noop: {median(rate['noop']):.0f} /s"
    for other in ("stock", "noop"):
        ratios = [mine / its for mine, its in zip(rate["ours"], rate[other], strict=True)]
        name = "ratio_to_stock_view" if other == "stock" else "ratio_to_noop"
        yield f"ingest.{name}: {median(ratios):.2f} times ({min(ratios):.2f}-{max(ratios):.2f})"
    for key in ("p50_ms", "p99_ms"):
        yield f"ingest.{key}: {median(found['ours'][key] for found in rounds):.1f} ms"


def _round(folder: Path, kind: str, port: int, url: str, number: int) -> dict[str, Any]:
    """One round of one server."""
    requests = [signed(url, form(BODIES[n % 3].format(n=n))).raw for n in range(COUNTS[kind])]
    file = folder / "requests"
    file.write_bytes(load.pack(requests))
    before = _count(folder) if kind == "ours" else 0
    argv = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), str(IN_FLIGHT), str(file)]
    found: dict[str, Any] = json.loads(subprocess.run(argv, check=True, capture_output=True, cwd=ROOT).stdout)
    if found["statuses"] != {"200": len(requests)}:
        raise RuntimeError(f"{kind}, round {number}: {found['statuses']}")
    if kind == "ours" and _count(folder) - before != len(requests):
        raise RuntimeError("answered messages are missing")
    return found


def _count(folder: Path) -> int:
    with psycopg.connect(services.database_url(folder)) as connection:
        (found,) = connection.execute("SELECT count(*) FROM inbox_message").fetchone() or (0,)
        return int(found)
