"""The pool: orders numbers until every target is met, and retires them when they are due.

Nothing here spends money: leases are ordered and ended by intents, which `numbers.intents` performs.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from numbers import leases, ledger, offers, rentals
from numbers.carriers.leasing import Offer
from numbers.models import Account, Event, Intent, Lease, Number, PoolTarget

logger = logging.getLogger(__name__)

State = Lease.State
DRAIN_FOR = timedelta(minutes=10)
QUARANTINE_FOR = timedelta(days=7)
UNASKED = "not ordered yet: the worker orders every 15 seconds while it is running"
HOLDING = (State.ORDERED, State.PROVISIONING, State.ACTIVE)


def fill() -> int:
    """Order what every enabled target lacks; return how many numbers were ordered."""
    return sum(
        _fill_safely(pk) for pk in PoolTarget.objects.filter(enabled=True).values_list("pk", flat=True)
    )


def _fill_safely(pk: int) -> int:
    """Fill one target; a bug is recorded on it and does not affect other targets."""
    try:
        return fill_one(pk)
    except Exception as error:
        logger.exception("target %d could not be filled", pk)
        PoolTarget.objects.filter(pk=pk).update(
            problem=f"internal error, see the log: {type(error).__name__}"
        )
        return 0


def fill_one(pk: int) -> int:
    """Order what one target lacks; return how many numbers. Carriers are asked before rows are locked."""
    target = PoolTarget.objects.select_related("account").get(pk=pk)
    lacking = missing(target) > 0
    # A target that is full but still shows a problem continues, which clears it
    if not lacking and not target.problem:
        return 0
    found = offers.find(target) if lacking else offers.OfferList()
    # Carriers take seconds to answer, and meanwhile nothing is locked
    with transaction.atomic():
        target = PoolTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
        # Another worker may have ordered while the carriers were asked: count again under the lock
        wanted = missing(target)
        ordered, reasons = _order_offers(found, target, wanted)
        target.problem = "\n".join(reasons) if ordered < wanted else ""
        target.save(update_fields=["problem"])
    return ordered


def _order_offers(found: offers.OfferList, target: PoolTarget, wanted: int) -> tuple[int, list[str]]:
    """Order wanted numbers from the offers; return how many, and why not all. The target must be locked."""
    accounts = ledger.lock_accounts()
    refusals: dict[str, str] = {}
    ordered = 0
    for account_id, offer in found.offers:
        # Offers are sorted by price, so the first ones that may be bought are the cheapest
        if ordered >= wanted:
            break
        account = accounts.get(account_id)
        why = "the account is disabled"
        if account and account.enabled:
            why = ledger.reason_to_refuse(target, account, offer, timezone.now().date())
            why = why or _order_number(target, account, offer)
        if why:  # each kind of reason once, with the figures of the cheapest offer
            refusals.setdefault(f"{account}: {why.partition(':')[0]}", f"{account}: {why}")
        else:
            ordered += 1
    reasons = [*found.reasons, *refusals.values()]
    if 0 < len(found.offers) < wanted:
        reasons.append(f"only {offers.write_count(len(found.offers))} for {wanted} wanted")
    return ordered, list(dict.fromkeys(reasons))


def wanted(target: PoolTarget) -> tuple[list[tuple[Account, Offer]], list[str]]:
    """The offers, with their accounts, that `fill_one` would order now, and why there are not more of them.

    Each offer is checked against the ceilings on its own.
    """
    lacking = max(0, missing(target))
    found = offers.find(target) if lacking else offers.OfferList()
    today = timezone.now().date()
    accounts = {account.pk: account for account in Account.objects.all()}
    fitting, reasons = [], list(found.reasons)
    for pk, offer in found.offers:
        if why := ledger.reason_to_refuse(target, accounts[pk], offer, today):
            reasons.append(f"{accounts[pk]}: {why}")
        else:
            fitting.append((accounts[pk], offer))
    if not lacking:
        reasons.append("nothing is missing")
    elif 0 < len(found.offers) < lacking:
        reasons.append(f"only {offers.write_count(len(found.offers))} for {lacking} wanted")
    return fitting[:lacking], list(dict.fromkeys(reasons)) if len(fitting) < lacking or not lacking else []


def missing(target: PoolTarget) -> int:
    """How many numbers a target lacks; negative if it holds too many."""
    return target.count - target.leases.filter(state__in=HOLDING).count()


def _order_number(target: PoolTarget, account: Account, offer: Offer) -> str:
    """Create the lease and the intent to buy it; return why the number cannot be used, or an empty string."""
    try:
        # A savepoint: a violated constraint must not end the
        # transaction that holds the locks on target and accounts
        with transaction.atomic():
            known = Number.objects.placeholder if offer.blind else partial(Number.objects.known, offer.e164)
            number = known(
                country=offer.country, kind=offer.kind.value, capabilities=sorted(offer.capabilities)
            )
            if number.ever_public and not target.public:
                return f"offered numbers were public before, but this target is private: {offer.e164}"
            lease = leases.order(
                number,
                account,
                target=target,
                monthly_cost=offer.monthly_cost,
                setup_cost=offer.setup_cost,
                currency=offer.currency,
            )
            Intent.objects.create(lease=lease, effect=Intent.Effect.BUY)
            return ""
    except IntegrityError:  # only one live lease per number
        return f"offered numbers are already leased: {offer.e164}"


def retire_due(now: datetime | None = None) -> int:
    """Move every lease that is due to its next state; return how many."""
    now = now or timezone.now()
    moved = 0
    for lease in _find_due(now):
        # One short transaction for each lease, so that one
        # that fails leaves the others where they were moved to
        with transaction.atomic():
            locked = (
                Lease.objects.select_for_update(of=("self",), no_key=True)
                .select_related("number", "target")
                .get(pk=lease.pk)
            )
            # Otherwise another worker has moved it since it was listed, and it is not due in its new state
            if locked.state == lease.state:
                moved += _advance_lease(locked, now)
    return moved


def _find_due(now: datetime) -> Iterator[Lease]:
    """The leases that may be due: retired, drained long enough, or quarantined and not being released."""
    yield from Lease.objects.filter(state=State.ACTIVE, retire_at__lte=now)
    yield from Lease.objects.filter(state=State.DRAINING, state_since__lte=now - DRAIN_FOR)
    release = Intent.objects.filter(lease=OuterRef("pk"), effect=Intent.Effect.RELEASE)
    # A refused number is still paid for, so its release is tried again every day
    again = Q(state=Intent.State.REFUSED, settled_at__lte=now - offers.RETRY_AFTER)
    yield from Lease.objects.filter(~Exists(release.exclude(again)), state=State.QUARANTINED)


def _advance_lease(lease: Lease, now: datetime) -> int:
    """Move a locked lease to its next state if it is due; return 1 if it has moved."""
    if lease.state == State.ACTIVE:
        return retire(lease, "its time in use is over")
    if lease.state == State.DRAINING:
        # A number that is rented or booked stays until its customer has had all of the time
        if lease.number.rentals.not_over().exists():
            return 0
        return quarantine(lease)
    patience = lease.target.quarantine_for if lease.target else QUARANTINE_FOR
    return release(lease) if lease.state_since + patience <= now else 0


def retire(lease: Lease, why: str, actor: str = Event.Actor.POOL) -> int:
    """Start taking a number out of use: no new rentals, but still shown; return 1, or 0 if it was not active."""
    return int(leases.enter(lease, State.DRAINING, why, actor))


@transaction.atomic
def quarantine(lease: Lease, actor: str = Event.Actor.POOL) -> int:
    """Take a number off the pages and end its rentals; return 1, or 0 if it was not shown.

    Late messages are kept for operators.
    """
    # The lease is changed, and thereby locked, before the rentals: `rentals` locks in the same order
    if not leases.enter(lease, State.QUARANTINED, "collecting late messages", actor):
        return 0
    rentals.cut_short(lease.number)
    return 1


def outlook(lease: Lease) -> str:
    """What happens to a lease next, and when, or why it failed; empty if nothing more will happen."""
    intents = {intent.effect: intent for intent in lease.intents.all()}
    buy, back = intents.get(Intent.Effect.BUY), intents.get(Intent.Effect.RELEASE)
    if lease.state in (State.ORDERED, State.PROVISIONING):
        return _describe_progress("purchase", buy) if buy else "no purchase is planned"
    if lease.state == State.ACTIVE:
        return f"retires at {_write_time(lease.retire_at)}" if lease.retire_at else ""
    if lease.state == State.DRAINING:
        if last := lease.number.rentals.not_over().order_by("-during__endswith").first():
            return f"hidden from pages when its rental ends at {_write_time(last.during.upper)}"
        return f"hidden from pages at {_write_time(lease.state_since + DRAIN_FOR)}"
    if lease.state == State.QUARANTINED:
        patience = lease.target.quarantine_for if lease.target else QUARANTINE_FOR
        return (
            _describe_progress("release", back)
            if back
            else f"will be released at {_write_time(lease.state_since + patience)}"
        )
    if lease.state == State.FAILED:
        last_event = lease.events.filter(what=Event.What.FAILED).last()
        return last_event.detail if last_event else ""
    return ""


def _describe_progress(what: str, intent: Intent) -> str:
    """How far a purchase or release has got, with the problem if there is one."""
    retry = (
        f"; next attempt at {_write_time(intent.settled_at + offers.RETRY_AFTER)}"
        if intent.settled_at
        else ""
    )
    progress = f"{what} {intent.state}{retry if intent.state == Intent.State.REFUSED else ''}"
    return f"{progress}: {intent.problem}" if intent.problem else progress


def _write_time(at: datetime) -> str:
    """A time as operators read it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def release(lease: Lease, actor: str = Event.Actor.POOL) -> int:
    """Create the intent to release a number, or retry a refused one; return 0 if it is in progress or done."""
    # One intent per lease and effect: a second click or worker finds the first one's row
    intent, created = Intent.objects.get_or_create(lease=lease, effect=Intent.Effect.RELEASE)
    if intent.state == Intent.State.REFUSED:
        # The condition on the state lets only one of two simultaneous retries through
        again = Intent.objects.filter(pk=intent.pk, state=Intent.State.REFUSED)
        created = bool(again.update(state=Intent.State.WAITING, due_at=Now(), settled_at=None))
    if created:
        leases.note(lease, Event.What.RELEASE_REQUESTED, actor=actor)
    return int(created)
