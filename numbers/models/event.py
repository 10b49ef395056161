"""The timeline of a lease."""

from django.db import models
from django.utils import timezone

from numbers.models.lease import Lease


class Event(models.Model):
    """One entry in the timeline of a lease; entries are only added, by `numbers.leases`."""

    class What(models.TextChoices):
        """What happened to the lease: it entered a state, or something else."""

        ORDERED = Lease.State.ORDERED.value, "ordered"
        PROVISIONING = Lease.State.PROVISIONING.value, "provisioning"
        ACTIVE = Lease.State.ACTIVE.value, "active"
        DRAINING = Lease.State.DRAINING.value, "draining"
        QUARANTINED = Lease.State.QUARANTINED.value, "quarantined"
        RELEASED = Lease.State.RELEASED.value, "released"
        FAILED = Lease.State.FAILED.value, "failed"
        ADOPTED = "adopted", "adopted"
        BOUGHT_AFTER_ALL = "bought after all", "bought after all"
        CHOSEN = "chosen", "chosen"
        KEPT = "kept", "kept"
        PRICED = "priced", "priced"
        UNUSABLE = "unusable", "unusable"
        RELEASE_REQUESTED = "release requested", "release requested"
        RELEASE_REFUSED = "release refused", "release refused"

    class Actor(models.TextChoices):
        """Who made it happen, where it was not an operator with a name."""

        POOL = "pool", "pool"
        CARRIER = "carrier", "carrier"
        RENTALS = "rentals", "rentals"
        OPERATOR = "operator", "operator"

    lease = models.ForeignKey(Lease, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    what = models.CharField("event", max_length=40, choices=What.choices)
    detail = models.TextField(blank=True)
    actor = models.CharField(
        max_length=40, default=Actor.POOL, help_text="pool, carrier, or an operator's name"
    )

    class Meta:
        verbose_name = "timeline entry"
        verbose_name_plural = "timeline"
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["lease", "at"], name="event_timeline")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.what}"
