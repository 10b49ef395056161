"""Trouble of the simulated carrier, for drills: calls that fail, hang, get lost on the way back, or arrive twice."""
# ruff: noqa: S311 (chance, not secrets)

import random
import time
from collections.abc import Callable
from typing import TypeVar

from numbers.carriers.errors import CallFailed, Uncertain

T = TypeVar("T")
LONGEST_HANG = 2.0


def call(function: Callable[[], T], share: float, *, reads: bool = False, repeatable: bool = True) -> T:
    """Call a function, or, for this share of calls (0 to 1), fail in one of several ways.

    What is not `repeatable` is called once at most: proxies repeat no such requests (RFC 9110, 9.2.2).
    """
    if random.random() >= share:
        return function()
    ways = _READING if reads else _CHANGING if repeatable else _SENDING
    return random.choice(ways)(function)


def _fail_to_connect(function: Callable[[], T]) -> T:
    raise CallFailed("not reached: ConnectError", retry=True, fault="network")


def _answer_late(function: Callable[[], T]) -> T:
    time.sleep(random.uniform(0, LONGEST_HANG))
    return function()


def _no_answer(function: Callable[[], T]) -> T:
    function()
    raise Uncertain("no answer: ReadTimeout", fault="network")


def _answer_error(function: Callable[[], T]) -> T:
    raise Uncertain("HTTP 500", code="500")


def _call_twice(function: Callable[[], T]) -> T:
    """A proxy on the way repeats the request; the second answer is what arrives."""
    function()
    return function()


def _answer_busy(function: Callable[[], T]) -> T:
    raise CallFailed("HTTP 503", code="503", retry=True)


_CHANGING = (_fail_to_connect, _answer_late, _no_answer, _answer_error, _call_twice)
_SENDING = (_fail_to_connect, _answer_late, _no_answer, _answer_error, _answer_busy)
_READING = (_fail_to_connect, _answer_late, _answer_busy)
