"""Accounts by webhook key, for endpoints in front of Django: all of them, reread from the database every few seconds.

Keys are looked up in memory, so that unknown ones cost no memory, and one query a second at most.
"""

import asyncio
import time
from dataclasses import dataclass, field

from numbers.carriers.contract import Secrets
from numbers.models import Account
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop

REREAD_AFTER = 5.0  # seconds until an operator's change takes effect
REREAD_FOR_UNKNOWN_AFTER = 1.0  # how long a new account's first webhook may be unknown
_SELECT = "SELECT id, carrier, key, secrets FROM numbers_account WHERE enabled ORDER BY id"

_Row = tuple[int, str, str, bytes]


@dataclass(frozen=True, slots=True)
class WebhookAccount:
    """What a webhook has to know about its account."""

    id: int
    carrier: str
    webhook_url: str
    secrets: Secrets = field(repr=False)


class _Table:
    """The enabled accounts by key, as last read; secrets are unsealed when first asked for."""

    def __init__(self) -> None:
        self.read_at = float("-inf")
        self._rows: dict[str, _Row] = {}
        self._opened: dict[str, WebhookAccount] = {}

    def replace(self, rows: list[_Row], read_at: float) -> None:
        """Replace all rows by those that were read at this time of `time.monotonic`."""
        # Unsealing costs more than the read: what did not change stays open
        before, self._rows = self._rows, {row[2]: row for row in rows}
        self._opened = {key: one for key, one in self._opened.items() if self._rows.get(key) == before[key]}
        self.read_at = read_at

    def get(self, key: str) -> WebhookAccount | None:
        """Return the account with this key, if there is one."""
        if key not in self._opened and (row := self._rows.get(key)):
            self._opened[key] = _from_row(*row)
        return self._opened.get(key)

    def of_carrier(self, carrier: str) -> list[WebhookAccount]:
        """Return the accounts at a carrier, oldest first."""
        found = [self.get(key) for key, row in self._rows.items() if row[1] == carrier]
        return [account for account in found if account]


class _SharedRead:
    """One read of the accounts at a time, shared by everyone who waits for it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Wait for the read under way, or start one; a cancelled waiter does not cancel it for the others."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(_read_all())
            # Read, so that asyncio does not complain of an exception that nobody waited for
            self._task.add_done_callback(lambda done: done.cancelled() or done.exception())
        # A carrier that hangs up cancels its own request only
        await asyncio.shield(self._task)


_table = _Table()
_pending_reads = PerLoop(_SharedRead)


async def by_key(carrier: str, key: str) -> WebhookAccount | None:
    """Return the enabled account with this key, or None; raises `postgres.Unavailable`."""
    await _reread_after(REREAD_AFTER)
    if _table.get(key) is None:
        await _reread_after(REREAD_FOR_UNKNOWN_AFTER)
    known = _table.get(key)
    return known if known and known.carrier == carrier else None


async def of_carrier(carrier: str) -> list[WebhookAccount]:
    """Return all enabled accounts at a carrier; raises `postgres.Unavailable`."""
    await _reread_after(REREAD_FOR_UNKNOWN_AFTER)
    return _table.of_carrier(carrier)


async def _reread_after(seconds: float) -> None:
    """Reread the accounts if the last time is so long ago: once for everyone who waits."""
    if time.monotonic() - _table.read_at <= seconds:
        return
    await _pending_reads.get().join()


async def _read_all() -> None:
    # Taken before the query: a change that is committed meanwhile may not be in its result
    read_at = time.monotonic()
    async with postgres.connection() as connection:
        rows = await (await connection.execute(_SELECT)).fetchall()
    _table.replace(rows, read_at)


def _from_row(account_id: int, carrier: str, key: str, sealed: bytes) -> WebhookAccount:
    secrets = Account._meta.get_field("secrets").from_db_value(sealed)
    return WebhookAccount(account_id, carrier, Account(carrier=carrier, key=key).webhook_url, secrets)


def forget() -> None:
    """Forget all accounts (for tests)."""
    _table.replace([], float("-inf"))
