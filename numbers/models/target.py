"""What an operator wants the pool to hold."""

from datetime import timedelta
from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

from numbers.models.account import Account
from numbers.models.number import KindChoices


def sms() -> list[str]:
    """The usual capability."""
    return ["sms"]


class PoolTarget(models.Model):
    """How many numbers of which kind we want to hold, for how long each, and at what price at most."""

    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2, upper-case")
    kind = models.CharField(max_length=16, choices=KindChoices.choices, default=KindChoices.LOCAL)
    capabilities = ArrayField(models.CharField(max_length=8), default=sms)
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Empty: any account that has offers",
    )
    count = models.PositiveSmallIntegerField(default=1)
    rotate_after = models.DurationField(default=timedelta(days=30))
    quarantine_for = models.DurationField(default=timedelta(days=7))
    max_monthly_cost = models.DecimalField(
        max_digits=10, decimal_places=4, default=Decimal(5), validators=[MinValueValidator(Decimal(0))]
    )
    max_setup_cost = models.DecimalField(
        max_digits=10,
        decimal_places=4,
        default=Decimal(5),
        db_default=Decimal(5),
        validators=[MinValueValidator(Decimal(0))],
    )
    currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217; offers in others don't fit")
    monthly_ceiling = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What all its numbers may cost a month; empty: no ceiling",
    )
    trouble = models.TextField(blank=True, editable=False, help_text="Why it holds less than it should")
    public = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^[A-Z]{2}$"), name="target_country_is_iso2"
            ),
            models.CheckConstraint(
                condition=models.Q(max_monthly_cost__gte=0), name="target_ceiling_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} in {self.country}"
