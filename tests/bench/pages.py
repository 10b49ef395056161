"""Pages and polls a second, with a message a second arriving; and one page that nobody has asked for yet.

Method: one web process of ours and one of stock.py on the same PostgreSQL, asked by 32 keep-alive connections of a
client process (load.py), as browsers ask: gzip accepted. The number has 50 messages, and its carrier posts another
each second the whole time. The stock page is the obvious one: a view, the ORM, a template with 50 rows. Rounds take
turns; figures are medians. The cold page is asked once for each of 200 numbers with 50 messages each, over one
connection, so that neither a page nor a row of it is in memory.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import httpx
import psycopg

from tempsms import ROOT
from tempsms.embedded import services
from tests.bench import load
from tests.bench.page import LEASES, MESSAGES, NUMBERS_SQL
from tests.bench.servers import account_with_number, database, serving
from tests.carrier_side import form, sid, signed

CONNECTIONS, ROUNDS = 32, 3
NUMBER = "+15005550006"
INBOX = f"/numbers/{NUMBER[1:]}/"
COLD, ROWS = 200, 50


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with (
        database(folder) as env,
        serving("ours", env) as (ours, _),
        serving("stock", env) as (stock, _),
    ):
        url = account_with_number(env, ours)
        with psycopg.connect(services.database_url(folder), autocommit=True) as connection:
            connection.execute(NUMBERS_SQL, [COLD - 1])
            connection.execute(LEASES)
            total = COLD * ROWS
            connection.execute(MESSAGES, [COLD, total, total, total])
            connection.execute("VACUUM ANALYZE")
        yield f"page.inbox_cold_ms: {_ask_each_once(ours):.1f} ms"
        for n in range(ROWS):
            _post(url, n)
        newest = httpx.get(f"http://127.0.0.1:{ours}{INBOX}poll/").json()["ids"][0]
        stock_page = f"http://127.0.0.1:{stock}/page/"
        if httpx.get(stock_page).text.count("<li>") != ROWS:
            raise RuntimeError("the stock page does not show its messages")
        asked = {
            "page.inbox_per_s": (ours, INBOX, 20_000),
            "page.list_per_s": (ours, "/", 20_000),
            "page.poll_per_s": (ours, f"{INBOX}poll/?after={newest}", 20_000),
            "page.stock_per_s": (stock, "/page/", 500),
        }
        rates: dict[str, list[float]] = {name: [] for name in asked}
        with _arriving(url):
            for _ in range(ROUNDS):
                for name, (port, path, count) in asked.items():
                    rates[name].append(_rate(folder, port, path, count))
    for name, found in rates.items():
        yield f"{name}: {median(found):.0f} /s ({min(found):.0f}-{max(found):.0f})"
    yield f"page.ratio_to_stock: {median(rates['page.inbox_per_s']) / median(rates['page.stock_per_s']):.1f} times"


def _ask_each_once(port: int) -> float:
    """The median of pages that are asked for the first time, in milliseconds."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for n in range(COLD):
            start = time.perf_counter()
            answer = client.get(f"/numbers/1202555{1000 + n}/")
            times.append(time.perf_counter() - start)
            if (found := answer.text.count('class="message"')) != ROWS:
                raise RuntimeError(f"{answer.url} shows {found} messages")
    return median(times[20:]) * 1000


@contextmanager
def _arriving(url: str) -> Iterator[None]:
    """A message a second while the block runs."""
    over = threading.Event()

    def post() -> None:
        n = 0
        while not over.wait(1.0):
            n += 1
            _post(url, n)

    carrier = threading.Thread(target=post)
    carrier.start()
    try:
        yield
    finally:
        over.set()
        carrier.join()


def _post(url: str, n: int) -> None:
    request = signed(url, form(f"Your Acme code is {100_000 + n}", MessageSid=sid(), To=NUMBER))
    httpx.post(request.url, content=request.body, headers=request.headers).raise_for_status()


def _rate(folder: Path, port: int, path: str, count: int) -> float:
    """Answers a second."""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept-Encoding: gzip\r\nAccept-Language: en\r\n\r\n"
    file = folder / "requests"
    file.write_bytes(load.pack([head.encode()] * count))
    argv = [sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(port), str(CONNECTIONS), str(file)]
    found = json.loads(subprocess.run(argv, check=True, capture_output=True, cwd=ROOT).stdout)
    if found["statuses"] != {"200": count}:
        raise RuntimeError(f"{path}: {found['statuses']}")
    return float(found["answers"] / found["seconds"])
