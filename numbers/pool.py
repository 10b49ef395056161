"""The pool: orders numbers until every target is met, and retires them when their time is up.

Nothing here spends: a lease is ordered together with its intent, and ended by one; `numbers.intents` performs them.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from numbers import carriers, ledger, placeholders, rentals
from numbers.carriers.base import Access, Kind, Offer, Wish
from numbers.carriers.errors import CallFailed, Unsupported
from numbers.models import Account, Event, Intent, Lease, Number, PoolTarget
from numbers.signals import lease_entered

logger = logging.getLogger(__name__)

State = Lease.State
DRAIN_FOR = timedelta(minutes=10)
QUARANTINE_FOR = timedelta(days=7)
TRIED_AGAIN_AFTER = timedelta(days=1)  # what a carrier refused
REFUSALS_BORNE = 10  # in a row, before an account is left alone
REFUSING_FOR = timedelta(minutes=10)
HOLDING = (State.ORDERED, State.PROVISIONING, State.ACTIVE)


def fill() -> int:
    """Order what is missing from every enabled target; how many numbers were ordered."""
    return sum(fill_one(pk) for pk in PoolTarget.objects.filter(enabled=True).values_list("pk", flat=True))


def fill_one(pk: int) -> int:
    """Order what one target misses. Carriers are asked before anything is locked; two workers don't order twice."""
    target = PoolTarget.objects.select_related("account").get(pk=pk)
    if not _missing(target):
        return 0
    offers, troubles = _offers(target)
    with transaction.atomic():
        target = PoolTarget.objects.select_for_update(of=("self",)).get(pk=pk)
        accounts = {account.pk: account for account in Account.objects.select_for_update().order_by("pk")}
        missing, ordered = _missing(target), 0
        for account_id, offer in offers:
            if ordered >= missing:
                break
            account = accounts.get(account_id)
            if account is None or not account.enabled:
                continue
            if why := ledger.objection(target, account, offer, timezone.now().date()):
                troubles.append(f"{account}: {why}")
            else:
                ordered += _order(target, account, offer)
        target.trouble = "\n".join(dict.fromkeys(troubles)) if ordered < missing else ""
        target.save(update_fields=["trouble"])
    return ordered


def wanted(target: PoolTarget) -> list[tuple[Account, Offer]]:
    """The offers, and where, that `fill_one` would order now, as far as the ceilings can be judged one by one."""
    offers, _ = _offers(target)
    today = timezone.now().date()
    accounts = {account.pk: account for account in Account.objects.all()}
    offered = [(accounts[pk], offer) for pk, offer in offers]
    fitting = [pair for pair in offered if not ledger.objection(target, *pair, today)]
    return fitting[: max(0, _missing(target))]


def _missing(target: PoolTarget) -> int:
    return target.count - target.leases.filter(state__in=HOLDING).count()


def _offers(target: PoolTarget) -> tuple[list[tuple[int, Offer]], list[str]]:
    """Fitting offers with their accounts, the cheapest first; and what went wrong in asking for them."""
    wish = Wish(target.country, Kind(target.kind), frozenset(target.capabilities), limit=20 + target.count)
    accounts = [target.account] if target.account else Account.objects.filter(enabled=True)
    found: list[tuple[int, Offer]] = []
    troubles = []
    for account in accounts:
        access = Access(account.secrets)
        refused = _refused_lately(account, wish)
        troubles += [f"{account}: {e164 or 'any number'}: {why}" for e164, why in refused.items()]
        if _refuses_all(account):
            continue
        try:
            offers = carriers.get(account.carrier).search(access, wish) if account.enabled else []
        except Unsupported:
            continue
        except CallFailed as error:
            logger.warning("no offers from %s: %s", account, error)
            troubles.append(f"{account}: {error}")
            continue
        finally:
            access.http.close()
        for offer in offers:
            if _fits(offer, wish) and offer.e164 not in refused:
                found += [(account.pk, offer)] * (target.count if offer.blind else 1)
    found.sort(key=lambda pair: (pair[1].monthly_cost + pair[1].setup_cost, pair[1].e164))
    return found, troubles


def _refused_lately(account: Account, wish: Wish) -> dict[str, str]:
    """Numbers that the account could not buy today, and why: they are not tried again at once.

    Under no number: why it could not have one of the carrier's choice.
    """
    since = timezone.now() - TRIED_AGAIN_AFTER
    refused = Intent.objects.filter(
        lease__account=account,
        effect=Intent.Effect.BUY,
        state=Intent.State.REFUSED,
        settled_at__gte=since,
    ).exclude(placeholders.STANDS_IN)
    found = dict(refused.order_by("settled_at").values_list("lease__number__e164", "trouble"))
    why = placeholders.refusal(account, wish.country, wish.kind, since)
    return {**found, "": why} if why else found


