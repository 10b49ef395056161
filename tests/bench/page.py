"""The inbox page with 1,000 and with 1,000,000 messages in the table, and the lists of 1,000 public numbers.

Method: one web process; 1,000 numbers in ten countries. First 1,000 messages, then 1,000,000 (a thousand a number),
inserted by SQL and analysed. A number's page always shows its newest 50; to make both pages the same size, each
number that is asked has at least 50 in both cases (the first twenty numbers share the 1,000). The page is asked 300
times over one connection, numbers in turn, not cached anywhere between; the figure is the median. The first page, and
the one of busy numbers, are asked with the 1,000,000 messages, after each number was heard from a moment ago, so that
each has to be looked at.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import psycopg

from tempsms.embedded import services
from tests.bench.servers import account_with_number, database, serving

NUMBERS = 1000
ASKED = 20
REQUESTS = 300
CARDS = 40

NUMBERS_SQL = """
INSERT INTO numbers_number (e164, country, kind, capabilities, public, ever_public, created_at)
SELECT '+1202555' || (1000 + n), (ARRAY['US', 'GB', 'FR', 'SE', 'DE', 'AU', 'CA', 'ES', 'IT', 'NL'])[1 + n %% 10],
    'local', '{sms}', true, true, now() FROM generate_series(0, %s) n
RETURNING id
"""
LEASES = """
INSERT INTO numbers_lease (number_id, account_id, state, state_since, carrier_ref, monthly_cost, setup_cost,
    currency, leased_at)
SELECT id, (SELECT min(id) FROM numbers_account), 'active', now(), '', 0, 0, 'USD', now()
FROM numbers_number WHERE e164 LIKE '+1202555%%'
"""
MESSAGES = """
INSERT INTO inbox_message (number_id, account_id, carrier_ref, direction, sender, body, cuts, code_reason, segments,
    encoding, flags, media, public, received_at, expires_at)
SELECT (SELECT min(id) FROM numbers_number WHERE e164 LIKE '+1202555%%') + n %% %s, 1, 'SM' || md5(n::text), 'in',
    '+1415555' || (1000 + n %% 9000), 'See you at ' || n || ', I will bring the cake and the other things', '{}', '',
    1, 'GSM-7', '{}', '[]', true, now() - interval '20 hours' * (1 - n::float / %s),
    now() + interval '1 hour' + interval '20 hours' * (n::float / %s)
FROM generate_series(1, %s) n
"""


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    with database(folder) as env, serving("ours", env) as (port, _):
        account_with_number(env, port)
        with psycopg.connect(services.database_url(folder), autocommit=True) as connection:
            connection.execute(NUMBERS_SQL, [NUMBERS - 1])
            connection.execute(LEASES)
            few = _measure(connection, port, 1000, ASKED)
            many = _measure(connection, port, 1_000_000, NUMBERS)
            connection.execute("UPDATE numbers_number SET last_message_at = now()")
            connection.execute("VACUUM ANALYZE numbers_number, numbers_lease")
            listed, busy = (_ask(port, [path], "card-number", CARDS) for path in ("/", "/?pace=busy"))
    yield f"page.inbox_ms_at_1000: {few:.2f} ms"
    yield f"page.inbox_ms_at_1000000: {many:.2f} ms"
    yield f"page.ratio_1000000_to_1000: {many / few:.2f} times"
    yield f"page.list_ms_at_1000_numbers: {listed:.2f} ms"
    yield f"page.busy_ms_at_1000_numbers: {busy:.2f} ms"


def _measure(connection: psycopg.Connection, port: int, messages: int, numbers: int) -> float:
    """Fill the table anew and ask pages."""
    connection.execute("TRUNCATE inbox_message")
    connection.execute(MESSAGES, [numbers, messages, messages, messages])
    connection.execute("VACUUM ANALYZE inbox_message")
    return _ask(port, [f"/numbers/1202555{1000 + n}/" for n in range(ASKED)], "message", 50)


def _ask(port: int, paths: list[str], css: str, count: int) -> float:
    """Ask pages in turn, each of which shows so many elements of a class; the median in milliseconds."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for n in range(REQUESTS + 30):
            start = perf_counter()
            # an address of its own, so that none comes from memory
            path = paths[n % len(paths)]
            answer = client.get(f"{path}{'&' if '?' in path else '?'}n={n}")
            times.append(perf_counter() - start)
            if (found := answer.text.count(f'class="{css}"')) != count:
                raise RuntimeError(f"{answer.url} shows {found} of class {css}, not {count}")
    return median(times[30:]) * 1000
