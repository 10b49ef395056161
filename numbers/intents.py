"""Performs intents: each has exactly one effect at the carrier, even if a process is killed at any moment.

`calling` is committed before the call. A worker that finds it later, or gets no clear answer, never repeats the call:
it looks the purchase up by its key, if the carrier stores that, or in the carrier's list of our numbers. A purchase
that is not there counts as not made only once the carrier would certainly list it. Late outcomes are discarded: each
claim increments `attempts`, and only the newest claim may settle.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from numbers import carriers, leases, ledger, placeholders
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, CarrierError, Rejected, Uncertain
from numbers.carriers.leasing import Kind, Offer, Ordered, Owned
from numbers.models import Event, Intent, Lease
from tempsms.lib import effects
from tempsms.lib.effects import BackOff

logger = logging.getLogger(__name__)

State = Intent.State
LOST_AFTER = timedelta(seconds=150)  # longer than a task may run
SETTLE_AFTER = timedelta(seconds=20)  # carriers may list a purchase with a delay
BATCH = 50
BACK_OFF = BackOff(timedelta(seconds=20), timedelta(minutes=10))
# literals, so that the partial index on open intents serves it
OLDEST_DUE = f"SELECT min(due_at) FROM numbers_intent WHERE state IN {tuple(map(str, Intent.OPEN))}"  # noqa: S608


def perform_due() -> int:
    """Perform or settle due intents one by one; return how many were handled."""
    for handled in range(BATCH):
        intent = _claim_intent()
        if intent is None:
            return handled
        _perform_safely(intent)
    return BATCH


def _perform_safely(intent: Intent) -> None:
    """Handle an intent; a bug is recorded on it and does not affect other intents.

    Its state stays: one in `calling` has an unknown outcome, which is looked up, never repeated.
    """
    try:
        _perform_intent(intent)
    except Exception as error:
        logger.exception("intent %d could not be handled", intent.pk)
        problem = f"internal error, see the log: {type(error).__name__}"
        Intent.objects.filter(pk=intent.pk, attempts=intent.attempts, settled_at=None).update(problem=problem)


@transaction.atomic
def _claim_intent() -> Intent | None:
    """Claim one due intent: a waiting one becomes `calling`, one lost in a call `uncertain`; an order stays one."""
    for intent in effects.claim(Intent.objects.filter(state__in=Intent.OPEN), _allow_time):
        if intent.state == State.WAITING:
            intent.state, intent.called_at = State.CALLING, timezone.now()
        elif intent.state == State.CALLING:
            intent.state = State.UNCERTAIN
        intent.save(update_fields=["state", "called_at"])
        return intent
    return None


def _allow_time(intent: Intent) -> timedelta:
    """When an intent that is being claimed is due again: a call that is about to be made may take its time."""
    return LOST_AFTER if intent.state == State.WAITING else _back_off(intent)


def _perform_intent(intent: Intent) -> None:
    lease = Lease.objects.select_related("number", "account", "target").get(pk=intent.lease_id)
    step: Callable[[Intent, Lease, carriers.Api], None] = _call_carrier
    if intent.state == State.UNCERTAIN:
        step = _settle_unanswered
    elif intent.state == State.ORDERED:
        step = _poll_order
    with carriers.connect(lease.account.carrier, lease.account.secrets) as api:
        step(intent, lease, api)


def _call_carrier(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    try:
        if intent.effect == Intent.Effect.BUY:
            _apply_outcome(intent, lease, _buy_number(intent, lease, api))
        elif ref := lease.carrier_ref or _find_ref(lease, api):
            api.release(ref)
            _record_release(intent, lease)
        else:
            _record_release(intent, lease, "the carrier does not list it: it was no longer ours")
    except Uncertain as error:
        _reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    except Rejected as error:
        if (
            error.fault == "account" and intent.effect == Intent.Effect.RELEASE
        ):  # for example, a key that is being rotated
            _reschedule(intent, State.WAITING, _back_off(intent), str(error))
        else:
            _verify_refusal(intent, lease, api, str(error))
    except CallFailed as error:
        if error.retry:  # nothing was sent
            _reschedule(intent, State.WAITING, _back_off(intent), str(error))
        else:
            _reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    except CarrierError as error:
        _record_refusal(intent, lease, str(error))


def _buy_number(intent: Intent, lease: Lease, api: carriers.Api) -> Owned | Ordered:
    return api.buy(_rebuild_offer(lease), lease.account.webhook_url, intent.key.hex)


def _find_purchase(intent: Intent, lease: Lease, api: carriers.Api) -> Owned | Ordered | None:
    """The purchase as the carrier knows it: found by its key, since orders are not listed yet, or by its number."""
    by_key = api.find(intent.key.hex) if Feature.KEYS in api.features() else None
    if by_key or lease.number.is_placeholder or Feature.OWNED not in api.features():
        return by_key
    return next((own for own in api.owned() if own.e164 == lease.number.e164), None)


def _find_ref(lease: Lease, api: carriers.Api) -> str:
    """The carrier's id of a number that was adopted without it; empty if the carrier does not list the number."""
    return next((own.ref for own in api.owned() if own.e164 == lease.number.e164), "")


