"""What still has to be done for stored messages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from tempsms.lib.effects import Work


class Outbox(Work):
    """A batch of messages that await further processing: written with them, deleted when it is done."""

    # A row for each batch, not for each message: the queue costs one insert a commit
    message_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField("next attempt at", db_default=Now(), db_index=True)

    def __str__(self) -> str:
        return f"batch {self.pk} of {len(self.message_ids)}"
