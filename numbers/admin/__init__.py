"""Operators' pages: the pool, money, and rentals."""

from numbers.admin import money, pool, rentals  # noqa: F401  (they register themselves)
