"""Performs intents: one effect at the carrier for each, whatever is killed when.

`calling` is committed before the call. Who finds it there later, or gets no clear answer, never repeats the call:
it lists what the carrier says we own, and believes that.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from numbers import carriers, ledger, pool
from numbers.carriers.base import Access, Feature, Kind, Offer, Ordered, Owned
from numbers.carriers.errors import CallFailed, CarrierError, Rejected, Uncertain
from numbers.models import Intent, Lease

logger = logging.getLogger(__name__)

State = Intent.State
LOST_AFTER = timedelta(seconds=150)  # longer than a task may run
SETTLE_AFTER = timedelta(seconds=20)  # a carrier may list a purchase a little late
BATCH = 50


def perform_due() -> int:
    """Perform or settle due intents, one after the other; how many were handled."""
    for handled in range(BATCH):
        intent = _claim()
        if intent is None:
            return handled
        _handle(intent)
    return BATCH


@transaction.atomic
def _claim() -> Intent | None:
    """Take one due intent: a waiting one is now `calling`, one lost in a call is `uncertain`, an order stays one."""
    now = timezone.now()
    due = Q(state__in=[State.WAITING, State.ORDERED, State.UNCERTAIN], due_at__lte=now)
    lost = Q(state=State.CALLING, called_at__lte=now - LOST_AFTER)
    intent = Intent.objects.select_for_update(skip_locked=True).filter(due | lost).order_by("due_at").first()
    if intent is None:
        return None
    if intent.state == State.WAITING:
        intent.state = State.CALLING
        intent.called_at = now
        intent.attempts += 1
    else:
        if intent.state == State.CALLING:
            intent.state = State.UNCERTAIN
        intent.attempts += 1
        intent.due_at = now + _patience(intent)
    intent.save()
    return intent


def _handle(intent: Intent) -> None:
    lease = Lease.objects.select_related("number", "account", "target").get(pk=intent.lease_id)
    adapter = carriers.get(lease.account.carrier)
    access = Access(lease.account.secrets)
    deed: Callable[[Intent, Lease, carriers.Carrier, Access], None] = _call
    if intent.state == State.UNCERTAIN:
        deed = _settle_by_list
    elif intent.state == State.ORDERED:
        deed = _follow
    try:
        deed(intent, lease, adapter, access)
    finally:
        access.http.close()


def _call(intent: Intent, lease: Lease, adapter: carriers.Carrier, access: Access) -> None:
    try:
        if intent.effect == Intent.Effect.BUY:
            _take(intent, lease, adapter.buy(access, _offer(lease), lease.account.webhook_url))
        else:
            adapter.release(access, lease.carrier_ref)
            _released(intent, lease)
    except Uncertain as error:
        _later(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    except Rejected as error:
        _doubt(intent, lease, adapter, access, str(error))
    except CallFailed as error:
        if error.retry:  # nothing was sent
            _later(intent, State.WAITING, _patience(intent), str(error))
        else:
            _later(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    except CarrierError as error:
        _refused(intent, lease, str(error))


def _doubt(intent: Intent, lease: Lease, adapter: carriers.Carrier, access: Access, why: str) -> None:
    """A purchase was refused. If the carrier lists the number as ours, an earlier copy of the request was not."""
    ours = None
    if intent.effect == Intent.Effect.BUY and Feature.OWNED in adapter.features:
        try:
            ours = next((own for own in adapter.owned(access) if own.e164 == lease.number.e164), None)
        except CarrierError as error:
            _later(intent, State.UNCERTAIN, SETTLE_AFTER, f"{why}; {error}")
            return
    if ours:
        _bought(intent, lease, ours)
    else:
        _refused(intent, lease, why)


def _take(intent: Intent, lease: Lease, outcome: Owned | Ordered) -> None:
    if isinstance(outcome, Owned):
        _bought(intent, lease, outcome)
        return
    with transaction.atomic():
        if lease.state != Lease.State.PROVISIONING:
            pool.enter(lease, Lease.State.PROVISIONING, f"order {outcome.ref}", actor="carrier")
        intent.order_ref = outcome.ref
        _later(intent, State.ORDERED, _patience(intent), "")


def _follow(intent: Intent, lease: Lease, adapter: carriers.Carrier, access: Access) -> None:
    """Ask what became of an order; whatever goes wrong with asking (a retired key, say), the order stands."""
    try:
        _take(intent, lease, adapter.order(access, intent.order_ref))
    except Rejected as error:
        if error.fault == "account":
            _later(intent, State.ORDERED, _patience(intent), str(error))
        else:
            _doubt(intent, lease, adapter, access, str(error))
    except CarrierError as error:
        _later(intent, State.ORDERED, _patience(intent), str(error))


def _settle_by_list(intent: Intent, lease: Lease, adapter: carriers.Carrier, access: Access) -> None:
    try:
        owned = {number.e164: number for number in adapter.owned(access)}
    except CarrierError as error:
        _later(intent, State.UNCERTAIN, _patience(intent), str(error))
        return
    ours = owned.get(lease.number.e164)
    if intent.effect == Intent.Effect.BUY:
        if ours:
            _bought(intent, lease, ours)
        else:
            _refused(intent, lease, "the carrier does not list it: it was not bought")
    elif ours:  # still ours: giving it back again is the same single effect
        _later(intent, State.WAITING, timedelta(0), "still listed")
    else:
        _released(intent, lease)


def _offer(lease: Lease) -> Offer:
    number = lease.number
    return Offer(
        number.e164,
        number.country,
        Kind(number.kind),
        frozenset(number.capabilities),
        lease.monthly_cost,
        lease.setup_cost,
        lease.currency,
    )


@transaction.atomic
def _bought(intent: Intent, lease: Lease, bought: Owned) -> None:
    now = timezone.now()
    lease.carrier_ref = bought.ref
    lease.leased_at = now
    if lease.target:
        lease.retire_at = now + lease.target.rotate_after
        if lease.target.public and not lease.number.public:
            lease.number.public = True
            lease.number.save(update_fields=["public"])
    pool.enter(lease, Lease.State.ACTIVE, "bought", actor="carrier")
    ledger.charge_purchase(lease)
    _done(intent)


@transaction.atomic
def _released(intent: Intent, lease: Lease) -> None:
    lease.released_at = timezone.now()
    pool.enter(lease, Lease.State.RELEASED, actor="carrier")
    _done(intent)


def _done(intent: Intent) -> None:
    intent.state, intent.settled_at, intent.trouble = State.DONE, timezone.now(), ""
    intent.save()


@transaction.atomic
def _refused(intent: Intent, lease: Lease, why: str) -> None:
    intent.state, intent.settled_at, intent.trouble = State.REFUSED, timezone.now(), why
    intent.save()
    if intent.effect == Intent.Effect.BUY:
        pool.enter(lease, Lease.State.FAILED, why, actor="carrier")
    else:
        pool.note(lease, "release refused", why, actor="carrier")


def _later(intent: Intent, state: Intent.State, wait: timedelta, trouble: str) -> None:
    intent.state, intent.due_at, intent.trouble = state, timezone.now() + wait, trouble
    intent.save()


def _patience(intent: Intent) -> timedelta:
    """Doubling from ten seconds to ten minutes."""
    return timedelta(seconds=min(600, 10 * 2 ** min(intent.attempts, 6)))
