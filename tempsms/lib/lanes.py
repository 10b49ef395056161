"""Threads for work that blocks: a few that last, in lanes, with a bound on how many may wait and for how long.

asgiref makes a thread for each request and leaves it, with what it holds, to itself when the request is cancelled.
Here work that nobody waits for any more ends in its thread like any other, and its thread gives back what it held.
"""

import asyncio
import contextvars
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tempsms.lib import metrics

logger = logging.getLogger(__name__)

Result = TypeVar("Result")


class Crowded(Exception):
    """So many are waiting already that this one would time out."""


class TooLate(Exception):
    """The work did not end in time."""


@dataclass(eq=False, slots=True)
class Job:
    """A piece of work on its way; `resource` is what its thread works with, for `sever`."""

    work: Callable[[], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    context: contextvars.Context
    wanted: bool = True
    started: float = 0.0
    resource: Any = None


@dataclass(eq=False)
class Lane:
    """`threads` threads; each job may take `seconds`, waiting included; `limit` jobs may wait.

    In its thread a job is followed by `give_back`, however it ended. `resource` is asked before it, in its thread
    too; a job that takes too long has its resource given to `sever`, which ends what waits on it, from outside.
    """

    name: str
    threads: int
    seconds: float
    give_back: Callable[[], None]
    resource: Callable[[], Any]
    sever: Callable[[Any], None]
    limit: int = 200
    _waiting: deque[Job] = field(default_factory=deque)
    _running: set[Job] = field(default_factory=set)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _made: int = 0

    def __post_init__(self) -> None:
        self._busy = metrics.PAGE_THREADS_BUSY.labels(self.name)

    async def run(self, work: Callable[[], Result], gone: asyncio.Future[Any] | None = None) -> Result | None:
        """What the work returns or raises; None when `gone` is done first. Raises `Crowded` or `TooLate`."""
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future(), loop, contextvars.copy_context())
        self._put_job(job)
        try:
            awaited = {job.future} if gone is None else {job.future, gone}
            await asyncio.wait(awaited, timeout=self.seconds, return_when=asyncio.FIRST_COMPLETED)
            if job.future.done():
                result: Result = job.future.result()
                return result
            # The reader has left; the work runs to its end in its thread, and gives back its connection there
            if gone is not None and gone.done():
                return None
            self._sever_job(job)
            raise TooLate
        finally:
            self._drop_job(job)

    def busy_since(self) -> float | None:
        """Since when (monotonic) every thread has been at the work that it does now; None while one is free."""
        with self._changed:
            if len(self._running) < self.threads:
                return None
            return max(job.started for job in self._running)

    def _put_job(self, job: Job) -> None:
        with self._changed:
            if len(self._waiting) >= self.limit:
                raise Crowded
            self._waiting.append(job)
            if self._made < min(self.threads, len(self._running) + len(self._waiting)):
                self._add_thread(job)
            self._changed.notify()

    def _add_thread(self, job: Job) -> None:
        """Start another thread; when there is none to be had, the job waits for one of those that there are."""
        name = f"{self.name}-{self._made + 1}"
        try:
            # a daemon: work that hangs does not keep the process from ending
            threading.Thread(target=self._run_thread, name=name, daemon=True).start()
        except RuntimeError:
            if not self._made:
                self._waiting.remove(job)
                raise Crowded from None
        else:
            self._made += 1

    def _drop_job(self, job: Job) -> None:
        """Nobody waits for this job any more: it is not begun; if it has been, it runs to its end."""
        with self._changed:
            job.wanted = False
            with suppress(ValueError):
                self._waiting.remove(job)

    def _sever_job(self, job: Job) -> None:
        # under the lock a job that runs is still the one that uses its thread's resource
        with self._changed:
            if job in self._running:
                self.sever(job.resource)

    def _run_thread(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                job = self._waiting.popleft()
                job.started = time.monotonic()
                job.resource = self.resource()
                self._running.add(job)
                self._busy.inc()
            self._do_job(job)

    def _do_job(self, job: Job) -> None:
        result, error = None, None
        try:
            result = job.context.run(job.work)
        except BaseException as raised:  # whatever it is, the waiting caller gets it
            error = raised
        try:
            self.give_back()
        except Exception:
            logger.exception("a thread could not release its resources")
        finally:
            with self._changed:
                self._running.discard(job)
                self._busy.dec()
        with suppress(RuntimeError):  # its loop is closed: nobody waits there
            job.loop.call_soon_threadsafe(_settle_job, job, result, error)


def _settle_job(job: Job, result: Any, error: BaseException | None) -> None:
    if job.wanted and not job.future.done():
        if error is None:
            job.future.set_result(result)
        else:
            job.future.set_exception(error)
