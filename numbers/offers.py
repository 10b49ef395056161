"""What carriers would lease to us for a target now, and in words why it is less than wanted."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from numbers import carriers, placeholders
from numbers.carriers.base import Access, Kind, Offer, Wish
from numbers.carriers.errors import CallFailed, CarrierError
from numbers.models import Account, Intent, PoolTarget

logger = logging.getLogger(__name__)

TRIED_AGAIN_AFTER = timedelta(days=1)  # what a carrier refused
REFUSALS_BORNE = 10  # in a row, before an account is left alone
REFUSING_FOR = timedelta(minutes=10)


@dataclass
class Found:
    """Fitting offers with the ids of their accounts, the cheapest first; and why there are not more of them."""

    offers: list[tuple[int, Offer]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def look(target: PoolTarget) -> Found:
    """Ask every account that the target may use. Carriers' errors become reasons."""
    wish = Wish(target.country, Kind(target.kind), frozenset(target.capabilities), limit=20 + target.count)
    accounts = [target.account] if target.account else list(Account.objects.filter(enabled=True))
    found = Found(reasons=[] if accounts else ["there is no enabled account: add one at a carrier"])
    for account in accounts:
        offers, reasons = _ask(account, wish)
        found.reasons += [f"{account}: {reason}" for reason in reasons]
        for offer in offers:
            found.offers += [(account.pk, offer)] * (target.count if offer.blind else 1)
    found.offers.sort(key=lambda pair: (pair[1].monthly_cost + pair[1].setup_cost, pair[1].e164))
    return found


def _ask(account: Account, wish: Wish) -> tuple[list[Offer], list[str]]:
    """Fitting offers of one account that it was not refused today, and why there are not more."""
    if not account.enabled:
        return [], ["the account is disabled"]
    refused = _refused_lately(account, wish)
    reasons = [f"{e164 or 'any number'}: {why}" for e164, why in refused.items()]
    if _refuses_all(account):
        minutes = REFUSING_FOR // timedelta(minutes=1)
        return [], [
            *reasons,
            f"refused the last {REFUSALS_BORNE} purchases: left alone for {minutes} minutes",
        ]
    access = Access(account.secrets)
    try:
        offered = list(carriers.get(account.carrier).search(access, wish))
    except CarrierError as error:
        return [], [*reasons, explain(account, error)]
    except KeyError:
        return [], [*reasons, f"there is no carrier {account.carrier!r} any more"]
    finally:
        access.http.close()
    fitting = [offer for offer in offered if fits(offer, wish)]
    reasons += _shortfalls(offered, fitting, wish)
    return [offer for offer in fitting if offer.e164 not in refused], reasons


def explain(account: Account, error: CarrierError) -> str:
    """A carrier's error as an operator needs it: whose turn it is to do something."""
    if not isinstance(error, CallFailed):
        return str(error)
    logger.warning("%s: %s", account, error)
    return f"login or settings refused: {error}" if error.fault == "account" else str(error)


def _shortfalls(offered: list[Offer], fitting: list[Offer], wish: Wish) -> Iterator[str]:
    """Why offers do not fit: carriers don't filter by everything, and say of a number what it can do."""
    of_kind = [offer for offer in offered if (offer.country, offer.kind) == (wish.country, wish.kind)]
    kind = f"{wish.kind.replace('_', '-')} number in {wish.country}"
    if not offered:
        yield "nothing on offer"
    elif not of_kind:
        yield f"{counted(len(offered))}, none a {kind}"
    elif len(fitting) < len(of_kind):
        able = sorted(
            {name for name in wish.capabilities if any(name not in o.capabilities for o in of_kind)}
        )
        missing = " and ".join(name.upper() for name in able)
        without = f"{len(of_kind) - len(fitting)} of them without" if fitting else "none with"
        yield f"{counted(len(of_kind))}, {without} {missing} by the carrier's own word"


def counted(offers: int) -> str:
    """So many offers."""
    return "1 offer" if offers == 1 else f"{offers} offers"


def fits(offer: Offer, wish: Wish) -> bool:
    """Whether an offer is what was asked for: carriers don't filter by everything."""
    return (
        offer.country == wish.country and offer.kind == wish.kind and offer.capabilities >= wish.capabilities
    )


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
