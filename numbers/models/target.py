"""What an operator wants the pool to hold."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models

from numbers import countries
from numbers.carriers.base import CAPABILITIES
from numbers.models.account import Account, currency_is_iso
from numbers.models.durations import QUARANTINE, ROTATION, bounded, kept
from numbers.models.number import KindChoices


def sms() -> list[str]:
    """The usual capability."""
    return ["sms"]


class PoolTarget(models.Model):
    """How many numbers of which kind we want to hold, for how long each, and at what price at most."""

    country = models.CharField(max_length=2, help_text="Where the numbers are from")
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
    rotate_after = bounded(
        ROTATION, default=timedelta(days=30), help_text="How long a number is used before another replaces it"
    )
    quarantine_for = bounded(
        QUARANTINE,
        default=timedelta(days=7),
        help_text="How long late messages are watched, and the number still paid, before it is given back",
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
    currency = models.CharField(max_length=3, default="USD", help_text="Offers in other currencies don't fit")
    monthly_ceiling = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text="What all its numbers may take in a calendar month; without one nothing is bought",
    )
    trouble = models.TextField(blank=True, editable=False, help_text="Why it holds less than it should")
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
                violation_error_message="Numbers receive SMS, and what else carriers have.",
            ),
            currency_is_iso("target_currency_is_iso"),
            kept("rotate_after", ROTATION, "target_rotation_bounded"),
            kept("quarantine_for", QUARANTINE, "target_quarantine_bounded"),
        ]

    def __str__(self) -> str:
        return f"{self.count} {self.kind} in {self.country}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new target whose maker gives no ceiling gets twice what its numbers may cost at most."""
        if self.monthly_ceiling is None and self._state.adding:
            dearest = Decimal(self.max_monthly_cost) + Decimal(self.max_setup_cost)
            self.monthly_ceiling = min(2 * self.count * dearest, Decimal(99_999_999)).quantize(
                Decimal("0.01")
            )
        super().save(*args, **kwargs)
