"""One login at a carrier."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from tempsms.lib.vault import SealedJSONField

SENDER = r"^(|\+[1-9][0-9]{6,14}|[A-Za-z0-9 ._-]{1,11})$"
"""A number, a short code or a name; or nothing."""


def new_key() -> str:
    """An unguessable token for the account's webhook address (192 bits)."""
    return secrets.token_urlsafe(24)


def currency_is_iso(name: str) -> models.CheckConstraint:
    """The constraint that a currency is written as ISO 4217 does; XXX is none, and fits no price."""
    return models.CheckConstraint(
        condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
        name=name,
        violation_error_message="A currency has three capital letters, as in USD.",
    )


class Account(models.Model):
    """One login at a carrier; its key stands in the webhook address, its secrets are encrypted at rest."""

    carrier = models.CharField(max_length=32)
    label = models.CharField(max_length=80, help_text="What operators call it")
    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    secrets = SealedJSONField(default=dict)
    enabled = models.BooleanField(default=True, help_text="A disabled account's webhooks answer 404")
    currency = models.CharField(max_length=3, default="USD", help_text="Of the ceiling")
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
        help_text="Which of this account's numbers sends test messages to numbers of other accounts; none: none "
        "are sent",
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
    audit_trouble = models.TextField(
        blank=True, db_default="", editable=False, help_text="Why it could not be compared with the carrier"
    )
    log_trouble = models.TextField(
        blank=True, db_default="", editable=False, help_text="Why the carrier's message log could not be read"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["carrier", "label"], name="account_label_once_per_carrier"),
            currency_is_iso("account_currency_is_iso"),
            models.CheckConstraint(
                condition=models.Q(canary_price__gte=0)
                & (models.Q(monthly_ceiling=None) | models.Q(monthly_ceiling__gte=0)),
                name="account_money_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(canary_sender__regex=SENDER),
                name="account_canary_sender_is_one",
                violation_error_message="A sender is a number, a short code, or a name of up to 11 letters.",
            ),
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
