"""Celery tasks of the pool; each only calls a function."""

from celery import shared_task
from django.utils import timezone

from numbers import audit, canaries, intents, ledger, pool, rental_links


@shared_task
def fill_pool() -> int:
    """Order what targets lack, and perform the purchases immediately."""
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
    """Move leases that are due to their next state."""
    return pool.retire_due()


@shared_task
def charge_months() -> int:
    """Write the ledger lines of the months that have begun."""
    return ledger.charge_months(timezone.now())


@shared_task
def send_canaries() -> int:
    """Send the test messages that are due."""
    return canaries.send_due(timezone.now())


@shared_task
def audit_accounts() -> int:
    """Compare our records with the carriers'."""
    return audit.audit_all()


@shared_task
def forget_links() -> int:
    """Delete the links of rentals that ended long ago."""
    return rental_links.forget()
