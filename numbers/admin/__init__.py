"""Admin pages: accounts, targets, the pool, money, and rentals."""

from numbers.admin import accounts, money, pool, rentals, targets  # noqa: F401  (they register themselves)
