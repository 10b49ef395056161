"""The app that passes messages on."""

from typing import Any

from django.apps import AppConfig


class ForwardingConfig(AppConfig):
    """Forwarding: rules, targets and deliveries."""

    name = "inbox.forwarding"
    label = "forwarding"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Forwarding"

    def ready(self) -> None:
        """Hear of stored messages, and of those that are erased."""
        from django.db.models.signals import post_delete

        from inbox.models import Message
        from inbox.outbox import messages_stored

        messages_stored.connect(_write_deliveries, dispatch_uid="write deliveries")
        post_delete.connect(_drop_deliveries, sender=Message, dispatch_uid="drop deliveries")


def _write_deliveries(message_ids: list[int], **_: Any) -> None:
    """Write what the rules make of these messages, in the transaction that settles their batch."""
    from inbox.forwarding import deliveries

    deliveries.write_deliveries(message_ids)


def _drop_deliveries(instance: Any, **_: Any) -> None:
    """Delete what a message that is erased has left."""
    from inbox.forwarding.models import Delivery

    Delivery.objects.filter(message_id=instance.pk).delete()
