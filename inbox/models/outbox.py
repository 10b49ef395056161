"""What still has to be done for stored messages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Outbox(models.Model):
    """A batch of messages that await further processing: written with them, deleted when it is done."""

    message_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"batch {self.pk} of {len(self.message_ids)}"
