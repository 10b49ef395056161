"""Sessions of PostgreSQL: their limits, and a pool for each event loop, for code that runs beside Django's ORM.

A session's limits are set once it is open, not by start-up options, which PgBouncer refuses. Behind a pooler of
transactions (PgBouncer, pgcat, Odyssey) a session is shared: there nothing is set in it and no statement is prepared.
https://www.pgbouncer.org/features.html
"""

import asyncio
import os
import select
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from psycopg import AsyncConnection, Error
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow

from tempsms.lib.per_loop import PerLoop

# the backend pid that the client knows differs only behind a pooler
_SET_LIMITS = """
SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false),
    set_config('idle_in_transaction_session_timeout', %s, false),
    set_config('client_connection_check_interval', '2000', false)
WHERE pg_backend_pid() = %s
"""
SIZE = 6
FREE_WITHIN, CHECKED_WITHIN = 3.0, 2.0  # seconds
USED_FOR = 7.0  # more than a statement may take: a server that froze meanwhile says nothing of its time-out
TRUSTED_FOR = 1.0  # a connection that was idle for longer is asked whether its server still answers


class Unavailable(Exception):
    """PostgreSQL could not be asked, or did not answer in time: try again later."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a statement, a wait for a lock, and an idle transaction may take, in milliseconds."""

    statement: int
    lock: int
    idle: int

    def parameters(self, backend_pid: int) -> list[Any]:
        """The parameters of the statement that sets them."""
        return [str(self.statement), str(self.lock), str(self.idle), backend_pid]


PAGES = Limits(15_000, 5_000, 30_000)
SHORT = Limits(5_000, 2_000, 10_000)


def limit_session(*, connection: Any, **_: Any) -> None:
    """Set the limits of a session that Django opened (a receiver of `connection_created`)."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(_SET_LIMITS, PAGES.parameters(connection.connection.info.backend_pid))


async def limit(connection: AsyncConnection[Any], limits: Limits) -> None:
    """Set the limits of a session, and have its statements prepared; behind a pooler neither."""
    cursor = await connection.execute(
        _SET_LIMITS, limits.parameters(connection.info.backend_pid), prepare=False
    )
    connection.prepare_threshold = None if await cursor.fetchone() is None else 5


def has_ended(connection: AsyncConnection[Any]) -> bool:
    """Whether an idle session has been closed: the only thing a server sends unasked is that it ends."""
    if connection.closed:
        return True
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    return bool(readable.poll(0))


def conninfo() -> str:
    """The address that Django uses, test databases included."""
    given = settings.DATABASES["default"]
    parts = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    address = {name: str(given[key]) for name, key in parts.items() if given.get(key)}
    extras = {k: v for k, v in given["OPTIONS"].items() if k != "connect_timeout"}
    return make_conninfo(**address, **extras)


@contextmanager
def ends_within(connection: AsyncConnection[Any], seconds: float) -> Iterator[None]:
    """Make what waits on a connection fail after this many seconds.

    A deadline of asyncio does not do that: when it is cancelled, the driver waits for the server to confirm.
    """
    severing = asyncio.get_running_loop().call_later(seconds, _sever_connection, connection)
    try:
        yield
    finally:
        severing.cancel()


def _sever_connection(connection: AsyncConnection[Any]) -> None:
    """End what waits there with an error."""
    with suppress(OSError, Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        # A copy of the descriptor is shut down, not closed: the driver
        # still owns its own and gets an error there
        line.shutdown(socket.SHUT_RDWR)


class Pool:
    """At most `SIZE` connections, each looked at before use and given back, or ended, in `finally`.

    psycopg_pool backs off when it meets a broken connection, a second and more: after a restart of PostgreSQL, with
    two of them idle, a request timed out waiting for a server that was up. This one opens another at once.
    """

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(SIZE)
        self._idle: list[tuple[float, AsyncConnection[TupleRow]]] = []
        self._closed = False

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """A connection in autocommit mode; raises `Unavailable` after 3 s, or what connecting raises."""
        try:
            async with asyncio.timeout(FREE_WITHIN):
                await self._free.acquire()
        except TimeoutError:
            raise Unavailable(f"no connection came free within {FREE_WITHIN} s") from None
        connection = None
        try:
            connection = await self._good_one() or await _open_connection()
            with ends_within(connection, USED_FOR):
                yield connection
        finally:
            if connection is not None:
                self._take_back(connection)
            self._free.release()

    def close(self) -> None:
        """End what is idle now, and later what is given back."""
        self._closed = True
        self._end_idle()

    def _end_idle(self) -> None:
        for _, connection in self._idle:
            connection.pgconn.finish()
        self._idle.clear()

    async def _good_one(self) -> AsyncConnection[TupleRow] | None:
        """The connection used last, if it is good; if its server does not answer there, all are ended.

        Each check takes 2 s if the server is frozen, so one check decides for all.
        """
        while self._idle:
            since, connection = self._idle.pop()
            try:
                if time.monotonic() - since > TRUSTED_FOR:
                    with ends_within(connection, CHECKED_WITHIN):
                        await connection.execute("")
                if not has_ended(connection):
                    return connection
            except (Error, OSError):
                self._end_idle()
            except BaseException:
                connection.pgconn.finish()
                raise
            connection.pgconn.finish()
        return None

    def _take_back(self, connection: AsyncConnection[TupleRow]) -> None:
        """Keep an idle connection; one in a transaction or in a statement was left there by an error."""
        if self._closed or connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.pgconn.finish()
        else:
            self._idle.append((time.monotonic(), connection))


_pools = PerLoop(Pool)


async def _open_connection() -> AsyncConnection[TupleRow]:
    connection = await AsyncConnection.connect(
        conninfo(), autocommit=True, connect_timeout=3, prepare_threshold=None, application_name="pool"
    )
    try:
        with ends_within(connection, CHECKED_WITHIN):
            await limit(connection, SHORT)
    except BaseException:
        connection.pgconn.finish()
        raise
    return connection


@asynccontextmanager
async def connection() -> AsyncIterator[AsyncConnection[TupleRow]]:
    """A connection of the running loop's pool, in autocommit mode; whatever ends its use is `Unavailable`."""
    pool = _pools.get()
    try:
        async with pool.connection() as connection:
            yield connection
    except (Error, OSError) as error:
        raise Unavailable(type(error).__name__) from error


async def close() -> None:
    """Close the running loop's pool."""
    if found := _pools.pop():
        found.close()
