"""What stored messages entail, still to be done."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Outbox(models.Model):
    """A batch of messages whose consequences are due: written with them, deleted when all has been done."""

    message_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"batch {self.pk} of {len(self.message_ids)}"
