"""Celery tasks of forwarding, which only call what does the work."""

from celery import shared_task

from inbox.forwarding import dispatch, queue, targets


@shared_task
def deliver() -> int:
    """Deliver what is due."""
    return dispatch.deliver_due()


@shared_task
def tell_of_disabled() -> int:
    """E-mail the operator about targets that were disabled."""
    return targets.tell_of_disabled()


@shared_task
def forget() -> int:
    """Delete the deliveries of forgotten messages."""
    return queue.forget()
