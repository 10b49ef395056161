"""Accounts by webhook key, for endpoints in front of Django: all of them, read from the database every few seconds.

A key is looked up among what was read, so a stranger's keys cost no memory, and one query a second at most.
"""

import asyncio
import time
from dataclasses import dataclass, field

from numbers.carriers.contract import Secrets
from numbers.models import Account
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop

REREAD_AFTER = 5.0  # seconds; what an operator changed holds after that
REREAD_FOR_UNKNOWN_AFTER = 1.0  # a new account's first webhook waits no longer
_SELECT = "SELECT id, carrier, key, secrets FROM numbers_account WHERE enabled ORDER BY id"

_Row = tuple[int, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Known:
    """What a webhook needs to know of its account."""

    id: int
    carrier: str
    webhook_url: str
    secrets: Secrets = field(repr=False)


class _Table:
    """The enabled accounts by key, as last read; secrets are unsealed when first asked for."""

    def __init__(self) -> None:
        self.read_at = float("-inf")
        self._rows: dict[str, _Row] = {}
        self._known: dict[str, Known] = {}

    def replace(self, rows: list[_Row], read_at: float) -> None:
        """Take over what was read at a time of `time.monotonic`."""
        before, self._rows = self._rows, {row[2]: row for row in rows}
        self._known = {key: one for key, one in self._known.items() if self._rows.get(key) == before[key]}
        self.read_at = read_at

    def get(self, key: str) -> Known | None:
        """The account with this key."""
        if key not in self._known and (row := self._rows.get(key)):
            self._known[key] = _known(*row)
        return self._known.get(key)

    def of_carrier(self, carrier: str) -> list[Known]:
        """The accounts at a carrier, oldest first."""
        found = [self.get(key) for key, row in self._rows.items() if row[1] == carrier]
        return [account for account in found if account]


class _Reading:
    """A reading of the accounts, one at a time, for all who wait for it."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Wait for the one under way, or a new one; who leaves doesn't end it for the others."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(_read())
            self._task.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.shield(self._task)


_table = _Table()
_readings = PerLoop(_Reading)


async def by_key(carrier: str, key: str) -> Known | None:
    """The enabled account with this key, or None; raises `postgres.Unavailable`."""
    await _reread_after(REREAD_AFTER)
    if _table.get(key) is None:
        await _reread_after(REREAD_FOR_UNKNOWN_AFTER)
    known = _table.get(key)
    return known if known and known.carrier == carrier else None


async def of_carrier(carrier: str) -> list[Known]:
    """All enabled accounts at a carrier; raises `postgres.Unavailable`."""
    await _reread_after(REREAD_FOR_UNKNOWN_AFTER)
    return _table.of_carrier(carrier)


async def _reread_after(seconds: float) -> None:
    """Read the accounts again if that is so long ago: once, for all who wait."""
    if time.monotonic() - _table.read_at <= seconds:
        return
    await _readings.get().join()


async def _read() -> None:
    read_at = time.monotonic()
    async with postgres.connection() as connection:
        rows = await (await connection.execute(_SELECT)).fetchall()
    _table.replace(rows, read_at)


def _known(account_id: int, carrier: str, key: str, sealed: bytes) -> Known:
    secrets = Account._meta.get_field("secrets").from_db_value(sealed)
    return Known(account_id, carrier, Account(carrier=carrier, key=key).webhook_url, secrets)


def forget() -> None:
    """Forget what is remembered (tests)."""
    _table.replace([], float("-inf"))
