"""Accounts by webhook key, for endpoints in front of Django: from the database, remembered for a few seconds."""

import time
from dataclasses import dataclass, field

from psycopg import Error as PostgresError
from psycopg_pool import PoolTimeout

from numbers.carriers.base import Secrets
from numbers.models import Account
from tempsms.lib import postgres

REMEMBERED_FOR = 5.0
UNKNOWN_REMEMBERED_FOR = 1.0
_LIMIT = 10_000
_LONGEST_KEY = 64  # of `Account.key`; strangers' keys are remembered too
_COLUMNS = "id, carrier, key, secrets"


@dataclass(frozen=True, slots=True)
class Known:
    """What a webhook needs to know of its account."""

    id: int
    carrier: str
    webhook_url: str
    secrets: Secrets = field(repr=False)


class Unavailable(Exception):
    """The database could not be asked."""


_remembered: dict[str, tuple[float, Known | None]] = {}


async def by_key(carrier: str, key: str) -> Known | None:
    """The enabled account with this key, or None; raises `Unavailable`."""
    if len(key) > _LONGEST_KEY or not key.isascii() or not key.isprintable():
        return None
    now = time.monotonic()
    until, known = _remembered.get(key, (0.0, None))
    if until < now:
        known = await _load(key)
        if len(_remembered) > _LIMIT:
            _remembered.clear()
        _remembered[key] = (now + (REMEMBERED_FOR if known else UNKNOWN_REMEMBERED_FOR), known)
    return known if known and known.carrier == carrier else None


async def _load(key: str) -> Known | None:
    found = await _select("key = %s", key)
    return found[0] if found else None


async def of_carrier(carrier: str) -> list[Known]:
    """All enabled accounts at a carrier; raises `Unavailable`."""
    return await _select("carrier = %s", carrier)


async def _select(condition: str, value: str) -> list[Known]:
    try:
        async with (await postgres.pool()).connection() as connection:
            query = f"SELECT {_COLUMNS} FROM numbers_account WHERE enabled AND {condition}"  # noqa: S608
            rows = await (await connection.execute(query, [value])).fetchall()
    except (PostgresError, PoolTimeout, OSError) as error:
        raise Unavailable from error
    return [_known(*row) for row in rows]


def _known(account_id: int, carrier: str, key: str, sealed: bytes) -> Known:
    secrets = Account._meta.get_field("secrets").from_db_value(sealed)
    return Known(account_id, carrier, Account(carrier=carrier, key=key).webhook_url, secrets)


def forget() -> None:
    """Forget what is remembered (tests)."""
    _remembered.clear()
