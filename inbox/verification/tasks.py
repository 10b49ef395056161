"""Celery tasks of verification, which only call what does the work."""

from celery import shared_task

from inbox.verification import verifications


@shared_task
def forget() -> int:
    """Delete what is old."""
    return verifications.forget()
