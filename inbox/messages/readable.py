"""The inboxes that a principal of the API may read now, found by the query that says what exists for it."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import OuterRef, QuerySet, Subquery

from inbox.api.principals import Principal
from inbox.messages.inboxes import Inbox
from numbers.models import Lease, Rental
from tempsms.lib import postgres

Rows = QuerySet[Any, Any]


def find_of_number(principal: Principal, e164: str) -> Inbox | None:
    """Return a number's inbox: that of the principal's own rental of it, or the one on its public page."""
    row = _select_number(principal, e164).first()
    return _choose_inbox(*row) if row else None


def find_of_rental(principal: Principal, rental_id: int) -> Inbox | None:
    """Return the inbox of one of the principal's rentals that runs."""
    row = _select_rental(principal, rental_id).first()
    return Inbox(*row) if row else None


async def find_of_number_async(principal: Principal, e164: str) -> Inbox | None:
    """Return the same on the event loop; raises `postgres.Unavailable`."""
    row = await _fetch_first(_select_number(principal, e164))
    return _choose_inbox(*row) if row else None


async def find_of_rental_async(principal: Principal, rental_id: int) -> Inbox | None:
    """Return the same on the event loop; raises `postgres.Unavailable`."""
    row = await _fetch_first(_select_rental(principal, rental_id))
    return Inbox(*row) if row else None


async def list_all(principal: Principal) -> list[Inbox]:
    """Return every inbox that the principal may read now; raises `postgres.Unavailable`."""
    numbers = principal.readable_numbers()
    rows = await _fetch_all(_with_rental(principal, numbers))
    return [inbox for row in rows if (inbox := _choose_inbox(*row))]


def _select_number(principal: Principal, e164: str) -> Rows:
    return _with_rental(principal, principal.readable_numbers().filter(e164=e164))


def _with_rental(principal: Principal, numbers: Rows) -> Rows:
    mine = _running_rentals(principal).filter(number=OuterRef("pk")).values("pk")[:1]
    found: Rows = numbers.annotate(rental=Subquery(mine)).order_by("pk")
    rows: Rows = found.values_list("pk", "e164", "rental", "public")
    return rows


def _select_rental(principal: Principal, rental_id: int) -> Rows:
    shown: Rows = _running_rentals(principal).filter(pk=rental_id, number__leases__state__in=Lease.SHOWN)
    rows: Rows = shown.order_by("pk").values_list("number_id", "number__e164", "pk")
    return rows


def _running_rentals(principal: Principal) -> Rows:
    return Rental.objects.running().filter(pk__in=principal.rentals().values("pk"))


def _choose_inbox(number_id: int, e164: str, rental_id: int | None, public: bool) -> Inbox | None:
    """A private number that is not rented has no inbox: what comes there is for nobody."""
    return Inbox(number_id, e164, rental_id) if rental_id is not None or public else None


async def _fetch_first(rows: Rows) -> tuple[Any, ...] | None:
    found = await _fetch_all(rows[:1])
    return found[0] if found else None


async def _fetch_all(rows: Rows) -> list[tuple[Any, ...]]:
    """Run a query of the ORM on the loop's own connections."""
    try:
        sql, values = rows.query.sql_with_params()
    except EmptyResultSet:
        return []
    async with postgres.connection() as connection:
        return await (await connection.execute(sql, values)).fetchall()
