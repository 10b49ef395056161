"""Orders single numbers for those who ask for one, beside the pool's targets.

OrderRefused    a ceiling would be passed, or is not known: nothing is ordered
NoOffer         no carrier offers such a number now
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from numbers import leases, ledger, offers, spending
from numbers.carriers.leasing import NumberQuery, Offer
from numbers.models import Account, Intent, Lease, Number
from tempsms.lib.money import write_price


class OrderRefused(Exception):
    """A ceiling would be passed; the text says which."""


class NoOffer(Exception):
    """No carrier offers such a number now; the text says why."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What one number may cost a month and once, and what all of its owner's may cost in a calendar month."""

    monthly_cost: Decimal
    setup_cost: Decimal
    owners_month: Decimal
    currency: str


def place(query: NumberQuery, e164: str | None, ceilings: Ceilings, owner: str) -> Lease:
    """Order the number, or the cheapest that matches; return its lease. Raises `OrderRefused` and `NoOffer`.

    A worker performs the purchase once the transaction is committed.
    """
    found = offers.search(query)
    fitting = [(pk, offer) for pk, offer in found.offers if e164 in (None, offer.e164)]
    if not fitting:
        raise NoOffer("; ".join(found.reasons) or "no offers")
    refusals: list[str] = []
    with transaction.atomic():
        accounts = ledger.lock_accounts()
        unusable = _find_unusable([offer.e164 for _, offer in fitting])
        for account_id, offer in fitting:
            account = accounts.get(account_id)
            if account is None or not account.enabled or offer.e164 in unusable:
                continue
            why = reason_to_refuse(offer, account, ceilings, owner)
            lease = None if why else _order_offer(offer, account, owner)
            if lease:
                return lease
            refusals.append(why)
    reasons = [why for why in dict.fromkeys(refusals) if why]
    if reasons:
        raise OrderRefused("; ".join(reasons))
    raise NoOffer("the offered numbers are already leased or were public before")


def reason_to_refuse(offer: Offer, account: Account, ceilings: Ceilings, owner: str) -> str:
    """Why an offer must not be bought, or an empty string. All accounts must be locked."""
    today = timezone.now().date()
    if offer.currency != ceilings.currency:
        return f"offers are in {offer.currency}, but the ceilings are in {ceilings.currency}"
    if offer.monthly_cost > ceilings.monthly_cost or offer.setup_cost > ceilings.setup_cost:
        prices = f"{write_price(offer.monthly_cost)} per month, {write_price(offer.setup_cost)} once"
        return f"more expensive than allowed: {prices}"
    own = Lease.objects.filter(owner=owner)
    if own.filter(state__in=Lease.LIVE).exclude(currency=ceilings.currency).exists():
        return "the client holds numbers in another currency"
    spent = ledger.lease_spending(own, today) + spending.spent_in_month([owner], ceilings.currency, today)
    if spent + offer.monthly_cost + offer.setup_cost > ceilings.owners_month:
        return "the client's monthly ceiling is reached"
    return ledger.account_reason(account, offer, today)


def _find_unusable(offered: list[str]) -> set[str]:
    """Which numbers are leased or were public before; carriers go on offering what we have just ordered."""
    leased = Q(leases__state__in=Lease.LIVE)
    known = Number.objects.filter(leased | Q(ever_public=True), e164__in=offered)
    return set(known.values_list("e164", flat=True))


def _order_offer(offer: Offer, account: Account, owner: str) -> Lease | None:
    """Create the lease, and the intent to buy it; None if the number cannot be used."""
    given: dict[str, Any] = {
        "country": offer.country,
        "kind": offer.kind.value,
        "capabilities": sorted(offer.capabilities),
    }
    try:
        with transaction.atomic():
            number = (
                Number.objects.placeholder(**given)
                if offer.blind
                else Number.objects.known(offer.e164, **given)
            )
            if number.ever_public:
                return None
            lease = leases.order(
                number,
                account,
                owner=owner,
                monthly_cost=offer.monthly_cost,
                setup_cost=offer.setup_cost,
                currency=offer.currency,
            )
            Intent.objects.create(lease=lease, effect=Intent.Effect.BUY)
            return lease
    except IntegrityError:  # only one live lease per number
        return None
