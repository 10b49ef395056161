"""Celery tasks of the inbox, which only call what does the work."""

from celery import shared_task

from inbox import outbox
from inbox.api import idempotency, oauth
from inbox.ingest import multipart, recovery, unprocessed_requests
from inbox.moderation import reports
from inbox.privacy import retention


@shared_task
def relay() -> int:
    """Do what stored messages entail."""
    return outbox.relay()


@shared_task
def forget_codes() -> int:
    """Delete expired codes."""
    return retention.forget_codes()


@shared_task
def keep_partitions() -> None:
    """Create and drop partitions; delete expired requests, dedupe keys and parts."""
    retention.keep_partitions()
    unprocessed_requests.forget()
    retention.forget_seen()
    multipart.forget()
    reports.forget_visitors()
    idempotency.forget()
    oauth.forget()


@shared_task
def hide_twins() -> int:
    """Hide messages with the text of a reported one."""
    return reports.hide_twins()


@shared_task
def reconcile() -> int:
    """Store messages that never arrived by webhook."""
    return recovery.recover_all()


@shared_task
def join_parts() -> int:
    """Show overdue messages as partial; join what a crash left."""
    return multipart.join_due()
