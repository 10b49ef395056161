"""The inboxes that a principal of the API may read now, found by the query that says what exists for it.

The ORM takes three milliseconds to write that query, ten times as long as PostgreSQL takes to answer it, and every list
and every wait asks it: so it is written once for each principal, with a placeholder for the name that is asked for.
"""

from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from inbox.api.principals import Principal
from inbox.messages.inboxes import Inbox
from numbers.models import Lease, Rental
from tempsms.lib import postgres

Rows = QuerySet[Any, Any]
Query = tuple[str, tuple[Any, ...]]
_ANY_NAME, _ANY_ID = "any number", -1
"""What stands for the name, or the id, in a query that is kept."""
_KEPT = 1024
"""Queries of principals that are kept, of some 3 kB each."""


def find_of_number(principal: Principal, e164: str) -> Inbox | None:
    """Return a number's inbox: that of the principal's own rental of it, or the one on its public page."""
    row = _fetch_first(_fill_in(_write_number_query(principal), _ANY_NAME, e164))
    return _choose_inbox(*row) if row else None


def find_of_rental(principal: Principal, rental_id: int) -> Inbox | None:
    """Return the inbox of one of the principal's rentals that runs."""
    row = _fetch_first(_fill_in(_write_rental_query(principal), _ANY_ID, rental_id))
    return Inbox(*row) if row else None


async def find_of_number_async(principal: Principal, e164: str) -> Inbox | None:
    """Return the same on the event loop; raises `postgres.Unavailable`."""
    row = await _fetch_first_async(_fill_in(_write_number_query(principal), _ANY_NAME, e164))
    return _choose_inbox(*row) if row else None


async def find_of_rental_async(principal: Principal, rental_id: int) -> Inbox | None:
    """Return the same on the event loop; raises `postgres.Unavailable`."""
    row = await _fetch_first_async(_fill_in(_write_rental_query(principal), _ANY_ID, rental_id))
    return Inbox(*row) if row else None


async def list_all(principal: Principal) -> list[Inbox]:
    """Return every inbox that the principal may read now; raises `postgres.Unavailable`."""
    numbers = principal.readable_numbers()
    rows = await _fetch_all(_write_query(_with_rental(principal, numbers)))
    return [inbox for row in rows if (inbox := _choose_inbox(*row))]


@lru_cache(_KEPT)
def _write_number_query(principal: Principal) -> Query | None:
    """The query for a number's inbox; None where nothing can exist for the principal."""
    return _write_query(_with_rental(principal, principal.readable_numbers().filter(e164=_ANY_NAME))[:1])


@lru_cache(_KEPT)
def _write_rental_query(principal: Principal) -> Query | None:
    """The query for a rental's inbox; None where nothing can exist for the principal."""
    return _write_query(_select_rental(principal, _ANY_ID)[:1])


def _write_query(rows: Rows) -> Query | None:
    try:
        query: Query = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return query


def _fill_in(query: Query | None, placeholder: object, given: object) -> Query | None:
    """A kept query with what is asked for."""
    return query and (query[0], tuple(given if value == placeholder else value for value in query[1]))


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


def _fetch_first(query: Query | None) -> tuple[Any, ...] | None:
    if query is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(*query)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row


async def _fetch_first_async(query: Query | None) -> tuple[Any, ...] | None:
    return next(iter(await _fetch_all(query)), None)


async def _fetch_all(query: Query | None) -> list[tuple[Any, ...]]:
    """Run a query of the ORM on the loop's own connections."""
    if query is None:
        return []
    async with postgres.connection() as asynchronous:
        return await (await asynchronous.execute(*query)).fetchall()
