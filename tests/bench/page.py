"""The inbox page with 1,000 and with 1,000,000 messages in the table.

Method: one web process; 100 numbers. First 1,000 messages (ten a number), then 1,000,000 (ten thousand a number),
inserted by SQL and analysed. A number's page always shows its newest 50; to make both pages the same size, each
number that is asked has at least 50 in both cases (the first twenty numbers share the 1,000). The page is asked 300
times over one connection, numbers in turn, not cached anywhere between; the figure is the median.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import psycopg

from tempsms import embedded
from tests.bench.servers import account_with_number, database, serving

NUMBERS = 100
ASKED = 20
REQUESTS = 300

_NUMBERS = """
INSERT INTO numbers_number (e164, country, kind, capabilities, public, ever_public, created_at)
SELECT '+1202555' || (1000 + n), 'US', 'local', '{sms}', true, true, now() FROM generate_series(0, %s) n
RETURNING id
"""
_LEASES = """
INSERT INTO numbers_lease (number_id, account_id, state, state_since, carrier_ref, monthly_cost, setup_cost,
    currency, leased_at)
SELECT id, (SELECT min(id) FROM numbers_account), 'active', now(), '', 0, 0, 'USD', now()
FROM numbers_number WHERE e164 LIKE '+1202555%%'
"""
_MESSAGES = """
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
        with psycopg.connect(embedded.database_url(folder), autocommit=True) as connection:
            connection.execute(_NUMBERS, [NUMBERS - 1])
            connection.execute(_LEASES)
            few = _measure(connection, port, 1000, ASKED)
            many = _measure(connection, port, 1_000_000, NUMBERS)
    yield f"page.inbox_ms_at_1000: {few:.2f} ms"
    yield f"page.inbox_ms_at_1000000: {many:.2f} ms"
    yield f"page.ratio_1000000_to_1000: {many / few:.2f} times"


def _measure(connection: psycopg.Connection, port: int, messages: int, numbers: int) -> float:
    """Fill the table anew and ask pages."""
    connection.execute("TRUNCATE inbox_message")
    connection.execute(_MESSAGES, [numbers, messages, messages, messages])
    connection.execute("VACUUM ANALYZE inbox_message")
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
        for n in range(REQUESTS + 30):
            start = perf_counter()
            answer = client.get(f"/numbers/1202555{1000 + n % ASKED}/")
            times.append(perf_counter() - start)
            if answer.text.count('<li class="message"') != 50:
                raise RuntimeError("the page does not show 50 messages")
    return median(times[30:]) * 1000
