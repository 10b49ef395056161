"""Prices that carriers do not report with what they are of: of numbers, by list; of messages, by what was paid."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from functools import cache, partial

from numbers import accounts, carriers, ledger
from numbers.carriers.errors import CarrierError
from numbers.carriers.leasing import Kind, Owned
from numbers.models import Account, Canary, Lease

logger = logging.getLogger(__name__)


def with_list_prices(account: Account, api: carriers.Api, owned: list[Owned]) -> Iterator[Owned]:
    """The numbers, with the list price if the carrier reports none and their cost is not known here."""
    known = account.leases.filter(state__in=Lease.LIVE).exclude(pk__in=ledger.unpriced(account))
    priced = set(known.values_list("number__e164", flat=True))
    # One call for each country and kind in an audit, however many numbers have no price
    ask = cache(partial(_ask_list_price, api))
    for number in owned:
        price = None
        if not number.monthly_cost and number.e164 not in priced:
            # A short code belongs to no numbering plan, so it has no country to ask for
            with suppress(accounts.Invalid):
                price = ask(*accounts.describe(number.e164))
        yield replace(number, monthly_cost=price[0], currency=price[1]) if price else number


def last_paid_for_message(carrier: str, country: str) -> tuple[Decimal, str] | None:
    """What a carrier took for the newest test message, of one segment, to a country; None if there is none."""
    sent = Canary.objects.filter(account__carrier=carrier, number__country=country, price__gt=0)
    return sent.order_by("-sent_at").values_list("price", "currency").first()


def _ask_list_price(api: carriers.Api, country: str, kind: Kind) -> tuple[Decimal, str] | None:
    """The carrier's list price, or None if it does not report one."""
    try:
        return api.list_price(country, kind)
    except CarrierError as error:
        logger.warning(
            "%s did not report a price for %s numbers in %s: %s", api.carrier.title, kind, country, error
        )
        return None
