"""Celery tasks of the sandbox, which only call what does the work."""

from celery import shared_task

from inbox.sandbox import callbacks, messages, verifications


@shared_task
def call_back() -> int:
    """Change the states that are due, and call back."""
    return callbacks.call_due()


@shared_task
def forget_captured() -> int:
    """Delete captured messages, and verifications, that are kept no longer."""
    verifications.forget()
    return messages.forget()
