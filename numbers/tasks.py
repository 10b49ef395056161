"""Celery tasks of the pool: each loads and calls, nothing else."""

from celery import shared_task

from numbers import intents, pool


@shared_task
def fill_pool() -> int:
    """Order what targets miss, and perform it at once."""
    ordered = pool.fill()
    if ordered:
        perform_intents.delay()
    return ordered


@shared_task
def perform_intents() -> int:
    """Perform due intents."""
    return intents.perform_due()


@shared_task
def retire_due() -> int:
    """Move leases on whose time has come."""
    return pool.retire_due()
