"""One login at a carrier."""

import secrets
from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from numbers import carriers
from tempsms.lib.vault import SealedSettingsField

SENDER = r"^(|\+[1-9][0-9]{6,14}|[A-Za-z0-9 ._-]{1,11})$"
"""A number, a short code, a name, or an empty string."""


def new_key() -> str:
    """An unguessable token for the account's webhook address (192 bits)."""
    return secrets.token_urlsafe(24)


def currency_is_iso(name: str) -> models.CheckConstraint:
    """The constraint that a currency is an ISO 4217 code; XXX is not one in use and matches no price."""
    return models.CheckConstraint(
        condition=models.Q(currency__regex=r"^[A-Z]{3}$"),
        name=name,
        violation_error_message="A currency is three capital letters (example: USD).",
    )


class AccountManager(models.Manager["Account"]):
    """Accounts."""

    def enabled(self) -> models.QuerySet["Account"]:
        """Enabled ones, oldest first; without those at carriers that only another version of the product knows."""
        # A database that a newer version has used may hold
        # accounts at carriers that this one has no adapter for
        return self.filter(enabled=True, carrier__in=carriers.names()).order_by("pk")


class Account(models.Model):
    """One login at a carrier; its key is part of the webhook address, its secrets are encrypted at rest."""

    carrier = models.CharField(max_length=32)
    label = models.CharField(max_length=80, help_text="The name operators see")
    key = models.CharField(max_length=64, unique=True, default=new_key, editable=False)
    secrets = SealedSettingsField(default=dict)
    enabled = models.BooleanField(default=True, help_text="Webhooks of a disabled account answer 404")
    currency = models.CharField(max_length=3, default="USD", help_text="Currency of the monthly ceiling")
    monthly_ceiling = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Maximum spending per calendar month; empty means no ceiling",
    )
    canary_sender = models.CharField(
        "test message sender",
        max_length=64,
        blank=True,
        db_default="",
        help_text="The number of this account that sends test messages to the numbers of other accounts",
    )
    canary_price = models.DecimalField(
        "test message price",
        max_digits=10,
        decimal_places=5,
        default=Decimal("0.05"),
        db_default=Decimal("0.05"),
        validators=[MinValueValidator(Decimal(0))],
        help_text="Expected price of a test message; counts towards the ceiling until the carrier reports the price",
    )
    agreed_until = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="Time up to which our messages match the carrier's log",
    )
    audit_problem = models.TextField(
        # Renamed in code only: the column keeps its name, so that no row is touched and older scripts work
        db_column="audit_trouble",
        blank=True,
        db_default="",
        editable=False,
        help_text="Why the last audit of this account failed",
    )
    log_problem = models.TextField(
        db_column="log_trouble",
        blank=True,
        db_default="",
        editable=False,
        help_text="Why the last reading of the carrier's message log failed",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    objects = AccountManager()

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
                violation_error_message="A sender is a number, a short code, or a name of up to 11 characters.",
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
