"""Finds what carriers would lease to us for a target now, and why it is less than wanted."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from numbers import carriers, placeholders
from numbers.carriers.errors import CallFailed, CarrierError
from numbers.carriers.leasing import Kind, NumberQuery, Offer
from numbers.models import Account, Intent, PoolTarget
from tempsms.lib.vault import Unsealable

logger = logging.getLogger(__name__)

RETRY_AFTER = timedelta(days=1)  # after a carrier's refusal
MOST_REFUSALS = 10  # refusals in a row after which an account is paused
PAUSE = timedelta(minutes=10)


@dataclass
class OfferList:
    """Matching offers with the ids of their accounts, cheapest first; and why there are not more of them."""

    offers: list[tuple[int, Offer]] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


def find(target: PoolTarget) -> OfferList:
    """Ask every account that the target may use. Carriers' errors become reasons."""
    wanted = NumberQuery(
        target.country, Kind(target.kind), frozenset(target.capabilities), limit=20 + target.count
    )
    found = search(wanted, target.account)
    # A blind offer names no number and can be taken as often as wanted
    found.offers = [pair for pair in found.offers for _ in range(target.count if pair[1].blind else 1)]
    return found


def search(wanted: NumberQuery, account: Account | None = None) -> OfferList:
    """Ask one account, or all that are enabled. Carriers' errors become reasons."""
    accounts = [account] if account else list(Account.objects.enabled())
    found = OfferList(reasons=[] if accounts else ["no account is enabled: add an account at a carrier"])
    for asked in accounts:
        offers, reasons = _ask_account(asked, wanted)
        found.reasons += [f"{asked}: {reason}" for reason in reasons]
        found.offers += [(asked.pk, offer) for offer in offers]
    found.offers.sort(key=lambda pair: (pair[1].monthly_cost + pair[1].setup_cost, pair[1].e164))
    return found


def _ask_account(account: Account, wanted: NumberQuery) -> tuple[list[Offer], list[str]]:
    """Matching offers of one account that were not refused recently, and why there are not more."""
    if not account.enabled:
        return [], ["the account is disabled"]
    refused = _find_refusals(account, wanted)
    reasons = [f"{e164 or 'any number'}: {why}" for e164, why in refused.items()]
    if _is_refusing(account):
        minutes = PAUSE // timedelta(minutes=1)
        return [], [
            *reasons,
            f"the last {MOST_REFUSALS} purchases were refused: pausing for {minutes} minutes",
        ]
    try:
        with carriers.connect(account.carrier, account.secrets) as api:
            offered = list(api.search(wanted))
    except CarrierError as error:
        return [], [*reasons, explain(account, error)]
    except Unsealable as error:
        return [], [*reasons, f"the account's settings are unreadable: {error}"]
    # A newer version of the product may have added the account, at a carrier that this version does not know
    except KeyError:
        return [], [*reasons, f"there is no carrier {account.carrier!r}"]
    fitting = [offer for offer in offered if fits(offer, wanted)]
    reasons += _explain_shortfall(offered, fitting, wanted)
    return [offer for offer in fitting if offer.e164 not in refused], reasons


def explain(account: Account, error: CarrierError) -> str:
    """A carrier's error as text for an operator: says whether the account's settings are at fault."""
    if not isinstance(error, CallFailed):
        return str(error)
    logger.warning("%s: %s", account, error)
    return f"login or settings refused: {error}" if error.fault == "account" else str(error)


def _explain_shortfall(offered: list[Offer], fitting: list[Offer], wanted: NumberQuery) -> Iterator[str]:
    """Why offers do not match: carriers do not filter by everything, but report each number's capabilities."""
    of_kind = [offer for offer in offered if (offer.country, offer.kind) == (wanted.country, wanted.kind)]
    kind = f"{wanted.kind.replace('_', '-')} number in {wanted.country}"
    if not offered:
        yield "no offers"
    elif not of_kind:
        yield f"{write_count(len(offered))}, but no {kind}"
    elif len(fitting) < len(of_kind):
        able = sorted(
            {name for name in wanted.capabilities if any(name not in o.capabilities for o in of_kind)}
        )
        missing = " and ".join(name.upper() for name in able)
        without = f"{len(of_kind) - len(fitting)} of them without" if fitting else "none with"
        yield f"{write_count(len(of_kind))}, {without} {missing} according to the carrier"


def write_count(offers: int) -> str:
    """The number of offers with its noun."""
    return "1 offer" if offers == 1 else f"{offers} offers"


def fits(offer: Offer, wanted: NumberQuery) -> bool:
    """Whether an offer matches what was asked for: carriers do not filter by everything."""
    return (
        offer.country == wanted.country
        and offer.kind == wanted.kind
        and offer.capabilities >= wanted.capabilities
        and wanted.contains in offer.e164
    )


def _find_refusals(account: Account, wanted: NumberQuery) -> dict[str, str]:
    """Numbers whose purchase was refused recently, and why: they are not retried immediately.

    The key "" has the reason why no number of the carrier's choice could be bought.
    """
    since = timezone.now() - RETRY_AFTER
    refused = Intent.objects.filter(
        lease__account=account,
        effect=Intent.Effect.BUY,
        state=Intent.State.REFUSED,
        settled_at__gte=since,
    ).exclude(placeholders.STANDS_IN)
    # Ordered by time, so that the latest refusal of a number is the one shown
    found = dict(refused.order_by("settled_at").values_list("lease__number__e164", "problem"))
    why = placeholders.last_refusal(account, wanted.country, wanted.kind, since)
    return {**found, "": why} if why else found


def _is_refusing(account: Account) -> bool:
    """Whether all of an account's last purchases were refused, the latest of them recently."""
    bought = Intent.objects.filter(lease__account=account, effect=Intent.Effect.BUY)
    last = list(bought.filter(settled_at__isnull=False).order_by("-settled_at")[:MOST_REFUSALS])
    recently = bought.filter(settled_at__gt=timezone.now() - PAUSE).exists()
    return recently and [intent.state for intent in last] == [Intent.State.REFUSED] * MOST_REFUSALS
