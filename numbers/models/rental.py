"""A customer's exclusive hold on a leased number for a time."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Case, Value, When
from django.db.models.functions import Now

from numbers.models import durations
from numbers.models.durations import CODE_LIFE, bounded, kept
from numbers.models.number import Number

COOL_DOWN: timedelta = settings.RENTAL_COOL_DOWN
RETENTION = timedelta(days=7)


class RentalQuerySet(models.QuerySet["Rental"]):
    """Selects rentals by where they are in their time, by the database's clock."""

    def running(self) -> "RentalQuerySet":
        """Those that run now; in SQL, the view `numbers_running_rental` has them."""
        return self.filter(cancelled=False, during__contains=Now())

    def not_over(self) -> "RentalQuerySet":
        """Those that run now or are yet to begin."""
        return self.filter(cancelled=False, during__endswith__gt=Now())

    def with_state(self) -> "models.QuerySet[Any]":
        """The rentals, each with its `state` now."""
        now = Now()
        state = Case(
            When(cancelled=True, then=Value(RentalState.CANCELLED)),
            When(during__startswith__gt=now, then=Value(RentalState.BOOKED)),
            When(during__endswith__gt=now, then=Value(RentalState.RUNNING)),
            default=Value(RentalState.ENDED),
        )
        return self.annotate(state=state)


class RentalState(models.TextChoices):
    """Where a rental is in its time."""

    BOOKED = "booked"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


class Rental(models.Model):
    """A customer's exclusive hold on a number.

    `during` is when messages belong to the rental; `held` is `during` plus the cool-down, and the database allows
    no two live rentals of a number to overlap in it. Triggers refuse numbers that were ever public, and keep a number
    from becoming public while it is held.
    """

    number = models.ForeignKey(Number, on_delete=models.PROTECT, related_name="rentals")
    holder = models.CharField(
        "customer", max_length=80, help_text="The name of an API key, or an operator's note"
    )
    owner = models.CharField(
        "API client", max_length=40, blank=True, default="", db_default="", editable=False
    )
    purpose = models.CharField(max_length=120, blank=True, default="", db_default="", editable=False)
    during = DateTimeRangeField("period", help_text="[from, until)")
    held = DateTimeRangeField("period with cool-down", help_text="[from, until plus cool-down)")
    retention = bounded(
        durations.RETENTION,
        verbose_name="keep messages for",
        help_text="Counted from each message's arrival",
        default=RETENTION,
    )
    code_life = bounded(
        CODE_LIFE,
        verbose_name="keep codes for",
        null=True,
        blank=True,
        help_text="Leave empty to use the number's setting",
    )
    cancelled = models.BooleanField(
        default=False, help_text="Cancelled before it began; its time is free again"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RentalQuerySet.as_manager()

    class Meta:
        constraints = [
            # Equality of numbers in a GiST index needs the extension btree_gist
            ExclusionConstraint(
                name="rental_excludes_others",
                expressions=[("number", RangeOperators.EQUAL), ("held", RangeOperators.OVERLAPS)],
                condition=models.Q(cancelled=False),
            ),
            models.CheckConstraint(
                condition=models.Q(during__startswith__isnull=False)
                & models.Q(during__endswith__isnull=False)
                # An empty range has no bounds, so the first two conditions refuse it too
                & models.Q(held__contains=models.F("during")),
                name="rental_held_covers_during",
            ),
            kept("retention", durations.RETENTION, "rental_retention_bounded"),
            kept("code_life", CODE_LIFE, "rental_code_life_bounded"),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], condition=~models.Q(owner=""), name="rental_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} for {self.holder}"
