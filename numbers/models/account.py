"""One login at a carrier."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from tempsms.lib.vault import SealedJSONField


def new_key() -> str:
    """An unguessable token for the account's webhook address (192 bits)."""
    return secrets.token_urlsafe(24)


class Account(models.Model):
    """One login at a carrier; its key stands in the webhook address, its secrets are encrypted at rest."""

    carrier = models.CharField(max_length=32)
    label = models.CharField(max_length=80, help_text="What operators call it")
    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    secrets = SealedJSONField(default=dict)
    enabled = models.BooleanField(default=True, help_text="A disabled account's webhooks answer 404")
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217; of the ceiling")
    monthly_ceiling = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What may be spent here in a calendar month; empty: no ceiling",
    )
    canary_sender = models.CharField(
        max_length=64,
        blank=True,
        db_default="",
        help_text="Number or name of ours that test messages to our other numbers come from; empty: none are sent",
    )
    canary_price = models.DecimalField(
        max_digits=10,
        decimal_places=5,
        default=Decimal("0.05"),
        db_default=Decimal("0.05"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="What such a message costs; counts towards the ceiling until the carrier tells its price",
    )
    agreed_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Up to here our messages agree with the carrier's log",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "label"], name="account_label_once_per_carrier"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier}: {self.label}"

    @property
    def webhook_url(self) -> str:
        """Where the carrier posts inbound messages."""
        return f"{settings.PUBLIC_URL}/webhooks/{self.carrier}/{self.key}/"

    @property
    def status_url(self) -> str:
        """Where the carrier posts delivery receipts."""
        return f"{self.webhook_url}status/"
