"""Trouble of the simulated carrier, for drills: calls that fail, hang, get lost on the way back, or arrive twice."""
# ruff: noqa: S311 (chance, not secrets)

import random
import time
from collections.abc import Callable
from typing import TypeVar

from numbers.carriers.errors import CallFailed, Uncertain

T = TypeVar("T")
LONGEST_HANG = 2.0


def call(deed: Callable[[], T], share: float, *, reads: bool = False) -> T:
    """Do a deed, or, for this share of calls (0 to 1), let it go wrong in one of five ways."""
    if random.random() >= share:
        return deed()
    return random.choice(_READING if reads else _CHANGING)(deed)


def _unreached(deed: Callable[[], T]) -> T:
    raise CallFailed("not reached: ConnectError", retry=True, fault="network")


def _hang(deed: Callable[[], T]) -> T:
    time.sleep(random.uniform(0, LONGEST_HANG))
    return deed()


def _no_answer(deed: Callable[[], T]) -> T:
    deed()
    raise Uncertain("no answer: ReadTimeout", fault="network")


def _error(deed: Callable[[], T]) -> T:
    raise Uncertain("HTTP 500", code="500")


def _twice(deed: Callable[[], T]) -> T:
    """A proxy on the way repeats the request; the second answer is what arrives."""
    deed()
    return deed()


def _busy(deed: Callable[[], T]) -> T:
    raise CallFailed("HTTP 503", code="503", retry=True)


_CHANGING = (_unreached, _hang, _no_answer, _error, _twice)
_READING = (_unreached, _hang, _busy)