def _verify_refusal(intent: Intent, lease: Lease, api: carriers.Api, why: str) -> None:
    """Handle a refused purchase. If the carrier has it anyway, an earlier copy of the request was accepted."""
    found = None
    if intent.effect == Intent.Effect.BUY:
        try:
            found = _find_purchase(intent, lease, api)
        except CarrierError as error:
            _reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, f"{why}; {error}")
            return
    if found:
        _apply_outcome(intent, lease, found)
    else:
        _record_refusal(intent, lease, why)


def _apply_outcome(intent: Intent, lease: Lease, outcome: Owned | Ordered) -> None:
    if isinstance(outcome, Owned):
        _record_purchase(intent, lease, outcome)
        return
    with transaction.atomic():
        if not _lock_if_claimed(intent, lease):
            return
        if lease.state == Lease.State.ORDERED:
            leases.enter(lease, Lease.State.PROVISIONING, f"order {outcome.ref}", actor=Event.Actor.CARRIER)
        intent.order_ref = outcome.ref
        _set_state(intent, State.ORDERED, _back_off(intent))


def _poll_order(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    """Poll an order; whatever goes wrong with polling (such as a revoked key), the order stays valid."""
    try:
        _apply_outcome(intent, lease, api.order(intent.order_ref))
    except Rejected as error:
        if error.fault == "account":
            _reschedule(intent, State.ORDERED, _back_off(intent), str(error))
        else:
            _verify_refusal(intent, lease, api, str(error))
    except CarrierError as error:
        _reschedule(intent, State.ORDERED, _back_off(intent), str(error))


def _settle_unanswered(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    """Find out how an unanswered call ended."""
    buys = intent.effect == Intent.Effect.BUY
    try:
        found = _find_purchase(intent, lease, api) if buys else _find_ref(lease, api)
    except CarrierError as error:
        _reschedule(intent, State.UNCERTAIN, _back_off(intent), str(error))
        return
    if isinstance(found, Owned | Ordered):
        _apply_outcome(intent, lease, found)
    elif found:  # still ours: releasing it again is the same single effect
        _reschedule(intent, State.WAITING, timedelta(0), "still listed")
    elif not buys:
        _record_release(intent, lease)
    elif timezone.now() - (intent.called_at or intent.created_at) < api.listed_within:
        _reschedule(intent, State.UNCERTAIN, _back_off(intent), "the carrier does not list it yet")
    else:
        _record_refusal(intent, lease, Intent.NOT_BOUGHT)


def _rebuild_offer(lease: Lease) -> Offer:
    number = lease.number
    return Offer(
        "" if number.is_placeholder else number.e164,
        number.country,
        Kind(number.kind),
        frozenset(number.capabilities),
        lease.monthly_cost,
        lease.setup_cost,
        lease.currency,
    )


def _lock_if_claimed(intent: Intent, lease: Lease) -> bool:
    """Lock and reload both; return whether no other worker has claimed or settled the intent since."""
    state = intent.state
    ours = effects.lock_if_newest(intent) and intent.state == state
    lease.refresh_from_db(from_queryset=Lease.objects.select_for_update(of=("self",)))
    if not ours:
        logger.warning("the outcome of intent %d is too late: another worker has taken it over", intent.pk)
    return ours


@transaction.atomic
def _record_purchase(intent: Intent, lease: Lease, bought: Owned) -> None:
    """Record a completed purchase, with the number and price that the carrier reports."""
    if not _lock_if_claimed(intent, lease):
        return
    if lease.number.is_placeholder:
        chosen = placeholders.fill(lease, bought.e164)
        if chosen is None:
            problem = f"{bought.e164} was bought, but is already leased through another account"
            _set_state(intent, State.UNCERTAIN, _back_off(intent), problem)
            return
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
    lease.leased_at = lease.leased_at or now
    if bought.monthly_cost and (bought.monthly_cost, bought.currency) != (lease.monthly_cost, lease.currency):
        lease.monthly_cost, lease.currency = bought.monthly_cost, bought.currency
        leases.note(
            lease,
            Event.What.PRICED,
            f"{lease.monthly_cost} {lease.currency} per month",
            actor=Event.Actor.CARRIER,
        )
    if lease.target:
        lease.retire_at = now + lease.target.rotate_after
        _set_visibility(lease, now)
    lease.save()
    if lease.state in ledger.PENDING:
        leases.enter(lease, Lease.State.ACTIVE, "bought", actor=Event.Actor.CARRIER)
    ledger.charge_purchase(lease)
    _set_state(intent, State.DONE)


def _set_visibility(lease: Lease, now: datetime) -> None:
    """Make a number public if its target is; retire one immediately that a private target cannot use."""
    assert lease.target
    if lease.target.public and not lease.number.public:
        lease.number.public = True
        lease.number.save(update_fields=["public"])
    if lease.number.ever_public and not lease.target.public:
        lease.retire_at = now
        leases.note(lease, Event.What.UNUSABLE, "the carrier chose a number that was public before")


@transaction.atomic
def _record_release(intent: Intent, lease: Lease, detail: str = "") -> None:
    if not _lock_if_claimed(intent, lease):
        return
    lease.released_at = timezone.now()
    lease.save(update_fields=["released_at"])
    leases.enter(lease, Lease.State.RELEASED, detail, actor=Event.Actor.CARRIER)
    ledger.charge_lease(lease, lease.released_at)
    _set_state(intent, State.DONE)


@transaction.atomic
def _record_refusal(intent: Intent, lease: Lease, why: str) -> None:
    if not _lock_if_claimed(intent, lease):
        return
    _set_state(intent, State.REFUSED, problem=why)
    if intent.effect == Intent.Effect.BUY:
        leases.enter(lease, Lease.State.FAILED, why, actor=Event.Actor.CARRIER)
    else:
        leases.note(lease, Event.What.RELEASE_REFUSED, why, actor=Event.Actor.CARRIER)


@transaction.atomic
def _reschedule(intent: Intent, state: Intent.State, wait: timedelta, problem: str) -> None:
    if _lock_if_claimed(intent, intent.lease):
        _set_state(intent, state, wait, problem)


def _set_state(intent: Intent, state: Intent.State, wait: timedelta | None = None, problem: str = "") -> None:
    """Set the state of a locked intent: due again after `wait`, or settled."""
    intent.state, intent.problem = state, problem
    if wait is None:
        intent.settled_at = timezone.now()
    else:
        intent.due_at = Now() + wait
    intent.save()


def _back_off(intent: Intent) -> timedelta:
    """The delay before the next attempt."""
    return BACK_OFF.after(intent.attempts)
