"""How many numbers of which kind the pool should hold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

from numbers import countries
from numbers.carriers.leasing import CAPABILITIES
from numbers.models.account import Account, currency_is_iso
from numbers.models.durations import QUARANTINE, ROTATION, bounded, kept
from numbers.models.number import KindChoices


def sms() -> list[str]:
    """The default capabilities."""
    return ["sms"]


class PoolTarget(models.Model):
    """How many numbers of which kind the pool should hold, for how long each, and at what maximum price."""

    country = models.CharField(max_length=2, help_text="The country of the numbers")
    kind = models.CharField(max_length=16, choices=KindChoices.choices, default=KindChoices.LOCAL)
    capabilities = ArrayField(models.CharField(max_length=8), default=sms)
    account = models.ForeignKey(
        Account,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        help_text="Leave empty for any account with offers",
    )
    count = models.PositiveSmallIntegerField("quantity", default=1, help_text="How many numbers to hold")
    rotate_after = bounded(
        ROTATION,
        verbose_name="replace each number after",
        default=timedelta(days=30),
        help_text="How long a number is in use before another replaces it",
    )
    quarantine_for = bounded(
        QUARANTINE,
        verbose_name="quarantine period",
        default=timedelta(days=7),
        help_text="How long a retired number still collects late messages, and is paid for, before it is released",
    )
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
    currency = models.CharField(
        max_length=3, default="USD", help_text="Offers in other currencies are ignored"
    )
    monthly_ceiling = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="Maximum cost of all its numbers per calendar month; without a ceiling nothing is bought",
    )
    problem = models.TextField(
        db_column="trouble", blank=True, editable=False, help_text="Why numbers are missing"
    )
    public = models.BooleanField(default=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(country__in=countries.CODES), name="target_country_is_iso2"
            ),
            models.CheckConstraint(
                condition=models.Q(max_monthly_cost__gte=0, max_setup_cost__gte=0, monthly_ceiling__gte=0),
                name="target_ceiling_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(capabilities__contained_by=list(CAPABILITIES))
                & models.Q(capabilities__contains=["sms"]),
                name="target_capabilities_known",
                violation_error_message="The capabilities must include SMS and be ones that carriers offer.",
            ),
            currency_is_iso("target_currency_is_iso"),
            kept("rotate_after", ROTATION, "target_rotation_bounded"),
            kept("quarantine_for", QUARANTINE, "target_quarantine_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} in {self.country}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the target; a new one without a ceiling gets twice the maximum cost of its numbers."""
        if self.monthly_ceiling is None and self._state.adding:
            highest = Decimal(self.max_monthly_cost) + Decimal(self.max_setup_cost)
            # The column has eight digits before the point
            ceiling = min(2 * self.count * highest, Decimal(99_999_999))
            self.monthly_ceiling = ceiling.quantize(Decimal("0.01"))
        super().save(*args, **kwargs)
