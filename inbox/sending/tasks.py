"""Celery tasks of sending, which only call what does the work."""

from celery import shared_task

from inbox.sending import dispatch, messages, receipts


@shared_task
def send() -> int:
    """Send what is due."""
    return dispatch.send_due()


@shared_task
def forget_sent() -> int:
    """Delete the texts that are kept no longer, and receipts of nothing."""
    return messages.forget() + receipts.forget()


@shared_task
def apply_receipts() -> int:
    """Apply what no webhook and no answer could apply."""
    return receipts.apply_late()
