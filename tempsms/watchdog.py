"""Ends a web process that can no longer answer, so that its supervisor starts another.

A separate thread checks whether the event loop still runs and whether pages still finish. An absent PostgreSQL does
not count: pages are cut off in time. It counts its own checks, not the clock's minutes, since a suspended machine or
a stopped process has not hung.
"""

import asyncio
import faulthandler
import logging
import os
import signal
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

LOOKS_EVERY = 5.0  # seconds
HANGS_AFTER = 12  # failed checks in a row
ENDED_WITHIN = 15.0  # seconds from the signal


class Watchdog:
    """Watches one event loop; `stuck` says whether pages have stopped finishing."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        stuck: Callable[[], bool],
        end: Callable[[], None] | None = None,
    ) -> None:
        self._loop = loop
        self._stuck = stuck
        self._end = end or _end_this_process
        self._turned = threading.Event()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch_loop, name="watchdog", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Stop watching: the loop is about to end."""
        self._over.set()

    def _watch_loop(self) -> None:
        missed = 0
        while not self._over.is_set():
            self._turned.clear()
            try:
                self._loop.call_soon_threadsafe(self._turned.set)
            except RuntimeError:  # the loop is closed
                return
            if self._over.wait(LOOKS_EVERY):
                return
            missed = 0 if self._turned.is_set() else missed + 1
            if missed >= HANGS_AFTER or self._stuck():
                logger.critical(
                    "this process no longer answers requests and exits; tracebacks of its threads:"
                )
                self._end()
                return


def _end_this_process() -> None:
    faulthandler.dump_traceback()
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(ENDED_WITHIN)  # a hung loop does not handle the signal
    os._exit(70)
