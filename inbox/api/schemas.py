"""What requests and answers are made of: base classes, and types that several features use."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

_LONGEST_SHORT_CODE = 8


class Input(BaseModel):
    """A request's body: unknown fields are errors, and "5" is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Filter(BaseModel):
    """The parameters of a query, which are text: "5" is a number here. Taken as `Annotated[MyFilter, Query()]`."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """An answer, or a part of one; also made from an object with these attributes."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


def _refuse_other_than_text(value: Any) -> Any:
    if not isinstance(value, str | datetime):
        raise ValueError("must be a time like 2026-01-31T12:00:00Z")
    return value


def _require_zone(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must have a time zone, like 2026-01-31T12:00:00Z")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("must be a time like 2026-01-31T12:00:00Z") from None


def _write_moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    Field(strict=False),
    BeforeValidator(_refuse_other_than_text),
    AfterValidator(_require_zone),
    PlainSerializer(_write_moment, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A time in RFC 3339 with a zone; answers have it in UTC."""

E164 = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{2,14}$", examples=["+15005550006"])]
"""A phone number with its plus."""


def _add_plus(digits: str) -> str:
    """A number of ours as its row has it: short codes have no plus, and at most 8 digits."""
    return digits if digits.startswith("+") or len(digits) <= _LONGEST_SHORT_CODE else f"+{digits}"


OurNumber = Annotated[
    str,
    AfterValidator(_add_plus),
    Field(pattern=r"^\+?[0-9]{3,15}$", examples=["+15005550006"]),
]
"""The name of a number that is here: with its plus or without, or a short code."""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["GB"])]
"""ISO 3166-1 alpha-2."""
