"""A pool of asynchronous PostgreSQL connections for each event loop, for code that runs beside Django's ORM."""

import asyncio
import os
import socket
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from django.conf import settings
from psycopg import AsyncConnection, Error
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool

_OPTIONS = "-c statement_timeout=5000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
_CHECKED_WITHIN = 2.0  # seconds
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
            check=_check,
        )
        await _pools[loop].open(wait=False)
    return _pools[loop]


async def _check(connection: AsyncConnection[Any]) -> None:
    """Whether the server still answers there: one that is frozen says nothing, and the driver would wait for good."""
    severing = asyncio.get_running_loop().call_later(_CHECKED_WITHIN, _sever, connection)
    try:
        await AsyncConnectionPool.check_connection(connection)
    finally:
        severing.cancel()


def _sever(connection: AsyncConnection[Any]) -> None:
    """End what waits there with an error."""
    with suppress(OSError, Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


async def close() -> None:
    """Close the running loop's pool."""
    if found := _pools.pop(asyncio.get_running_loop(), None):
        await found.close()
