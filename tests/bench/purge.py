"""Ingest while 1,000,000 messages are forgotten: p99 of webhooks during the purge, against the same without one.

Method: one web process. Rounds come in pairs; before each pair, a day's partition that is over is filled with
1,000,000 messages (and 10,000 codes that nobody has forgotten yet). Then 6,000 signed webhooks are sent at 64 in
flight; in every second round a process that is ready and waiting runs `retention.keep_partitions` from the first
request on, which takes about a third of the round. The figures are medians over the rounds, the ratio is the median of
the pairs' own. A round in which the partition is not gone or an answer is not 200 is an error.
"""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from tempsms import ROOT
from tempsms.embedded import services
from tests.bench import load
from tests.bench.servers import account_with_number, database, serving
from tests.carrier_side import form, signed
from tests.processes import started
from tests.rig import MANAGE

PAIRS = 5
ROWS = 1_000_000
CODES = 10_000
REQUESTS = 6_000
IN_FLIGHT = 64
_PURGE = """
import time
from django.db import connection
from inbox.privacy import retention
connection.ensure_connection()
print("ready", flush=True)
input()
start = time.perf_counter()
made, dropped = retention.keep_partitions()
print(len(dropped), time.perf_counter() - start)
"""
_FILL = """
INSERT INTO {name} (id, number_id, account_id, carrier_ref, direction, sender, body, cuts, code_reason, segments,
    encoding, flags, media, public, received_at, expires_at)
SELECT nextval('inbox_message_id_seq'), 1, 1, 'SM' || md5(n::text), 'in', '+14155550100',
    'See you at ' || n || ', I will bring the cake and the other things', '{{}}', '', 1, 'GSM-7', '{{}}', '[]', true,
    now() - interval '2 days', %s::timestamptz
FROM generate_series(1, %s) n
"""


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with database(folder) as env, serving("ours", env) as (port, _):
        url = account_with_number(env, port)
        with psycopg.connect(services.database_url(folder), autocommit=True) as connection:
            _round(port, url, 0)
            pairs = []
            seconds = []
            for pair in range(PAIRS):
                _fill(connection)
                plain = _round(port, url, 1 + 2 * pair)
                with _purge_at_a_sign(env) as purge:
                    during = _round(port, url, 2 + 2 * pair, purge)
                dropped, _, took = purge.communicate()[0].strip().rpartition("\n")[2].partition(" ")
                if dropped != "1":
                    raise RuntimeError("nothing was purged")
                seconds.append(float(took))
                pairs.append((plain, during))
    yield f"purge.seconds_for_1000000: {median(seconds):.2f} s"
    yield f"purge.ingest_p99_ms_without: {median(plain for plain, _ in pairs):.1f} ms"
    yield f"purge.ingest_p99_ms_during: {median(during for _, during in pairs):.1f} ms"
    yield f"purge.ingest_p99_ratio: {median(during / plain for plain, during in pairs):.2f} times"


def _fill(connection: psycopg.Connection) -> None:
    """A partition of a day that is over, full, and analysed as it would be."""
    day = datetime.now(UTC).date() - timedelta(days=1)
    name = f"inbox_message_{day:%Y%m%d}"
    start, end = f"{day} 00:00+00", f"{day + timedelta(days=1)} 00:00+00"
    connection.execute(
        f"CREATE TABLE {name} PARTITION OF inbox_message FOR VALUES FROM ('{start}') TO ('{end}')"
    )
    connection.execute(_FILL.format(name=name), [start, ROWS])
    connection.execute(
        "INSERT INTO inbox_code (message_id, sealed, expires_at)"
        f" SELECT id, repeat('x', 120), now() + interval '1 hour' FROM {name} LIMIT %s",
        [CODES],
    )
    connection.execute(f"VACUUM ANALYZE {name}")
    connection.execute("CHECKPOINT")


@contextmanager
def _purge_at_a_sign(env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A process that has everything loaded and purges when it reads a line."""
    argv = [*MANAGE, "shell", "-v0", "-c", _PURGE]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with started(argv, stop_with=signal.SIGKILL, env=env, cwd=ROOT, **pipes) as process:
        assert process.stdout
        if process.stdout.readline().strip() != "ready":
            raise RuntimeError("the purge did not start")
        yield process
        process.wait(60)


def _round(port: int, url: str, number: int, purge: "subprocess.Popen[str] | None" = None) -> float:
    """p99 in milliseconds of one round."""
    requests = [
        signed(url, form(f"Your Acme code is {number * REQUESTS + n:06d}")).raw for n in range(REQUESTS)
    ]
    if purge:
        assert purge.stdin
        purge.stdin.write("\n")
        purge.stdin.flush()
    found: dict[str, Any] = asyncio.run(load.run("127.0.0.1", port, IN_FLIGHT, requests))
    if found["statuses"] != {"200": REQUESTS}:
        raise RuntimeError(f"round {number}: {found['statuses']}")
    return float(found["p99_ms"])
