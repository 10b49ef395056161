"""Pages with 1,000 and with 10,000,000 messages in the table, and the lists of 1,000 public numbers.

Method: one web process; 1,000 numbers in ten countries; messages are kept for ten days, a partition each. First 1,000
messages, then 10,000,000 (ten thousand a number), inserted by SQL over the ten days, vacuumed and analysed. A page
shows the same number of rows in both cases: the first twenty numbers, which are asked in turn, share the 1,000. Each
page is asked over one connection, at an address of its own every time, so that none comes from memory; the figure is
the median. The first page, and the one of busy numbers, are asked with all messages, after each number was heard from a
moment ago, so that each has to be looked at. `BENCH_MESSAGES` sets another number than 10,000,000, of at least 100,000.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

import httpx
import psycopg

from tempsms.embedded import services
from tests.bench.servers import account_with_number, database, manage, serving

NUMBERS = 1000
FEW, MANY = 1000, int(os.environ.get("BENCH_MESSAGES", 10_000_000))
DAYS = 10
ASKED = 20
REQUESTS = 200
LISTED = 48

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
OVER_DAYS = MESSAGES.replace("interval '20 hours'", f"interval '{DAYS} days'").replace(
    "generate_series(1, %s)", "generate_series(%s::int, %s::int)"
)
AT_ONCE = 500_000
LOGIN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
user = get_user_model().objects.create_superuser("bench", password=None)
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.save()
print(session.session_key)
"""


def run(folder: Path) -> Iterator[str]:
    """Yield the lines."""
    os.environ["MESSAGE_RETENTION_HOURS"] = str(DAYS * 24)
    with database(folder) as env, serving("ours", env) as (port, _):
        account_with_number(env, port)
        session = manage(env, "shell", "-v0", "-c", LOGIN).strip()
        with psycopg.connect(services.database_url(folder), autocommit=True) as connection:
            connection.execute(NUMBERS_SQL, [NUMBERS - 1])
            connection.execute(LEASES)
            few = measure(port, session, fill(connection, FEW, ASKED))
            many = measure(port, session, fill(connection, MANY, NUMBERS))
            connection.execute("UPDATE numbers_number SET last_message_at = now()")
            connection.execute("VACUUM ANALYZE numbers_number, numbers_lease")
            listed = _ask(port, session, ["/"], LISTED, "row")
            # with fewer than 2,500,000 messages no number is busy, but each is looked at
            busy = _ask(port, session, ["/?pace=busy"])
    for name in few:
        yield f"page.{name}_ms_at_{FEW}: {few[name]:.2f} ms"
        yield f"page.{name}_ms_at_{MANY}: {many[name]:.2f} ms"
        yield f"page.{name}_ratio: {many[name] / few[name]:.2f} times"
    yield f"page.list_ms_at_1000_numbers: {listed:.2f} ms"
    yield f"page.busy_ms_at_1000_numbers: {busy:.2f} ms"


def fill(connection: psycopg.Connection, messages: int, numbers: int) -> int:
    """Fill the table anew with so many messages to the first numbers; the newest id."""
    connection.execute("TRUNCATE inbox_message")
    for first in range(1, messages + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, messages)
        connection.execute(OVER_DAYS, [numbers, messages, messages, first, last])
    connection.execute("VACUUM ANALYZE inbox_message")
    (newest,) = connection.execute("SELECT max(id) FROM inbox_message").fetchone() or (0,)
    return int(newest)


def measure(port: int, session: str, newest: int) -> dict[str, float]:
    """Ask pages; the medians by page."""
    digits = [f"1202555{1000 + n}" for n in range(ASKED)]
    inboxes = [f"/numbers/{number}/" for number in digits]
    return {
        "inbox": _ask(port, session, inboxes, 50),
        "older": _ask(port, session, [f"{path}?before={newest + 1}" for path in inboxes], 50),
        "found": _ask(port, session, [f"{path}?q=cake" for path in inboxes], 50),
        "not_found": _ask(port, session, [f"{path}?q=nothing" for path in inboxes], 0),
        "poll": _ask(port, session, [f"{path}poll/" for path in inboxes]),
        "list": _ask(port, session, ["/"]),
        "status": _ask(port, session, ["/status/"]),
        "admin_messages": _ask(port, session, ["/admin/inbox/message/"]),
        "admin_numbers": _ask(port, session, ["/admin/numbers/number/"]),
        "admin_leases": _ask(port, session, ["/admin/numbers/lease/"]),
    }


def _ask(port: int, session: str, paths: list[str], count: int | None = None, css: str = "message") -> float:
    """Ask pages in turn, each of which shows so many elements of a class; the median in milliseconds."""
    times = []
    cookies = {"sessionid": session} if "/admin/" in paths[0] else {}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, cookies=cookies) as client:
        for n in range(REQUESTS + 20):
            path = paths[n % len(paths)]
            # the admin refuses parameters that it does not know, and is held in no memory
            own = "" if "/admin/" in path else f"{'&' if '?' in path else '?'}n={n}"
            start = perf_counter()
            answer = client.get(path + own)
            times.append(perf_counter() - start)
            found = len(re.findall(rf'class="{css}"', answer.text))
            if answer.status_code != 200 or count not in (None, found):
                raise RuntimeError(f"{answer.url}: {answer.status_code}, {found} of class {css}, not {count}")
    return median(times[20:]) * 1000
