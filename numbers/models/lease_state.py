"""The states of leases, and what a number is used for in each."""

from django.db import models


class LeaseState(models.TextChoices):
    """The stages of a lease; see `Lease`."""

    ORDERED = "ordered"
    PROVISIONING = "provisioning"
    ACTIVE = "active"
    DRAINING = "draining"
    QUARANTINED = "quarantined"
    RELEASED = "released"
    FAILED = "failed"


LIVE = (
    LeaseState.ORDERED,
    LeaseState.PROVISIONING,
    LeaseState.ACTIVE,
    LeaseState.DRAINING,
    LeaseState.QUARANTINED,
)
SHOWN = (LeaseState.ACTIVE, LeaseState.DRAINING)
# Since when a number is off the pages: it goes when it is quarantined, days before it is released
ENDED = (LeaseState.QUARANTINED, LeaseState.RELEASED)
