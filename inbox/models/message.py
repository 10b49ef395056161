"""Messages as they are stored.

`Message` is partitioned by the day on which its rows may be forgotten (`expires_at`), so that forgetting is
dropping a table; see `inbox.privacy.retention` and migration 0002. That is also why the code of a message and the key
that recognises a repetition live in tables of their own, and why nothing refers to a message by foreign key.
"""

import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from numbers.models import Account, Number, Rental


class Message(models.Model):
    """One SMS or MMS.

    `body` is the text with its code cut out; `cuts` are the positions (in code points of `body`) where the pieces
    kept in `Code` belong. `id` rises in order of arrival, for all numbers together.
    """

    class Direction(models.TextChoices):
        """Whether it was received or sent."""

        IN = "in"
        OUT = "out"

    id = models.BigAutoField(primary_key=True)
    # Neither a constraint nor an index of its own: each costs every insert, and `message_newest` serves lookups
    number = models.ForeignKey(
        Number, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="messages"
    )
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    rental = models.ForeignKey(
        Rental, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True
    )
    carrier_ref = models.CharField("carrier's id", max_length=128)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.IN)
    sender = models.CharField(max_length=64)
    body = models.TextField(blank=True)
    cuts = ArrayField(models.IntegerField(), default=list)
    code_confidence = models.FloatField(null=True, blank=True)
    code_reason = models.TextField(blank=True)
    code_hash = models.UUIDField(null=True, blank=True, help_text="Keyed hash: all that is kept of a code")
    segments = models.PositiveSmallIntegerField(default=1)
    encoding = models.CharField(max_length=8, default="GSM-7")
    flags = ArrayField(models.CharField(max_length=16), default=list)
    media = models.JSONField(default=list)
    public = models.BooleanField(
        default=False, help_text="Received while its number was public and not rented"
    )
    withheld = models.CharField(
        max_length=24,
        blank=True,
        db_default="",
        help_text="Why public pages do not show it: a safety category, rule:<id> or report:<id>",
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            # Keeps the inbox's query at 0.3 ms from 1 to 10 million rows (measured)
            models.Index(fields=["number", "-id"], name="message_newest"),
            models.Index(fields=["number"], condition=~models.Q(withheld=""), name="message_withheld"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Code(models.Model):
    """The one-time code of a message, encrypted, until it expires; see `inbox.messages.sealed_text` for its content."""

    message_id = models.BigIntegerField(primary_key=True)
    sealed = models.TextField(help_text="A Fernet token")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"code of message {self.pk}"


class Seen(models.Model):
    """A carrier's message id, hashed with our key, kept longer than the message: it is accepted once."""

    pk = models.CompositePrimaryKey("account_id", "key")
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    key = models.UUIDField()
    seen_on = models.DateField(default=datetime.date.today)

    def __str__(self) -> str:
        return str(self.key)
