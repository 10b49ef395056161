"""`/rentals`: a client's own rentals, and the links to their pages."""

from datetime import timedelta
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpResponse
from ninja import Query, Router, Status

from inbox.api.operations import ApiRequest, needs
from inbox.api.pagination import page
from inbox.api.problems import Code, invalid, not_found
from inbox.api.scopes import Scope
from inbox.numbering import numbers
from inbox.numbering.rentals import (
    LinkList,
    LinkOut,
    RentalChange,
    RentalFilter,
    RentalIn,
    RentalList,
    RentalOut,
    describe,
    describe_link,
    refusal,
)
from numbers import rental_links, rentals
from numbers.models import Rental
from numbers.rentals import Terms

router = Router(tags=["Rentals"])


@router.post("/rentals", response={201: RentalOut}, operation_id="createRental", summary="Rent a number")
@needs(
    Scope.RENTALS,
    once=True,
    problems=[
        Code.NOT_FOUND,
        Code.NO_NUMBERS,
        Code.NOT_FREE,
        Code.NOT_RENTABLE,
        Code.LEASE_ENDS,
        Code.BAD_TIME,
    ],
)
def create_rental(request: ApiRequest, wanted: RentalIn) -> Status[RentalOut]:
    """Rent a number privately: the one named, or any free one of a country, kind and capabilities.

    Its messages belong to the rental until it ends, and nobody else gets the number until its cool-down is over.
    Parallel requests get different numbers, or `no_numbers`.
    """
    try:
        rental = _start_rental(request, wanted)
        link = _make_link(request, rental) if wanted.link else None
    except rentals.RentalRefused as error:
        raise refusal(error) from None
    return Status(201, describe(rental, rentals.now(), link))


def _start_rental(request: ApiRequest, wanted: RentalIn) -> Rental:
    """Start the rental; raises `Problem` and `RentalRefused`."""
    principal = request.principal
    terms = Terms(
        principal.name,
        timedelta(seconds=wanted.seconds),
        timedelta(seconds=wanted.cool_down),
        owner=principal.owner,
        purpose=wanted.purpose,
    )
    if wanted.number is not None:
        if wanted.country or wanted.kind or wanted.capabilities:
            raise invalid("number", "cannot be given together with country, kind or capabilities")
        return rentals.start(numbers.find(principal, wanted.number), terms, begins_at=wanted.begins_at)
    if wanted.begins_at is not None:
        raise invalid("begins_at", "can only be given together with number")
    return rentals.start_any(
        wanted.country or "",
        wanted.kind or "",
        terms,
        capabilities=wanted.capabilities,
        among=principal.bound_to,
    )


@router.get("/rentals", response=RentalList, operation_id="listRentals", summary="List rentals")
@needs(Scope.RENTALS)
def list_rentals(request: ApiRequest, wanted: Annotated[RentalFilter, Query()]) -> RentalList:
    """The rentals that this key made, the newest first."""
    found: QuerySet[Rental] = request.principal.rentals()
    if wanted.state:
        found = request.principal.rentals().with_state().filter(state=wanted.state)
    found = found.select_related("number")
    if wanted.number:
        found = found.filter(number__e164=wanted.number)
    rows, following = page(found, wanted.cursor, wanted.limit, newest_first=True)
    now = rentals.now()
    return RentalList(rentals=[describe(rental, now) for rental in rows], next_cursor=following)


@router.get("/rentals/{rental_id}", response=RentalOut, operation_id="getRental", summary="Read a rental")
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND])
def get_rental(request: ApiRequest, rental_id: str) -> RentalOut:
    """One rental that this key made."""
    return describe(_find_rental(request, rental_id), rentals.now())


@router.patch(
    "/rentals/{rental_id}", response=RentalOut, operation_id="extendRental", summary="Extend a rental"
)
@needs(
    Scope.RENTALS,
    problems=[Code.NOT_FOUND, Code.NOT_FREE, Code.NOT_RENTABLE, Code.LEASE_ENDS, Code.BAD_TIME, Code.OVER],
)
def extend_rental(request: ApiRequest, rental_id: str, change: RentalChange) -> RentalOut:
    """Have a rental end later. To end it earlier, delete it."""
    rental = _find_rental(request, rental_id)
    if change.ends_at == rental.during.upper:
        return describe(rental, rentals.now())
    try:
        return describe(rentals.extend(rental, change.ends_at), rentals.now())
    except rentals.RentalRefused as error:
        raise refusal(error) from None


@router.delete("/rentals/{rental_id}", response=RentalOut, operation_id="endRental", summary="End a rental")
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND])
def end_rental(request: ApiRequest, rental_id: str) -> RentalOut:
    """End a rental now, or cancel it before it has begun. Ending it again changes nothing."""
    rental = _find_rental(request, rental_id)
    try:
        rental = rentals.end(rental)
    except rentals.Over:
        # it has ended meanwhile, which is what was asked for
        rental.refresh_from_db()
    return describe(rental, rentals.now())


@router.post(
    "/rentals/{rental_id}/links",
    response={201: LinkOut},
    operation_id="createRentalLink",
    summary="Create a link to a rental's page",
)
@needs(Scope.RENTALS, once=True, problems=[Code.NOT_FOUND, Code.OVER])
def create_link(request: ApiRequest, rental_id: str) -> Status[LinkOut]:
    """Whoever has the link can read the rental's messages until it ends. The address is given once."""
    try:
        return Status(201, _make_link(request, _find_rental(request, rental_id)))
    except rentals.RentalRefused as error:
        raise refusal(error) from None


@router.get(
    "/rentals/{rental_id}/links",
    response=LinkList,
    operation_id="listRentalLinks",
    summary="List a rental's links",
)
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND])
def list_links(request: ApiRequest, rental_id: str) -> LinkList:
    """All links to a rental's page, revoked ones too, without their addresses."""
    links = _find_rental(request, rental_id).links.order_by("pk")
    return LinkList(links=[describe_link(link) for link in links])


@router.delete(
    "/rentals/{rental_id}/links/{link_id}",
    response={204: None},
    operation_id="revokeRentalLink",
    summary="Revoke a link",
)
@needs(Scope.RENTALS, problems=[Code.NOT_FOUND])
def revoke_link(request: ApiRequest, rental_id: str, link_id: str) -> HttpResponse:
    """The link stops working at once, also on pages that are open. Revoking it again changes nothing."""
    link = _find_rental(request, rental_id).links.filter(pk=_read_id(link_id)).first()
    if link is None:
        raise not_found()
    rental_links.revoke(link)
    return HttpResponse(status=204)


def _make_link(request: ApiRequest, rental: Rental) -> LinkOut:
    link, address = rental_links.make(rental, request.principal.name)
    return describe_link(link, address)


def _find_rental(request: ApiRequest, given: str) -> Rental:
    """A rental of the client; raises `Problem`."""
    found = request.principal.rentals().select_related("number").filter(pk=_read_id(given)).first()
    if found is None:
        raise not_found()
    return found


def _read_id(given: str) -> int:
    """An id from an address; 0 is nobody's."""
    # Every number of 18 digits fits into PostgreSQL's bigint
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else 0
