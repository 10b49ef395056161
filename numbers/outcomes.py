"""Records what became of intents: on the intent, its lease, the timeline and the ledger, in one transaction.

Each function first locks the intent and looks whether it is still the caller's: an outcome that comes after another
worker has claimed the intent is discarded, for that worker finds out itself.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from numbers import leases, ledger, placeholders
from numbers.carriers.leasing import Ordered, Owned
from numbers.models import Event, Intent, Lease
from tempsms.lib import effects
from tempsms.lib.effects import BackOff

logger = logging.getLogger(__name__)

State = Intent.State
BACK_OFF = BackOff(timedelta(seconds=20), timedelta(minutes=10))


def record(intent: Intent, lease: Lease, outcome: Owned | Ordered) -> None:
    """Record what a purchase has led to: a number we own, or an order that the carrier has yet to carry out."""
    if isinstance(outcome, Owned):
        record_purchase(intent, lease, outcome)
        return
    with transaction.atomic():
        if not _lock_if_claimed(intent, lease):
            return
        if lease.state == Lease.State.ORDERED:
            leases.enter(lease, Lease.State.PROVISIONING, f"order {outcome.ref}", actor=Event.Actor.CARRIER)
        intent.order_ref = outcome.ref
        _set_state(intent, State.ORDERED, back_off(intent))


@transaction.atomic
def record_purchase(intent: Intent, lease: Lease, bought: Owned) -> None:
    """Record a completed purchase, with the number and price that the carrier reports."""
    if not _lock_if_claimed(intent, lease):
        return
    if lease.number.is_placeholder:
        # This locks the number's live lease after our own: the intent is locked first, then leases
        chosen = placeholders.fill(lease, bought.e164)
        # One live lease per number: wait for the other one to
        # end, and keep looking. The number is ours all the same.
        if chosen is None:
            problem = f"{bought.e164} was bought, but is already leased through another account"
            _set_state(intent, State.UNCERTAIN, back_off(intent), problem)
            return
        # The number is paid for once: the adopted lease takes over the purchase, and this one ends
        if chosen != lease:
            leases.enter(
                lease,
                Lease.State.FAILED,
                f"{chosen.number} was adopted in the meantime",
                actor=Event.Actor.CARRIER,
            )
            intent.lease = lease = chosen
        leases.note(lease, Event.What.CHOSEN, bought.e164, actor=Event.Actor.CARRIER)
    now = timezone.now()
    lease.carrier_ref = bought.ref
    # Only an adopted lease that takes over this purchase has a first day already, and keeps it
    lease.leased_at = lease.leased_at or now
    # A carrier that reports no price with the purchase has charged what it offered
    if bought.monthly_cost and (bought.monthly_cost, bought.currency) != (lease.monthly_cost, lease.currency):
        lease.monthly_cost, lease.currency = bought.monthly_cost, bought.currency
        leases.note(
            lease,
            Event.What.PRICED,
            f"{lease.monthly_cost} {lease.currency} per month",
            actor=Event.Actor.CARRIER,
        )
    _begin_use(lease, now)
    lease.save()
    # An adopted lease that has taken over this purchase is already active
    if lease.state in ledger.PENDING:
        leases.enter(lease, Lease.State.ACTIVE, "bought", actor=Event.Actor.CARRIER)
    ledger.charge_purchase(lease)
    _set_state(intent, State.DONE)


def _begin_use(lease: Lease, now: datetime) -> None:
    """Set when a number retires, and whether it is public, as its target says.

    One that must be private but was public before retires at once.
    """
    target = lease.target
    if target:
        lease.retire_at = now + target.rotate_after
    if target and target.public and not lease.number.public:
        lease.number.public = True
        lease.number.save(update_fields=["public"])
    private = not target.public if target else bool(lease.owner)
    if private and lease.number.ever_public:
        # Which number the carrier would choose could not be known before it was paid for
        lease.retire_at = now
        leases.note(lease, Event.What.UNUSABLE, "the carrier chose a number that was public before")


@transaction.atomic
def record_release(intent: Intent, lease: Lease, detail: str = "") -> None:
    """Record that the carrier no longer has the number for us."""
    if not _lock_if_claimed(intent, lease):
        return
    lease.released_at = timezone.now()
    lease.save(update_fields=["released_at"])
    leases.enter(lease, Lease.State.RELEASED, detail, actor=Event.Actor.CARRIER)
    # A month that began since the hourly task last ran is billed by the carrier too
    ledger.charge_lease(lease, lease.released_at)
    _set_state(intent, State.DONE)


@transaction.atomic
def record_refusal(intent: Intent, lease: Lease, why: str) -> None:
    """Record that the carrier has not done it: a purchase has failed, and a number is still paid for."""
    if not _lock_if_claimed(intent, lease):
        return
    _set_state(intent, State.REFUSED, problem=why)
    if intent.effect == Intent.Effect.BUY:
        leases.enter(lease, Lease.State.FAILED, why, actor=Event.Actor.CARRIER)
    else:
        leases.note(lease, Event.What.RELEASE_REFUSED, why, actor=Event.Actor.CARRIER)


@transaction.atomic
def reschedule(intent: Intent, state: Intent.State, wait: timedelta, problem: str) -> None:
    """Make an intent due again after `wait`, and record why."""
    if _lock_if_claimed(intent, intent.lease):
        _set_state(intent, state, wait, problem)


def back_off(intent: Intent) -> timedelta:
    """The delay before the next attempt."""
    return BACK_OFF.after(intent.attempts)


def _lock_if_claimed(intent: Intent, lease: Lease) -> bool:
    """Lock and reload both; return whether no other worker has claimed or settled the intent since."""
    state = intent.state
    # Always the intent before its lease: whoever records an outcome takes both locks in this order
    ours = effects.lock_if_newest(intent) and intent.state == state
    # The caller read the lease before its call to the carrier; operators may have changed it since
    lease.refresh_from_db(from_queryset=Lease.objects.select_for_update(of=("self",), no_key=True))
    if not ours:
        logger.warning("the outcome of intent %d is too late: another worker has taken it over", intent.pk)
    return ours


def _set_state(intent: Intent, state: Intent.State, wait: timedelta | None = None, problem: str = "") -> None:
    """Set the state of a locked intent: due again after `wait`, or settled."""
    intent.state, intent.problem = state, problem
    if wait is None:
        intent.settled_at = timezone.now()
    else:
        # By the database's clock, by which due rows are claimed
        intent.due_at = Now() + wait
    intent.save()
