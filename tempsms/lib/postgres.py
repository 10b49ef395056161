"""A pool of asynchronous PostgreSQL connections for each event loop, for code that runs beside Django's ORM."""

import asyncio
from weakref import WeakKeyDictionary

from django.conf import settings
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

_OPTIONS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
_pools: WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncConnectionPool] = WeakKeyDictionary()


def conninfo() -> str:
    """The address that Django uses, test databases included."""
    given = settings.DATABASES["default"]
    parts = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    address = {name: str(given[key]) for name, key in parts.items() if given.get(key)}
    extras = {k: v for k, v in given["OPTIONS"].items() if k not in ("pool", "options", "connect_timeout")}
    return make_conninfo(**address, **extras)


async def pool() -> AsyncConnectionPool:
    """The pool of the running loop, opened at its first use; getting a connection fails after 3 s."""
    loop = asyncio.get_running_loop()
    if loop not in _pools:
        _pools[loop] = AsyncConnectionPool(
            conninfo(),
            min_size=0,
            max_size=6,
            timeout=3,
            open=False,
            reconnect_timeout=2,
            kwargs={"autocommit": True, "options": _OPTIONS, "connect_timeout": 3},
            check=AsyncConnectionPool.check_connection,
        )
        await _pools[loop].open(wait=False)
    return _pools[loop]


async def close() -> None:
    """Close the running loop's pool."""
    if found := _pools.pop(asyncio.get_running_loop(), None):
        await found.close()
