"""The next changes of the stock of public numbers, as far as they are known."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Min, Q
from django.utils import timezone

from numbers import pool
from numbers.models import Lease, PoolTarget


class Change(NamedTuple):
    """The next changes: numbers being leased, whether more are wanted, when one is exchanged next."""

    arriving: int
    wanted: bool
    exchange_at: datetime | None


def next_change(iso2: str = "") -> Change:
    """Return them for a country or all. A retired number is replaced at once, if its pool target still wants it."""
    targets = PoolTarget.objects.filter(public=True, enabled=True)
    if iso2:
        targets = targets.filter(country=iso2)
    coming = Q(state__in=[Lease.State.ORDERED, Lease.State.PROVISIONING])
    planned = Q(state=Lease.State.ACTIVE, number__public=True, retire_at__gte=timezone.now())
    leases = Lease.objects.filter(target__in=targets).aggregate(
        arriving=Count("pk", filter=coming), exchange_at=Min("retire_at", filter=planned)
    )
    held = Count("leases", filter=Q(leases__state__in=pool.HOLDING))
    wanted = targets.annotate(held=held).filter(held__lt=F("count")).exists()
    return Change(wanted=wanted, **leases)
