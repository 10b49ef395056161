"""The app that sends messages."""

from typing import Any

from django.apps import AppConfig


class SendingConfig(AppConfig):
    """Sending: messages, receipts, routes and opt-outs."""

    name = "inbox.sending"
    label = "sending"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "Sending"

    def ready(self) -> None:
        """Hear of stored messages."""
        # Not at the top: this module is imported before there are models
        from inbox.outbox import messages_stored

        messages_stored.connect(_note_opt_outs, dispatch_uid="note opt-outs")


def _note_opt_outs(message_ids: list[int], **_: Any) -> None:
    """Note who asks not to be written to, in the transaction that settles the messages' batch."""
    from inbox.sending import opt_outs

    opt_outs.note(message_ids)
