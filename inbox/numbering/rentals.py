"""Rentals as the API gives them, and what their refusals are called there."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from inbox.api.pagination import PageFilter
from inbox.api.problems import Code, Problem
from inbox.api.schemas import Country, Input, Moment, OurNumber, Output
from inbox.numbering.numbers import Capability, Kind
from numbers import rentals
from numbers.models import Rental, RentalLink
from numbers.models.rental import COOL_DOWN

DAY = 86_400
State = Literal["booked", "running", "ended", "cancelled"]
PROBLEMS = {
    rentals.NotRentable: Code.NOT_RENTABLE,
    rentals.NotFree: Code.NOT_FREE,
    rentals.NoneFree: Code.NO_NUMBERS,
    rentals.LeaseEnds: Code.LEASE_ENDS,
    rentals.BadTime: Code.BAD_TIME,
    rentals.Over: Code.OVER,
}


class RentalIn(Input):
    """What to rent: a `number`, or any of a country, kind and capabilities."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"country": "GB", "purpose": "sign-up test 17", "seconds": 1800}]}
    )

    number: OurNumber | None = None
    country: Country | None = None
    kind: Kind | None = None
    capabilities: list[Capability] = Field(default=[], max_length=4, examples=[["sms"]])
    purpose: str = Field(default="", max_length=120, examples=["sign-up test 17"])
    seconds: int = Field(
        default=3600, ge=60, le=366 * DAY, description="How long it lasts, in seconds", examples=[1800]
    )
    begins_at: Moment | None = Field(
        default=None, description="Only with `number`; default: now", examples=[None]
    )
    cool_down: int = Field(
        default=int(COOL_DOWN.total_seconds()),
        ge=0,
        le=366 * DAY,
        description="Seconds afterwards in which nobody can rent it",
    )
    link: bool = Field(default=False, description="Create a link to its page, too")


class RentalFilter(PageFilter):
    """Which rentals are wanted."""

    state: State | None = None
    number: OurNumber | None = None


class RentalChange(Input):
    """The new end; it must be later than the current one."""

    ends_at: Moment = Field(examples=["2027-01-31T12:00:00Z"])


class LinkOut(Output):
    """A link to a rental's page; its `url` is given once, when it is made."""

    id: int
    url: str | None = None
    created_at: Moment
    revoked_at: Moment | None = None


class LinkList(Output):
    """The links of a rental."""

    links: list[LinkOut]


class RentalOut(Output):
    """A rental."""

    id: int
    number: str = Field(examples=["+15005550006"])
    country: str = Field(examples=["US"])
    kind: str = Field(examples=["local"])
    purpose: str
    state: State
    begins_at: Moment
    ends_at: Moment
    created_at: Moment
    link: LinkOut | None = Field(default=None, description="Only in the answer to its creation")


class RentalList(Output):
    """Rentals, the newest first, and the cursor of the next page; null on the last."""

    rentals: list[RentalOut]
    next_cursor: str | None


def refusal(error: rentals.RentalRefused) -> Problem:
    """The API's error for a refusal."""
    return Problem(PROBLEMS[type(error)], str(error))


def describe(rental: Rental, now: datetime, link: LinkOut | None = None) -> RentalOut:
    """A rental as it is at a time of the database's clock."""
    return RentalOut(
        id=rental.pk,
        number=rental.number.e164,
        country=rental.number.country,
        kind=rental.number.kind,
        purpose=rental.purpose,
        state=_find_state(rental, now),
        begins_at=rental.during.lower,
        ends_at=rental.during.upper,
        created_at=rental.created_at,
        link=link,
    )


def describe_link(link: RentalLink, url: str | None = None) -> LinkOut:
    """A link; its address only when it has just been made."""
    return LinkOut(id=link.pk, url=url, created_at=link.created_at, revoked_at=link.revoked_at)


def _find_state(rental: Rental, now: datetime) -> Any:
    if rental.cancelled:
        return "cancelled"
    if rental.during.lower > now:
        return "booked"
    return "running" if rental.during.upper > now else "ended"
