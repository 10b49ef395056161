"""Placeholders: the numbers of leases whose number the carrier has yet to choose."""

from datetime import datetime, timedelta

from django.db.models import Q

from numbers.models import Account, Intent, Lease, Number
from numbers.models.number import NOBODYS

STANDS_IN = Q(lease__number__e164__startswith=NOBODYS, lease__number__erased_key=None)


def fill(lease: Lease, e164: str) -> Lease | None:
    """Replace a placeholder by the number that the carrier chose; return the lease that holds it. All must be locked.

    That is another lease if an operator has adopted the number meanwhile, and None if the number is leased through
    another account, where the lease must end first.
    """
    stand_in = lease.number
    number = Number.objects.known(
        e164, country=stand_in.country, kind=stand_in.kind, capabilities=stand_in.capabilities
    )
    holder = number.leases.select_for_update(no_key=True).filter(state__in=Lease.LIVE).first()
    if holder is None:
        lease.number = number
        lease.save(update_fields=["number"])
        stand_in.delete()
        return lease
    if holder.account_id != lease.account_id:
        return None
    holder.target = holder.target or lease.target
    holder.setup_cost = lease.setup_cost
    holder.monthly_cost, holder.currency = lease.monthly_cost, lease.currency
    return holder


def is_awaited(account: Account, now: datetime, young: timedelta) -> bool:
    """Whether an unknown number may be one that the carrier has just chosen for us."""
    unsettled = Q(settled_at=None) | Q(settled_at__gte=now - young)
    bought = Intent.objects.filter(STANDS_IN, lease__account=account, effect=Intent.Effect.BUY)
    return bought.filter(unsettled).exists()


def last_refusal(account: Account, country: str, kind: str, since: datetime) -> str:
    """Why the carrier last refused such a number of its choice; empty if it did not."""
    refused = Intent.objects.filter(
        STANDS_IN,
        lease__account=account,
        lease__number__country=country,
        lease__number__kind=kind,
        effect=Intent.Effect.BUY,
        state=Intent.State.REFUSED,
        settled_at__gte=since,
    )
    last = refused.exclude(problem=Intent.NOT_BOUGHT).order_by("-settled_at").first()
    return last.problem if last else ""
