"""Verifications: one-time codes that were sent, of which only keyed hashes are kept."""

import uuid
from typing import TypeAlias

from django.db import models
from django.db.models import F
from django.db.models.functions import Now


class VerificationState(models.TextChoices):
    """What became of a code."""

    PENDING = "pending"
    APPROVED = "approved"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class Verification(models.Model):
    """A code for one person, to be checked once.

        pending -> approved | failed (too many tries) | canceled | expired

    `code_hash` is a keyed hash of the newest code, `earlier_hash` of the one before it, which may arrive late. `checks`
    counts tries, and goes on counting when a code is sent again.
    """

    State: TypeAlias = VerificationState

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.CharField(max_length=64)
    recipient = models.CharField(max_length=16)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    code_hash = models.BinaryField(max_length=16, editable=False)
    earlier_hash = models.BinaryField(max_length=16, default=b"", editable=False)
    checks = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    wording = models.JSONField(
        help_text="How its texts are written: language, brand, host, app hash, length, alphabet"
    )
    created_at = models.DateTimeField(db_default=Now())
    next_send_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index("owner", F("created_at").desc(), name="verification_of_owner"),
            models.Index(fields=["created_at"], name="verification_by_age"),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk} ({self.state})"


class SentCode(models.Model):
    """One sending of a code, for the guards against those who have codes sent for money; numbers are keyed hashes.

    `prefix` is the number without its last four digits.
    """

    # Kept without its verification: the guards count what was sent
    verification = models.ForeignKey(
        Verification, on_delete=models.SET_NULL, null=True, related_name="sent_codes"
    )
    owner = models.CharField(max_length=64)
    person = models.BinaryField(max_length=16, editable=False)
    prefix = models.BinaryField(max_length=16, editable=False)
    country = models.CharField(max_length=2, blank=True)
    approved = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["person", "at"], name="sent_code_to_person"),
            models.Index(fields=["prefix", "at"], name="sent_code_to_prefix"),
            models.Index(fields=["country", "at"], name="sent_code_to_country"),
            models.Index(fields=["owner", "at"], name="sent_code_of_owner"),
        ]

    def __str__(self) -> str:
        return f"code sent at {self.at}"
