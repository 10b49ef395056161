"""Performs intents: each has exactly one effect at the carrier, even if a process is killed at any moment.

`calling` is committed before the call. A worker that finds it later, or gets no clear answer, never repeats the call:
it looks the purchase up by its key, if the carrier stores that, or in the carrier's list of our numbers. A purchase
that is not there counts as not made only once the carrier would certainly list it.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from numbers import carriers, outcomes
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, CarrierError, Rejected, Uncertain
from numbers.carriers.leasing import Kind, Offer, Ordered, Owned
from numbers.models import Intent, Lease
from tempsms.lib import effects

logger = logging.getLogger(__name__)

State = Intent.State
LOST_AFTER = timedelta(seconds=150)  # longer than a task may run
SETTLE_AFTER = timedelta(seconds=20)  # carriers may list a purchase with a delay
BATCH = 50
# literals, so that the partial index on open intents serves it
OLDEST_DUE = f"SELECT min(due_at) FROM numbers_intent WHERE state IN {tuple(map(str, Intent.OPEN))}"  # noqa: S608


def perform_due() -> int:
    """Perform or settle due intents one by one; return how many were handled."""
    # Claimed one at a time: a row claimed ahead would lose its time to the slow calls before it
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
    # A kill before this commits leaves the intent waiting; a kill at any point after it leaves `calling`,
    # which is due again after LOST_AFTER, when its call cannot be under way any more
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
    return LOST_AFTER if intent.state == State.WAITING else outcomes.back_off(intent)


def _perform_intent(intent: Intent) -> None:
    """Do at the carrier what is next for a claimed intent."""
    lease = Lease.objects.select_related("number", "account", "target").get(pk=intent.lease_id)
    step: Callable[[Intent, Lease, carriers.Api], None] = _call_carrier
    if intent.state == State.UNCERTAIN:
        step = _settle_unanswered
    elif intent.state == State.ORDERED:
        step = _poll_order
    # No transaction is open here: the claim is committed,
    # and the outcome is recorded in a transaction of its own
    with carriers.connect(lease.account.carrier, lease.account.secrets) as api:
        step(intent, lease, api)


def _call_carrier(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    """Buy or release the number; called once for an intent, unless it is certain that nothing was done."""
    try:
        if intent.effect == Intent.Effect.BUY:
            outcomes.record(intent, lease, _buy_number(intent, lease, api))
        elif ref := lease.carrier_ref or _find_ref(lease, api):
            # A kill between this call and its record is settled by
            # the carrier's list, which no longer has the number
            api.release(ref)
            outcomes.record_release(intent, lease)
        else:
            outcomes.record_release(intent, lease, "the carrier does not list it: it was no longer ours")
    except Uncertain as error:
        outcomes.reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    except Rejected as error:
        # a login can fail for a while (a key that is being rotated); a number that is paid for is released all the same
        if error.fault == "account" and intent.effect == Intent.Effect.RELEASE:
            outcomes.reschedule(intent, State.WAITING, outcomes.back_off(intent), str(error))
        else:
            _verify_refusal(intent, lease, api, str(error))
    except CallFailed as error:
        if error.retry:  # nothing was sent
            outcomes.reschedule(intent, State.WAITING, outcomes.back_off(intent), str(error))
        else:
            outcomes.reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, str(error))
    # What is left: the adapter lacks the feature, so nothing was sent
    except CarrierError as error:
        outcomes.record_refusal(intent, lease, str(error))


def _buy_number(intent: Intent, lease: Lease, api: carriers.Api) -> Owned | Ordered:
    """Buy the number under the intent's key, by which the carrier may recognise a repetition."""
    return api.buy(_rebuild_offer(lease), lease.account.webhook_url, intent.key.hex)


def _find_purchase(intent: Intent, lease: Lease, api: carriers.Api) -> Owned | Ordered | None:
    """The purchase as the carrier knows it: found by its key, since orders are not listed yet, or by its number."""
    by_key = api.find(intent.key.hex) if Feature.KEYS in api.features() else None
    # Where the carrier chooses the number, nothing but the key tells this purchase from another one
    if by_key or lease.number.is_placeholder or Feature.OWNED not in api.features():
        return by_key
    return next((own for own in api.owned() if own.e164 == lease.number.e164), None)


def _find_ref(lease: Lease, api: carriers.Api) -> str:
    """The carrier's id of a number that was adopted without it; empty if the carrier does not list the number."""
    return next((own.ref for own in api.owned() if own.e164 == lease.number.e164), "")


def _verify_refusal(intent: Intent, lease: Lease, api: carriers.Api, why: str) -> None:
    """Handle a refused purchase. If the carrier has it anyway, an earlier copy of the request was accepted."""
    # A proxy that repeats a request makes the carrier refuse the copy, because the first one took the number
    found = None
    if intent.effect == Intent.Effect.BUY:
        try:
            found = _find_purchase(intent, lease, api)
        except CarrierError as error:
            outcomes.reschedule(intent, State.UNCERTAIN, SETTLE_AFTER, f"{why}; {error}")
            return
    if found:
        outcomes.record(intent, lease, found)
    else:
        outcomes.record_refusal(intent, lease, why)


def _poll_order(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    """Poll an order; whatever goes wrong with polling (such as a revoked key), the order stays valid."""
    try:
        outcomes.record(intent, lease, api.order(intent.order_ref))
    except Rejected as error:
        if error.fault == "account":
            outcomes.reschedule(intent, State.ORDERED, outcomes.back_off(intent), str(error))
        else:
            _verify_refusal(intent, lease, api, str(error))
    except CarrierError as error:
        outcomes.reschedule(intent, State.ORDERED, outcomes.back_off(intent), str(error))


def _settle_unanswered(intent: Intent, lease: Lease, api: carriers.Api) -> None:
    """Find out how an unanswered call ended."""
    buys = intent.effect == Intent.Effect.BUY
    try:
        found = _find_purchase(intent, lease, api) if buys else _find_ref(lease, api)
    except CarrierError as error:
        outcomes.reschedule(intent, State.UNCERTAIN, outcomes.back_off(intent), str(error))
        return
    if isinstance(found, Owned | Ordered):
        outcomes.record(intent, lease, found)
    elif found:  # still ours: releasing it again is the same single effect
        outcomes.reschedule(intent, State.WAITING, timedelta(0), "still listed")
    # The carrier lists a number until it is released: one that is gone was released by the unanswered call
    elif not buys:
        outcomes.record_release(intent, lease)
    # Lists lag: forgetting a purchase too early would leave a number that is paid for and unknown here
    elif timezone.now() - (intent.called_at or intent.created_at) < api.listed_within:
        outcomes.reschedule(
            intent, State.UNCERTAIN, outcomes.back_off(intent), "the carrier does not list it yet"
        )
    else:
        outcomes.record_refusal(intent, lease, Intent.NOT_BOUGHT)


def _rebuild_offer(lease: Lease) -> Offer:
    """The offer from which the lease was ordered."""
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
