"""Our hold on a number at a carrier, from purchase to release."""

from typing import TypeAlias

from django.db import models
from django.utils import timezone

from numbers.models.account import Account
from numbers.models.lease_state import ENDED, LIVE, SHOWN, LeaseState
from numbers.models.number import Number
from numbers.models.target import PoolTarget


class LeaseQuerySet(models.QuerySet["Lease"]):
    """Selects leases by what their numbers are used for now."""

    def shown(self) -> "LeaseQuerySet":
        """Those whose numbers' messages are shown now; in SQL, the view `numbers_receiving` has them."""
        return self.filter(state__in=SHOWN)

    def with_public_page(self) -> "LeaseQuerySet":
        """Those whose numbers have a page that anyone can read now."""
        return self.shown().filter(number__public=True)


class Lease(models.Model):
    """Our hold on a number at a carrier.

        ordered -> provisioning -> active -> draining -> quarantined -> released
           └────────────┴──> failed

    The database allows one live lease per number. Messages are shown while a lease is active or draining, kept for
    the operator while it is quarantined, and refused as "unknown number" after that.
    """

    State: TypeAlias = LeaseState
    LIVE, SHOWN, ENDED = LIVE, SHOWN, ENDED

    number = models.ForeignKey(Number, on_delete=models.PROTECT, related_name="leases")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="leases")
    target = models.ForeignKey(
        PoolTarget, on_delete=models.SET_NULL, null=True, blank=True, related_name="leases"
    )
    owner = models.CharField(
        "API client",
        max_length=40,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Who ordered it and pays for it; empty: the pool or an operator",
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.ORDERED)
    state_since = models.DateTimeField(default=timezone.now)
    carrier_ref = models.CharField(
        "carrier's id", max_length=80, blank=True, help_text="The carrier's id of the number"
    )
    monthly_cost = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    setup_cost = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="USD")
    leased_at = models.DateTimeField(null=True, blank=True)
    retire_at = models.DateTimeField(
        null=True, blank=True, help_text="When the number will be retired; empty means never"
    )
    released_at = models.DateTimeField(null=True, blank=True)

    objects = LeaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~models.Q(state__in=[LeaseState.RELEASED, LeaseState.FAILED]),
                name="lease_one_live_per_number",
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_cost__gte=0, setup_cost__gte=0), name="lease_costs_not_negative"
            ),
        ]
        indexes = [
            models.Index(
                fields=["retire_at"], condition=models.Q(state=LeaseState.ACTIVE), name="lease_due_to_retire"
            ),
            models.Index(fields=["target", "state"], name="lease_by_target"),
            models.Index(fields=["owner"], condition=~models.Q(owner=""), name="lease_by_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} at {self.account} ({self.state})"