def _refuses_all(account: Account) -> bool:
    """Whether an account refused the last purchases one and all, a moment ago: it is left alone for a while."""
    bought = Intent.objects.filter(lease__account=account, effect=Intent.Effect.BUY)
    last = list(bought.filter(settled_at__isnull=False).order_by("-settled_at")[:REFUSALS_BORNE])
    lately = bought.filter(settled_at__gt=timezone.now() - REFUSING_FOR).exists()
    return lately and [intent.state for intent in last] == [Intent.State.REFUSED] * REFUSALS_BORNE


def _fits(offer: Offer, wish: Wish) -> bool:
    """Whether an offer is what was asked for: carriers don't filter by everything."""
    return (
        offer.country == wish.country and offer.kind == wish.kind and offer.capabilities >= wish.capabilities
    )


def _order(target: PoolTarget, account: Account, offer: Offer) -> int:
    """Write the lease and the intent to buy it; 0 when the number is held already or of no use here."""
    try:
        with transaction.atomic():
            known = Number.objects.placeholder if offer.blind else partial(Number.objects.known, offer.e164)
            number = known(
                country=offer.country, kind=offer.kind.value, capabilities=sorted(offer.capabilities)
            )
            if number.ever_public and not target.public:
                return 0
            lease = Lease.objects.create(
                number=number,
                account=account,
                target=target,
                monthly_cost=offer.monthly_cost,
                setup_cost=offer.setup_cost,
                currency=offer.currency,
            )
            Intent.objects.create(lease=lease, effect=Intent.Effect.BUY)
            note(lease, "ordered", f"{offer.monthly_cost} {offer.currency} a month")
            return 1
    except IntegrityError:  # one live lease a number: someone else holds it
        return 0


def retire_due(now: datetime | None = None) -> int:
    """Move every lease on whose time has come: active, draining, quarantined, to be released."""
    now = now or timezone.now()
    moved = 0
    for lease in _due(now):
        with transaction.atomic():
            locked = (
                Lease.objects.select_for_update(of=("self",))
                .select_related("number", "target")
                .get(pk=lease.pk)
            )
            if locked.state == lease.state:
                moved += _advance(locked, now)
    return moved


def _due(now: datetime) -> Iterator[Lease]:
    yield from Lease.objects.filter(state=State.ACTIVE, retire_at__lte=now)
    yield from Lease.objects.filter(state=State.DRAINING, state_since__lte=now - DRAIN_FOR)
    release = Intent.objects.filter(lease=OuterRef("pk"), effect=Intent.Effect.RELEASE)
    again = Q(state=Intent.State.REFUSED, settled_at__lte=now - TRIED_AGAIN_AFTER)
    yield from Lease.objects.filter(~Exists(release.exclude(again)), state=State.QUARANTINED)


def _advance(lease: Lease, now: datetime) -> int:
    if lease.state == State.ACTIVE:
        return retire(lease, "its time is up")
    if lease.state == State.DRAINING:
        if lease.number.rentals.filter(during__endswith__gt=now, cancelled=False).exists():
            return 0
        return quarantine(lease)
    patience = lease.target.quarantine_for if lease.target else QUARANTINE_FOR
    return release(lease) if lease.state_since + patience <= now else 0


def retire(lease: Lease, why: str, actor: str = "pool") -> int:
    """Begin to take a number out of use: no new rentals, still shown."""
    if lease.state != State.ACTIVE:
        return 0
    enter(lease, State.DRAINING, why, actor)
    return 1


@transaction.atomic
def quarantine(lease: Lease, actor: str = "pool") -> int:
    """Take the number off the pages, ending its rentals; late messages are kept for the operator."""
    enter(lease, State.QUARANTINED, "late messages are watched", actor)
    rentals.cut_short(lease.number)
    return 1


def release(lease: Lease, actor: str = "pool") -> int:
    """Write the intent to give the number back, anew if the carrier refused; 0 when it is under way or done."""
    intent, created = Intent.objects.get_or_create(lease=lease, effect=Intent.Effect.RELEASE)
    if intent.state == Intent.State.REFUSED:
        again = Intent.objects.filter(pk=intent.pk, state=Intent.State.REFUSED)
        created = bool(again.update(state=Intent.State.WAITING, due_at=timezone.now(), settled_at=None))
    if created:
        note(lease, "release intended", actor=actor)
    return int(created)


def enter(lease: Lease, state: Lease.State, detail: str = "", actor: str = "pool") -> None:
    """Put a lease into a state, with its line in the timeline."""
    lease.state = state
    lease.state_since = timezone.now()
    lease.save()
    note(lease, state.value, detail, actor)
    transaction.on_commit(lambda: lease_entered.send_robust(Lease, lease=lease))


def note(lease: Lease, what: str, detail: str = "", actor: str = "pool") -> None:
    """Add a line to a lease's timeline."""
    Event.objects.create(lease=lease, what=what, detail=detail, actor=actor)
