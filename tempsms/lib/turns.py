"""Turns: how many requests of one visitor are worked on at once; the others wait in order, or are refused."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

REST, LONGEST_REST = 4, 2.0


def rest_after(seconds: float) -> float:
    """How long who has searched for so many seconds waits before the next search: four times as long.

    Then searching takes a fifth of one core at most: a thread that computes delays the loop that answers webhooks.
    """
    return min(seconds * REST, LONGEST_REST)


class NoTurn(Exception):
    """Too many are waiting already, or the turn did not come in time."""


@dataclass(slots=True)
class _Line:
    running: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


@dataclass(slots=True)
class Turns:
    """Turns of one event loop: `at_once` for each name, `waiting` more may wait for `seconds`."""

    at_once: int
    waiting: int
    seconds: float
    _lines: dict[str, _Line] = field(default_factory=dict)

    async def take(self, name: str) -> None:
        """Wait for a turn; raises `NoTurn`. Each turn taken must be given back."""
        line = self._lines.setdefault(name, _Line())
        if line.running < self.at_once:
            line.running += 1
            return
        if len(line.waiting) >= self.waiting:
            raise NoTurn
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        try:
            async with asyncio.timeout(self.seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # it came at the very moment
                self.give_back(name)
            elif turn in line.waiting:
                line.waiting.remove(turn)
            if isinstance(error, TimeoutError):
                raise NoTurn from None
            raise

    def give_back(self, name: str) -> None:
        """Pass a turn on to whoever has waited longest."""
        line = self._lines[name]
        while line.waiting:
            turn = line.waiting.popleft()
            # Done: whoever waited was cancelled or timed out, and the turn is for the next one
            if not turn.done():
                turn.set_result(None)
                return
        line.running -= 1
        if line.running == 0:
            # Names come from strangers: what nobody uses must not stay
            del self._lines[name]
