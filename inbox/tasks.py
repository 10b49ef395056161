"""Celery tasks of the inbox: each loads and calls, nothing else."""

from celery import shared_task

from inbox import outbox
from inbox.ingest import kept_requests, multipart, recovery
from inbox.moderation import reports
from inbox.privacy import retention


@shared_task
def relay() -> int:
    """Do what stored messages entail."""
    return outbox.relay()


@shared_task
def forget_codes() -> int:
    """Delete codes whose life is over."""
    return retention.forget_codes()


@shared_task
def keep_partitions() -> None:
    """Make and drop partitions; let go of kept requests and old dedupe keys."""
    retention.keep_partitions()
    kept_requests.forget()
    retention.forget_seen()
    multipart.forget()
    reports.forget_visitors()


@shared_task
def hide_twins() -> int:
    """Hide what has the same text as a reported message."""
    return reports.hide_twins()


@shared_task
def reconcile() -> int:
    """Store what never came by webhook."""
    return recovery.recover_all()


@shared_task
def join_parts() -> int:
    """Show what is not whole in time; join what was left lying."""
    return multipart.join_due()
