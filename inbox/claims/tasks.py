"""Celery tasks of claims, which only call what does the work."""

from celery import shared_task

from inbox.claims import claims


@shared_task
def forget_claims() -> int:
    """Delete claims that are over."""
    return claims.forget()
