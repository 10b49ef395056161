"""A rental of a lease, and a hundred attempts at once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connection

from numbers import rentals
from numbers.models import Lease, Rental
from numbers.rentals import Terms

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rent(lease: Lease, lasts: timedelta = DAY, **options: Any) -> Rental:
    """A rental of a lease's number."""
    return rentals.start(lease.number, Terms("Ada", lasts), **options)


def all_at_once(action: Callable[[], object], attempts: int = 100) -> Counter[str]:
    """Try something in parallel; how often it was done, and the codes of the refusals."""
    together = threading.Barrier(10)

    def attempt(_: int) -> str:
        together.wait(20)
        try:
            action()
            return "done"
        except rentals.RentalRefused as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        return Counter(threads.map(attempt, range(attempts)))
