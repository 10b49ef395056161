"""Group commit: all requests in flight share one transaction, and each waits for its own.

There is no timer: the next batch is what arrived while the last one was being committed. There are few writers (one on
a fast disk, up to four on a slow one, by the measured time of a commit). The queue is bounded. A batch that the
database refuses is retried row by row, so that a poison row fails alone.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from statistics import median
from typing import TypeVar

import psycopg
from django.conf import settings
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from inbox.ingest.rows import Outcome, Row, StoreResult
from inbox.ingest.store import store
from tempsms.lib import postgres
from tempsms.lib.postgres import Unavailable

logger = logging.getLogger(__name__)

Item = TypeVar("Item")

BATCH = 512
MOST_WRITERS = 4
STATEMENT_TIMEOUT = 5.0
# a frozen server never answers, and the driver waits longer than that; carriers wait 10 s or more
ANSWERED_WITHIN = 7.0
_LIMITS = postgres.Limits(5_000, 3_000, 10_000)
_COMMIT = "SELECT pg_logical_emit_message(true, 'tempsms', '')"  # the smallest commit that reaches the disk


class Overloaded(Exception):
    """The queue is full: the carrier should retry."""


class Poisoned(Exception):
    """The database refuses this row whatever it is stored with."""


def in_slices(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Split items into slices of a tenth of the queue, which leaves room for other requests."""
    waiting = iter(items)
    while some := list(islice(waiting, max(1, settings.INGEST_QUEUE_LIMIT // 10))):
        yield some


Waiting = tuple[Row | None, asyncio.Future["StoreResult | None"]]
"""A row and who waits for its result; None for a probe, which has neither."""
Answer = StoreResult | Poisoned | Unavailable
_PROBES = (0, "")


class Batcher:
    """Collects rows of one event loop and stores them in groups.

    Afterwards `stored` is called with what was new, or `unsure` with what may be stored although the database did not
    confirm it.
    """

    def __init__(
        self,
        conninfo: str,
        stored: Callable[[list[tuple[Row, StoreResult]]], None],
        unsure: Callable[[list[Row]], None] = lambda rows: None,
    ) -> None:
        self._conninfo = conninfo
        self._stored = stored
        self._unsure = unsure
        self._pending: deque[Waiting] = deque()
        self._arrived = asyncio.Event()
        self._writers: list[asyncio.Task[None]] = []

    async def submit(self, row: Row) -> StoreResult:
        """Store a row; return its result after the commit. Raises `Overloaded`, `Unavailable` or `Poisoned`."""
        result = await self._enqueue_row(row)
        assert result
        return result

    async def probe(self) -> None:
        """Pass through queue and database as a row would, without one; raises `Overloaded` or `Unavailable`."""
        await self._enqueue_row(None)

    async def _enqueue_row(self, row: Row | None) -> StoreResult | None:
        # Better a 503 at once than an answer after the carrier's patience has run out
        if len(self._pending) >= settings.INGEST_QUEUE_LIMIT:
            raise Overloaded
        # Only the first writer measures the disk; it starts the others
        if not self._writers:
            self._writers.append(asyncio.create_task(self._run_writer(first=True)))
        future: asyncio.Future[StoreResult | None] = asyncio.get_running_loop().create_future()
        self._pending.append((row, future))
        self._arrived.set()
        try:
            # The row may be stored all the same: the carrier
            # repeats it, and its dedupe key makes that harmless
            async with asyncio.timeout(ANSWERED_WITHIN):
                return await future
        except TimeoutError:
            raise Unavailable from None

    async def close(self) -> None:
        """Store what is pending, then stop the writers."""
        await asyncio.gather(*(future for _, future in self._pending), return_exceptions=True)
        for task in self._writers:
            task.cancel()
        await asyncio.gather(*self._writers, return_exceptions=True)

    async def _run_writer(self, first: bool = False) -> None:
        """Store batch after batch on one connection, which is reopened after errors."""
        connection: AsyncConnection[TupleRow] | None = None
        try:
            while True:
                await self._arrived.wait()
                connection = await self._write_batch(connection, self._take_batch(), first)
        finally:
            await _close_now(connection)

    async def _write_batch(
        self, connection: AsyncConnection[TupleRow] | None, batch: list[Waiting], first: bool
    ) -> AsyncConnection[TupleRow] | None:
        """Store a batch and answer each of its requests, whatever happens; return the connection if it is still good.

        A batch whose connection is lost is retried once on a new one: rows that were stored already are left out.
        """
        unsure = False
        try:
            # After a kill of PostgreSQL each writer finds its connection
            # dead: without a second try every waiting request would get a 503
            for last in (False, True):
                connection = await self._ensure_connection(connection, first)
                try:
                    with postgres.ends_within(connection, STATEMENT_TIMEOUT + 3):
                        await self._store_batch(connection, batch)
                    return connection
                except (psycopg.OperationalError, psycopg.InterfaceError):
                    unsure = True
                    # A connection that still lives has answered with
                    # an error: a second try would get the same one
                    if last or not connection.closed:
                        raise
                    logger.warning("the connection was lost during a batch of %d: retrying", len(batch))
        except (psycopg.OperationalError, psycopg.InterfaceError, OSError) as error:
            unsure = True
            logger.warning("a batch of %d was not stored: %s", len(batch), type(error).__name__)
        except Exception:  # a bug must neither leave requests hanging nor end the writer
            unsure = True
            logger.exception("a batch of %d was not stored", len(batch))
        finally:
            _fail_pending(batch, Unavailable())  # those that have no result yet
            # The commit may have succeeded without its answer, so open pages are asked to catch up
            if unsure:
                self._unsure([row for row, _ in batch if row is not None])
        await _close_now(connection)
        return None

    async def _ensure_connection(
        self, connection: AsyncConnection[TupleRow] | None, first: bool
    ) -> AsyncConnection[TupleRow]:
        """Return the writer's connection, or a new one if it has ended meanwhile."""
        if connection is not None:
            if not postgres.has_ended(connection):
                return connection
            await _close_now(connection)
        connection = await self._open_connection()
        try:
            with postgres.ends_within(connection, 3):
                await postgres.limit(connection, _LIMITS)
                if first and len(self._writers) == 1:
                    await self._add_writers(connection)
        except BaseException:
            await _close_now(connection)
            raise
        return connection

    def _take_batch(self) -> list[Waiting]:
        """Take the next batch from the queue, without requests that were given up meanwhile."""
        batch: list[Waiting] = []
        while self._pending and len(batch) < BATCH:
            row, future = self._pending.popleft()
            # Its request was given up: storing the row now would
            # only take the place of one that is waited for
            if not future.done():
                batch.append((row, future))
        if not self._pending:
            self._arrived.clear()
        return batch

    async def _store_batch(self, connection: AsyncConnection[TupleRow], batch: list[Waiting]) -> None:
        # Two deliveries of one message in one batch become one row, whose result both get
        groups: dict[tuple[int, str], list[Waiting]] = {}
        for row, future in batch:
            groups.setdefault((row.account_id, row.key) if row else _PROBES, []).append((row, future))
        if not groups:
            return
        probes = groups.pop(_PROBES, [])
        rows = [row for ((row, _), *_) in groups.values() if row]
        answers = await _store_each(connection, rows)
        _set_results(probes, None)
        fresh = []
        for row, group, answer in zip(rows, groups.values(), answers, strict=True):
            # Answered before publishing: measured 11 % more requests a second than the other way round
            _set_results(group, answer)
            if isinstance(answer, StoreResult) and answer.outcome is Outcome.STORED:
                fresh.append((row, answer))
        self._stored(fresh)

    async def _open_connection(self) -> AsyncConnection[TupleRow]:
        return await AsyncConnection.connect(
            self._conninfo,
            autocommit=True,
            connect_timeout=3,
            application_name="ingest",
            # None until `postgres.limit` knows that no pooler
            # stands between, which would refuse prepared statements
            prepare_threshold=None,
        )

    async def _add_writers(self, connection: AsyncConnection[TupleRow]) -> None:
        """Start more writers on a slow disk: one suffices below about 0.5 ms a commit, four above 1.5 ms."""
        times = []
        # Seven, and their median: one slow commit on a busy disk must not decide
        for _ in range(7):
            start = time.perf_counter()
            await connection.execute(_COMMIT)
            times.append((time.perf_counter() - start) * 1000)
        # On a disk of 2 ms a commit four writers store 1.8 times as much as one at 16 requests in flight, on
        # a fast disk 0.7 times
        wanted = 1 + min(MOST_WRITERS - 1, max(0, round((median(times) - 0.4) * 2.5)))
        logger.info("commits take %.2f ms: using %d writers", median(times), wanted)
        self._writers += [asyncio.create_task(self._run_writer()) for _ in range(wanted - 1)]


async def _store_each(connection: AsyncConnection[TupleRow], rows: list[Row]) -> list[Answer]:
    """Store the batch at once, or row by row when the database refuses it."""
    try:
        return [*await store(connection, rows)]
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except psycopg.Error as error:
        logger.warning(
            "the database refused a batch of %d (%s): storing its rows one by one", len(rows), error.sqlstate
        )
    # One row that PostgreSQL refuses (a NUL, for instance) must not fail up to 511 others
    return [await _store_alone(connection, row) for row in rows]


async def _store_alone(connection: AsyncConnection[TupleRow], row: Row) -> Answer:
    """Store a single row; only errors in its data are its own fault."""
    try:
        return (await store(connection, [row]))[0]
    except (psycopg.OperationalError, psycopg.InterfaceError):
        raise
    except psycopg.DataError as error:
        return Poisoned(error.sqlstate or "data")
    except psycopg.Error:
        logger.exception("the database refused a row for a reason that is not in the row")
        return Unavailable()


def _set_results(group: list[Waiting], answer: Answer | None) -> None:
    for _, future in group:
        if future.done():
            continue
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _fail_pending(batch: list[Waiting], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)


async def _close_now(connection: AsyncConnection[TupleRow] | None) -> None:
    """Close without waiting for a server that may be gone."""
    if connection is not None:
        connection.pgconn.finish()
