"""Celery tasks of the pool: each loads and calls, nothing else."""

from celery import shared_task
from django.utils import timezone

from numbers import audit, canaries, intents, ledger, links, pool


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


@shared_task
def charge_months() -> int:
    """Write down the months that have begun."""
    return ledger.charge_months(timezone.now())


@shared_task
def send_canaries() -> int:
    """See whether our numbers still receive."""
    return canaries.send_due(timezone.now())


@shared_task
def audit_accounts() -> int:
    """Compare our books with what carriers say we own."""
    return audit.audit_all()


@shared_task
def forget_links() -> int:
    """Delete the links of rentals that ended long ago."""
    return links.forget()
