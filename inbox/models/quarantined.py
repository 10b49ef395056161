"""Signed requests that could not be processed."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from numbers.models import Account
from tempsms.lib.vault import SealedBytesField, SealedJSONField


def kept_until() -> datetime:
    """When a request kept now is deleted: together with the messages that arrive now."""
    return timezone.now() + settings.MESSAGE_RETENTION


class Quarantined(models.Model):
    """A correctly signed request that could not be processed: kept sealed for operators, without its signature."""

    class Reason(models.TextChoices):
        """Why the request could not be processed."""

        UNPARSABLE = "unparsable", "not understood"
        UNKNOWN_NUMBER = "unknown number", "unknown number"
        UNSTORABLE = "unstorable text", "text that cannot be stored"

    SEALED = ("detail", "query", "headers", "body")

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    reason = models.CharField(max_length=20, choices=Reason.choices)
    detail = SealedJSONField(default=str)
    purpose = models.CharField(
        max_length=8, default="inbound", help_text="Which webhook received it: inbound or status"
    )
    method = models.CharField(max_length=8)
    query = SealedJSONField(default=str)
    headers = SealedJSONField(default=dict)
    body = SealedBytesField()
    body_hash = models.UUIDField(help_text="Keyed hash; a repetition only increases the count")
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=kept_until, db_default=Now())

    class Meta:
        verbose_name = "unprocessed request"
        constraints = [
            models.UniqueConstraint(fields=["account", "body_hash"], name="quarantined_once"),
        ]
        indexes = [
            models.Index(fields=["received_at"], name="quarantined_age"),
            models.Index(fields=["expires_at"], name="quarantined_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} at {self.received_at:%Y-%m-%d %H:%M:%S}"
