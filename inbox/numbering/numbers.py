"""Numbers as the API gives them, and the search for them."""

import re
from typing import Annotated, Any, Literal

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.db.models.functions import Now
from pydantic import Field

from inbox.api.pagination import PageFilter
from inbox.api.principals import Principal
from inbox.api.problems import not_found
from inbox.api.schemas import Country, Moment, Output
from numbers.models import Event, Lease, Number, Rental
from tempsms.lib.money import write_price

Kind = Literal["local", "mobile", "toll_free", "national", "short_code"]
Capability = Literal["sms", "mms", "voice", "fax"]
State = Literal["ordered", "provisioning", "active", "draining", "quarantined", "released", "failed"]
OBSERVED = {
    "any": "received_at",
    "codes": "code_at",
    "short_codes": "short_code_at",
    "names": "name_at",
    "domestic": "domestic_at",
    "abroad": "international_at",
}
"""What a number was seen to receive: the parameter's values, and the columns of `Health`."""
Observable = Literal["any", "codes", "short_codes", "names", "domestic", "abroad"]
_DIGITS = re.compile(r"\+?([0-9]{3,15})")


MaxCost = Annotated[
    str, Field(pattern=r"^[0-9]{1,6}(\.[0-9]{1,4})?$", examples=["2.50"], description="A decimal number")
]


class NumberFilter(PageFilter):
    """What is wanted."""

    country: Country | None = None
    kind: Kind | None = None
    capability: Capability | None = None
    contains: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$", description="Digits in the number")
    observed: Observable | None = Field(
        default=None, description="Only numbers that have received this so far"
    )
    max_monthly_cost: MaxCost | None = Field(default=None, description="Only with a key")
    available: bool | None = Field(default=None, description="Whether it can be rented now")


class Price(Output):
    """An amount of money."""

    amount: str = Field(examples=["1.15"])
    currency: str = Field(examples=["USD"])


class Observed(Output):
    """When a number last received each kind of message, judged by the sender; null: never."""

    any: Moment | None = None
    codes: Moment | None = None
    short_codes: Moment | None = None
    names: Moment | None = None
    domestic: Moment | None = None
    abroad: Moment | None = None


class TimelineEntry(Output):
    """Something that happened to a lease."""

    at: Moment
    event: str = Field(examples=["active"])
    detail: str
    actor: str = Field(examples=["pool"])


class NumberOut(Output):
    """A number; `carrier` and `monthly_cost` are null without a key."""

    number: str = Field(examples=["+15005550006"])
    country: str = Field(examples=["US"])
    kind: str = Field(examples=["local"])
    capabilities: list[str] = Field(examples=[["sms"]])
    public: bool = Field(description="Anyone can read its messages")
    available: bool = Field(description="It can be rented now")
    state: State
    state_since: Moment
    leased_at: Moment | None
    retires_at: Moment | None
    last_message_at: Moment | None
    observed: Observed
    carrier: str | None = Field(examples=["twilio"])
    monthly_cost: Price | None


class NumberDetail(NumberOut):
    """A number with the timeline of its lease, oldest first; empty without a key."""

    timeline: list[TimelineEntry]


class NumberList(Output):
    """Numbers, and the cursor of the next page; null on the last."""

    numbers: list[NumberOut]
    next_cursor: str | None


class CountryOut(Output):
    """A country, and how many numbers it has here."""

    country: str = Field(examples=["GB"])
    name: str = Field(examples=["United Kingdom"])
    dial_code: int = Field(examples=[44])
    numbers: int = Field(examples=[12])


class CountryList(Output):
    """Countries with numbers, by code."""

    countries: list[CountryOut]


def find(principal: Principal, given: str) -> Number:
    """The number that a client names; raises `Problem`."""
    number = by_name(principal.numbers(), given)
    if number is None:
        raise not_found()
    return number


def by_name(numbers: QuerySet[Number], given: str) -> Number | None:
    """The number with these digits, with or without its plus; a short code has none."""
    found = _DIGITS.fullmatch(given)
    return numbers.filter(e164__in=[f"+{found[1]}", found[1]]).first() if found else None


def describable(numbers: QuerySet[Number]) -> QuerySet[Number]:
    """Numbers with all that `describe` needs."""
    held = Rental.objects.filter(number=OuterRef("pk"), cancelled=False, held__contains=Now())
    leases = Lease.objects.filter(state__in=Lease.LIVE).select_related("account")
    return (
        numbers.select_related("health")
        .prefetch_related(Prefetch("leases", queryset=leases, to_attr="live_leases"))
        .annotate(is_held=Exists(held))
        .order_by("pk")
    )


def describe(number: Number, principal: Principal, lease: Lease | None = None) -> dict[str, Any]:
    """What a principal may know about a number."""
    lease = lease or number.live_leases[0]  # type: ignore[attr-defined]
    health = getattr(number, "health", None)
    known = not principal.is_visitor
    return {
        "number": number.e164,
        "country": number.country,
        "kind": number.kind,
        "capabilities": number.capabilities,
        "public": number.public,
        "available": lease.state == Lease.State.ACTIVE and not number.ever_public and not number.is_held,  # type: ignore[attr-defined]
        "state": lease.state,
        "state_since": lease.state_since,
        "leased_at": lease.leased_at,
        "retires_at": lease.retire_at,
        "last_message_at": number.last_message_at,
        "observed": {name: getattr(health, column, None) for name, column in OBSERVED.items()},
        # where a number is from, and what it costs, is for those with a key
        "carrier": lease.account.carrier if known else None,
        "monthly_cost": {"amount": write_price(lease.monthly_cost), "currency": lease.currency}
        if known
        else None,
    }


def describe_whole(number: Number, principal: Principal, lease: Lease | None = None) -> NumberDetail:
    """A number with its timeline."""
    lease = lease or number.live_leases[0]  # type: ignore[attr-defined]
    events = [] if principal.is_visitor else list(Event.objects.filter(lease=lease))
    timeline = [
        {"at": event.at, "event": event.what, "detail": event.detail, "actor": event.actor}
        for event in events
    ]
    return NumberDetail.model_validate({**describe(number, principal, lease), "timeline": timeline})


def select(numbers: QuerySet[Number], wanted: NumberFilter) -> QuerySet[Number]:
    """The `describable` numbers that match; prices are not looked at."""
    if wanted.country:
        numbers = numbers.filter(country=wanted.country)
    if wanted.kind:
        numbers = numbers.filter(kind=wanted.kind)
    if wanted.capability:
        numbers = numbers.filter(capabilities__contains=[wanted.capability])
    if wanted.contains:
        numbers = numbers.filter(e164__contains=wanted.contains)
    if wanted.observed:
        numbers = numbers.filter(**{f"health__{OBSERVED[wanted.observed]}__isnull": False})
    if wanted.available is not None:
        free = Q(is_held=False, ever_public=False, leases__state=Lease.State.ACTIVE)
        numbers = numbers.filter(free) if wanted.available else numbers.exclude(free)
    return numbers
