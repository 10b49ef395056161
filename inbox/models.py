"""Messages as they are kept.

`Message` is partitioned by the day on which its rows may be forgotten (`expires_at`), so that forgetting is
dropping a table; see `inbox.retention` and migration 0002. That is also why the code of a message and the key
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
        """Which way it went."""

        IN = "in"
        OUT = "out"

    id = models.BigAutoField(primary_key=True)
    number = models.ForeignKey(
        Number, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="messages"
    )
    account = models.ForeignKey(Account, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    rental = models.ForeignKey(
        Rental, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, blank=True
    )
    carrier_ref = models.CharField(max_length=128)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.IN)
    sender = models.CharField(max_length=64)
    body = models.TextField(blank=True)
    cuts = ArrayField(models.IntegerField(), default=list)
    code_confidence = models.FloatField(null=True, blank=True)
    code_reason = models.TextField(blank=True)
    segments = models.PositiveSmallIntegerField(default=1)
    encoding = models.CharField(max_length=8, default="GSM-7")
    flags = ArrayField(models.CharField(max_length=16), default=list)
    media = models.JSONField(default=list)
    public = models.BooleanField(default=False, help_text="Came while its number was public and not rented")
    withheld = models.CharField(
        max_length=12,
        blank=True,
        db_default="",
        help_text="Why public pages do not show it: a category of inbox.safety",
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["number", "-id"], name="message_newest"),
            models.Index(fields=["number"], condition=~models.Q(withheld=""), name="message_withheld"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class Code(models.Model):
    """The one-time code of a message, encrypted, until it expires; see `inbox.bodies` for its content."""

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


class Outbox(models.Model):
    """A batch of messages whose consequences are due: written with them, deleted when all has been done."""

    message_ids = ArrayField(models.BigIntegerField())
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"batch {self.pk} of {len(self.message_ids)}"


class Quarantined(models.Model):
    """A request with a good signature that we could not place: kept raw, shown to the operator."""

    class Reason(models.TextChoices):
        """Why it is here."""

        UNPARSABLE = "unparsable"
        UNKNOWN_NUMBER = "unknown number"
        UNSTORABLE = "unstorable text"
        UNMATCHED_RECEIPT = "unmatched receipt"

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = models.TextField(blank=True)
    purpose = models.CharField(max_length=8, default="inbound", help_text="inbound or status")
    method = models.CharField(max_length=8)
    query = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    body_hash = models.UUIDField(help_text="Keyed; the same request again only counts up")
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "quarantined requests"
        constraints = [
            models.UniqueConstraint(fields=["account", "body_hash"], name="quarantined_once"),
        ]
        indexes = [models.Index(fields=["received_at"], name="quarantined_age")]

    def __str__(self) -> str:
        return f"{self.reason} at {self.received_at:%Y-%m-%d %H:%M:%S}"


class Part(models.Model):
    """A part of a long message that a carrier delivers in parts.

    Its text lies sealed until the message is joined, and is then emptied; the rest stays for two days, so that a
    part that is sent again is known. `message_id` is the partial message that visitors see meanwhile.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    recipient = models.CharField(max_length=64)
    sender = models.CharField(max_length=64)
    group = models.CharField(max_length=128)
    index = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    ref = models.CharField(max_length=128)
    sealed = models.TextField(help_text="The part as JSON, sealed; empty once joined")
    received_at = models.DateTimeField(default=timezone.now)
    message_id = models.BigIntegerField(null=True)
    joined_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "ref"], name="part_once")]
        indexes = [
            models.Index(
                fields=["account", "recipient", "sender", "group"],
                condition=models.Q(joined_at=None),
                name="part_open",
            ),
            models.Index(fields=["received_at"], name="part_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.index} of {self.total}"
