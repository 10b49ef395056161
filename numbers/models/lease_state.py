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
ENDED = (LeaseState.QUARANTINED, LeaseState.RELEASED)
