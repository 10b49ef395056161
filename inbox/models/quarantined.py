"""Signed requests that we could not place."""

from django.db import models
from django.utils import timezone

from numbers.models import Account


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
