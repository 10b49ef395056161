"""Records refused webhooks for the operator: as a finding of the account (how many, when, why) and a line in the log.

The response does not wait for that: refusals within a second are written together. What could not be written is kept,
and written with the next.
"""

import asyncio
import logging
import time

from numbers.models import Finding
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop

logger = logging.getLogger(__name__)

DELAY = 1.0
LOGGED_EVERY = 3600.0

_COUNT = f"""
INSERT INTO numbers_finding
    (account_id, what, e164, carrier_ref, detail, monthly_cost, currency, times, found_at, seen_at)
SELECT id, '{Finding.What.REFUSED}', '', '', %(detail)s, 0, currency, %(times)s, now(), now()
FROM numbers_account WHERE id = %(account)s
ON CONFLICT (account_id, what, e164) WHERE settled_at IS NULL
DO UPDATE SET times = numbers_finding.times + excluded.times, detail = excluded.detail, seen_at = now()
"""  # noqa: S608  (our own word)


class Counter:
    """Refusals of one event loop that are not yet written: how many by account, and the last reason."""

    def __init__(self) -> None:
        self.times: dict[int, int] = {}
        self.reasons: dict[int, str] = {}
        self.writing: asyncio.Task[None] | None = None

    async def write_later(self) -> None:
        """Write after a moment, together with what arrives until then."""
        await asyncio.sleep(DELAY)
        await self.write()

    async def write(self) -> None:
        """Write all counts; keep them if the database is unavailable."""
        times, self.times = self.times, {}
        rows = [{"account": n, "times": times[n], "detail": self.reasons[n]} for n in sorted(times)]
        if not rows:
            return
        try:
            async with postgres.connection() as connection, connection.transaction():
                await connection.cursor().executemany(_COUNT, rows)
        except postgres.Unavailable as error:
            logger.warning("refused webhooks could not be recorded yet: %s", error)
            for account_id, count in times.items():
                self.times[account_id] = self.times.get(account_id, 0) + count


_counters = PerLoop(Counter)
_logged: dict[int, float] = {}


def note(account_id: int, carrier: str, reason: str) -> None:
    """Count a refused webhook of one of our accounts, and log it once an hour."""
    counter = _counters.get()
    counter.times[account_id] = counter.times.get(account_id, 0) + 1
    counter.reasons[account_id] = f"bad signature: {reason}"
    if counter.writing is None or counter.writing.done():
        counter.writing = asyncio.create_task(counter.write_later())
    if _logged.get(account_id, -LOGGED_EVERY) <= time.monotonic() - LOGGED_EVERY:
        _logged[account_id] = time.monotonic()
        logger.warning("refused a webhook of account %d (%s), bad signature: %s", account_id, carrier, reason)


async def close() -> None:
    """Write what is pending on the running loop."""
    if counter := _counters.pop():
        if counter.writing:
            counter.writing.cancel()
        await counter.write()


def forget() -> None:
    """Forget what has been logged (for tests)."""
    _logged.clear()
