"""Durations as people write and read them: a number with its unit."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

UNITS = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
_SHORT = {"m": "minutes", "min": "minutes", "minute": "minutes", "h": "hours", "hour": "hours"}
_SHORT |= {"d": "days", "day": "days"}
_WRITTEN = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([a-z]+)", re.ASCII)


class BadDuration(ValueError):
    """Not a duration, or one out of bounds; the text says what to write."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and the longest duration that make sense somewhere."""

    least: timedelta
    most: timedelta

    def __str__(self) -> str:
        return f"from {in_words(self.least)} to {in_words(self.most)}"

    def check(self, value: timedelta) -> timedelta:
        """The duration again; raises `BadDuration` when it is out of bounds."""
        if not self.least <= value <= self.most:
            raise BadDuration(f"{in_words(value)} is out of bounds: {self}")
        return value


def parse(text: str) -> timedelta:
    """A duration from "30 days", "12h" or "90 min"; a number without a unit raises `BadDuration`."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise BadDuration(f"{text!r} is not a duration with its unit (examples: 30 days, 12 hours)")
    unit = _SHORT.get(found[2], found[2])
    if unit not in UNITS:
        raise BadDuration(f"{found[2]!r} is not a unit: use {', '.join(UNITS)}")
    return of(Decimal(found[1]), unit)


def of(amount: Decimal, unit: str) -> timedelta:
    """So many minutes, hours or days; raises `BadDuration` for more than a timedelta can hold."""
    try:
        return timedelta(seconds=float(amount * int(UNITS[unit].total_seconds())))
    except (OverflowError, ValueError):
        raise BadDuration(f"{amount} {unit} is too long") from None


def split(value: timedelta) -> tuple[str, str]:
    """Number and unit, the largest unit that gives a whole number: ("36", "hours")."""
    fitting = [unit for unit, size in UNITS.items() if not value % size and abs(value) >= size]
    unit = fitting[-1] if fitting else "minutes"
    amount = Decimal(str(value / UNITS[unit])).normalize()
    return f"{amount:f}", unit


def in_words(value: timedelta) -> str:
    """As people read it: "30 days", "1 hour"; seconds where there is less than a minute."""
    if abs(value) < UNITS["minutes"] and value:
        return f"{value.total_seconds():g} seconds"
    amount, unit = split(value)
    return f"{amount} {unit.removesuffix('s') if amount == '1' else unit}"
