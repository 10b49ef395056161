"""Waiting for captured messages, and following them: one reader a project asks the database, for all who watch it.

It asks a few times a second while anybody watches, and for nobody otherwise. A sandbox has a handful of watchers, so
this costs less than it takes to push, and is right without Redis. What was written lately is read again, as writers
commit in another order than they begin; each watcher gets a version of a message once.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now

from inbox.api.problems import Problem
from inbox.api.threads import in_thread
from inbox.sandbox.models import CapturedMessage
from inbox.sandbox.resource import readable, resources
from tempsms.lib.per_loop import PerLoop

logger = logging.getLogger(__name__)

EVERY = 0.25  # seconds
OVERLAP = timedelta(seconds=5)
MOST_BEHIND = 1000
"""Messages that may wait for a watcher; one that is further behind gets no more."""
Resource = dict[str, Any]


class Watcher:
    """Takes the messages of a project as they come and change."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Resource | None] = asyncio.Queue(MOST_BEHIND)

    def push(self, message: Resource) -> None:
        """Take a message without waiting."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """Nothing more comes."""
        # Who is too far behind loses what waits, as the end needs room
        while self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def next(self) -> Resource | None:
        """The next message, or None at the end."""
        return await self._queue.get()


class _Reader:
    """Reads one project's messages for its watchers."""

    def __init__(self, project_id: int) -> None:
        self.watchers: set[Watcher] = set()
        self._project_id = project_id
        self._read_at = monotonic()
        self._told: dict[int, datetime] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, watcher: Watcher) -> None:
        """Read on as long as there are watchers."""
        self.watchers.add(watcher)
        if self._task is None or self._task.done():
            self._read_at = monotonic()
            self._task = asyncio.create_task(self._keep_reading())

    async def _keep_reading(self) -> None:
        while self.watchers:
            try:
                await self._read_changed()
            # the next round reaches back to the last one that worked
            except (Problem, OperationalError, InterfaceError) as error:
                logger.warning("the sandbox could not be followed: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    async def _read_changed(self) -> None:
        begun = monotonic()
        # since the last time, by the database's own clock
        since = Now() - (OVERLAP + timedelta(seconds=begun - self._read_at))
        found = CapturedMessage.objects.filter(project=self._project_id, updated_at__gt=since)
        messages = await in_thread(lambda: list(readable(found).order_by("updated_at", "pk")))
        fresh = [one for one in messages or [] if self._told.get(one.pk) != one.updated_at]
        # Only what may be read again is remembered
        self._told = {one.pk: one.updated_at for one in messages or []}
        self._read_at = begun
        for resource in resources(fresh):
            for watcher in list(self.watchers):
                watcher.push(resource)


_readers: PerLoop[dict[int, _Reader]] = PerLoop(dict)


@asynccontextmanager
async def watching(project_id: int) -> AsyncIterator[Watcher]:
    """A watcher of a project's messages: it gets all that come from now on, and may get some that came just before."""
    readers, watcher = _readers.get(), Watcher()
    reader = readers.setdefault(project_id, _Reader(project_id))
    reader.add(watcher)
    try:
        yield watcher
    finally:
        reader.watchers.discard(watcher)
        if not reader.watchers:
            readers.pop(project_id, None)
