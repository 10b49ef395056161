"""Operators' pages: the pool, and money."""

from numbers.admin import money, pool  # noqa: F401  (they register themselves)
