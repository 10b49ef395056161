"""Compares messages with the patterns that programs wait for, off the event loop: thousands of costly ones may wait."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from inbox.messages.matching import MessageFilter
from inbox.messages.queries import Message
from tempsms.lib.per_loop import PerLoop

logger = logging.getLogger(__name__)

MOST = 500
"""Comparisons of one turn in a thread: a pattern may take a millisecond."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A message that may be the one that is waited for, and who is told whether it is."""

    wanted: MessageFilter
    message: Message
    settle: Callable[[bool], None]


class Comparisons:
    """One per event loop: what is asked for first is compared first."""

    def __init__(self) -> None:
        self._pending: list[Comparison] = []
        self._working: asyncio.Task[None] | None = None

    def add(self, comparison: Comparison) -> None:
        """Have a comparison made soon."""
        self._pending.append(comparison)
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._compare_pending())

    async def _compare_pending(self) -> None:
        while self._pending:
            batch, self._pending = self._pending[:MOST], self._pending[MOST:]
            try:
                found = await asyncio.to_thread(_compare_all, batch)
            except Exception:
                logger.exception("%d messages could not be compared", len(batch))
                found = [False] * len(batch)
            for comparison, matches in zip(batch, found, strict=True):
                comparison.settle(matches)


def _compare_all(batch: list[Comparison]) -> list[bool]:
    return [comparison.wanted.matches(comparison.message) for comparison in batch]


comparisons = PerLoop(Comparisons)
