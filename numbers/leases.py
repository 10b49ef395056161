"""Moves leases from state to state and keeps their timelines: nothing else writes a lease's state or an event.

    ordered -> provisioning -> active -> draining -> quarantined -> released
       └────────────┴──> failed

A lease is moved only from a state that leads to the next one. Two processes that move the same lease therefore do not
undo each other's step: the second finds the lease moved and changes nothing.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone

from numbers.models import Account, Event, Lease, Number
from numbers.signals import lease_entered

State = Lease.State
What = Event.What

_FROM = {
    State.PROVISIONING: [State.ORDERED],
    State.ACTIVE: [State.ORDERED, State.PROVISIONING],
    State.DRAINING: [State.ACTIVE],
    State.QUARANTINED: [State.ACTIVE, State.DRAINING],
    # a carrier may no longer have a number that we did not give back
    State.RELEASED: list(Lease.LIVE),
    State.FAILED: [State.ORDERED, State.PROVISIONING],
}


@transaction.atomic
def order(number: Number, account: Account, **fields: Any) -> Lease:
    """Create the lease of a number that is about to be bought; raises `IntegrityError` if it has a live lease."""
    lease = Lease.objects.create(number=number, account=account, **fields)
    note(lease, What.ORDERED, f"{lease.monthly_cost} {lease.currency} per month")
    _announce(lease)
    return lease


@transaction.atomic
def adopt(number: Number, account: Account) -> Lease:
    """Create the active lease of a number that the account owns; raises `IntegrityError` if it has a live lease."""
    now = timezone.now()
    lease = Lease.objects.create(
        number=number, account=account, state=State.ACTIVE, state_since=now, leased_at=now
    )
    note(lease, What.ADOPTED, actor=Event.Actor.OPERATOR)
    _announce(lease)
    return lease


@transaction.atomic
def enter(lease: Lease, state: Lease.State, detail: str = "", actor: str = Event.Actor.POOL) -> bool:
    """Move a lease to a state and record it; return False, with the lease as it is now, if it cannot follow."""
    since = timezone.now()
    # The condition is checked under the row's lock: of two
    # processes the second waits here and then matches nothing
    here = Lease.objects.filter(pk=lease.pk, state__in=_FROM[state])
    if not here.update(state=state, state_since=since):
        lease.refresh_from_db(fields=["state", "state_since"])
        return False
    lease.state, lease.state_since = state, since
    note(lease, What(state.value), detail, actor)
    _announce(lease)
    return True


def note(lease: Lease, what: Event.What, detail: str = "", actor: str = Event.Actor.POOL) -> None:
    """Add an entry to a lease's timeline."""
    Event.objects.create(lease=lease, what=what, detail=detail, actor=actor)


def _announce(lease: Lease) -> None:
    """Send `lease_entered` once the state is committed."""
    # Robust, since a receiver that fails can no longer undo what is committed
    transaction.on_commit(lambda: lease_entered.send_robust(Lease, lease=lease))
