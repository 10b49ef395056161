"""`/countries`, `/numbers` and `/offers`."""

from decimal import Decimal
from typing import Annotated, Any

from django.db.models import Count
from ninja import Query, Router, Status

from inbox.api.operations import ApiRequest, needs
from inbox.api.pagination import page
from inbox.api.problems import Code, Problem, not_found
from inbox.api.scopes import Scope
from inbox.api.threads import in_slow_thread
from inbox.numbering import leasing, numbers
from inbox.numbering.numbers import (
    CountryList,
    CountryOut,
    NumberDetail,
    NumberList,
    NumberOut,
)
from inbox.numbering.offers import OfferFilter, OfferList
from numbers import pool
from numbers.countries import names
from numbers.models import Lease, Number

router = Router(tags=["Numbers"])


@router.get("/countries", response=CountryList, operation_id="listCountries", summary="List countries")
@needs(Scope.NUMBERS_READ, visitors=True)
def list_countries(request: ApiRequest) -> CountryList:
    """The countries of the numbers that you can see, and how many there are of each."""
    # By the country alone: Django groups by whatever rows are ordered by
    found = request.principal.numbers().order_by("country").values_list("country")
    counted = found.annotate(Count("pk", distinct=True))
    return CountryList(countries=[_describe_country(iso2, count) for iso2, count in counted])


def _describe_country(iso2: str, count: int) -> CountryOut:
    name, dial_code = names(iso2)
    return CountryOut(country=iso2, name=name, dial_code=dial_code, numbers=count)


@router.get("/numbers", response=NumberList, operation_id="listNumbers", summary="Search numbers")
@needs(Scope.NUMBERS_READ, visitors=True)
def list_numbers(request: ApiRequest, wanted: Annotated[numbers.NumberFilter, Query()]) -> NumberList:
    """The numbers that you can see: without a key those with public pages, with one those of the pool as well."""
    found = numbers.describable(request.principal.numbers())
    most = wanted.max_monthly_cost
    # Visitors are not told what numbers cost, so they cannot find it out by searching either
    if most is not None and not request.principal.is_visitor:
        found = found.filter(
            leases__in=Lease.objects.filter(state__in=Lease.LIVE, monthly_cost__lte=Decimal(most))
        )
    rows, following = page(numbers.select(found, wanted), wanted.cursor, wanted.limit)
    shown = [NumberOut.model_validate(numbers.describe(number, request.principal)) for number in rows]
    return NumberList(numbers=shown, next_cursor=following)


@router.post(
    "/numbers",
    response={202: NumberDetail},
    operation_id="leaseNumber",
    summary="Lease a number from a carrier",
)
@needs(Scope.NUMBERS_LEASE, once=True, problems=leasing.PROBLEMS)
def lease_number(request: ApiRequest, wanted: leasing.LeaseIn) -> Status[NumberDetail]:
    """Order a number: the one named, or the cheapest that matches. It costs money.

    The answer comes before the carrier's: read the number until its `state` is `active` or `failed`. Nothing is ordered
    beyond `max_monthly_cost`, what this key may spend in a month, or the ceiling of the account at the carrier.
    """
    lease = leasing.order(wanted, request.principal)
    return Status(202, _read_whole(lease, request))


@router.get(
    "/numbers/{number}",
    response=NumberDetail,
    operation_id="getNumber",
    summary="Read a number and its timeline",
)
@needs(Scope.NUMBERS_READ, visitors=True, problems=[Code.NOT_FOUND])
def get_number(request: ApiRequest, number: str) -> NumberDetail:
    """A number, with the state of its lease and what happened to it.

    A key that may lease numbers can read those that are released or failed, too.
    """
    return _read_whole(_find_lease(request, number), request)


@router.delete(
    "/numbers/{number}", response=NumberDetail, operation_id="retireNumber", summary="Retire a number"
)
@needs(Scope.NUMBERS_LEASE, problems=[Code.NOT_FOUND, Code.NOT_ACTIVE])
def retire_number(request: ApiRequest, number: str) -> NumberDetail:
    """Take a number out of use. It is not rented any more, rentals of it run to their end, and it is released a while
    later; until then it is paid for. Retiring it again changes nothing.
    """
    lease = _find_lease(request, number)
    if not pool.retire(lease, "by the API", request.principal.name[:40]) and lease.state in pool.HOLDING:
        raise Problem(Code.NOT_ACTIVE, f"it is {lease.state}")
    return _read_whole(lease, request)


def _find_lease(request: ApiRequest, given: str) -> Lease:
    """The newest lease of a number; raises `Problem`."""
    principal = request.principal
    visible = principal.numbers()
    if Scope.NUMBERS_LEASE in principal.scopes:
        visible = principal.past_numbers()
    found = numbers.by_name(visible, given)
    lease = found and found.leases.select_related("account").order_by("-pk").first()
    if not lease:
        raise not_found()
    return lease


def _read_whole(lease: Lease, request: ApiRequest) -> NumberDetail:
    lease.refresh_from_db()
    number = numbers.describable(Number.objects.filter(pk=lease.number_id)).get()
    return numbers.describe_whole(number, request.principal, lease)


@router.get("/offers", response=OfferList, operation_id="listOffers", summary="See what carriers offer")
@needs(Scope.NUMBERS_LEASE)
async def list_offers(request: ApiRequest, wanted: Annotated[OfferFilter, Query()]) -> Any:
    """What carriers would lease to us now, the cheapest first; `reasons` say why there is not more."""
    # Carriers take seconds to answer, for which no other request must wait
    return await in_slow_thread(wanted.find)
