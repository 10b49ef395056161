"""`/lookup`: what a numbering plan says of a phone number, at once and for nothing."""

from typing import Annotated, Literal

import phonenumbers
from ninja import Path, Router
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from pydantic import Field

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import invalid
from inbox.api.schemas import E164, Output
from inbox.api.scopes import Scope

router = Router(tags=["Lookup"])

Kind = Literal[
    "fixed_line",
    "mobile",
    "fixed_line_or_mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "voip",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
    "unknown",
]
_KINDS: dict[int, Kind] = {
    PhoneNumberType.FIXED_LINE: "fixed_line",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_line_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal_number",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
_NO_ZONE = "Etc/Unknown"


class LookupOut(Output):
    """A number by its numbering plan. Nobody was asked: whether it is in use, and where, this does not say."""

    number: str = Field(examples=["+447400555123"])
    valid: bool = Field(description="Whether it is in a range that is given out")
    possible: bool = Field(description="Whether its length is right")
    country: str | None = Field(examples=["GB"])
    kind: Kind = Field(examples=["mobile"])
    national: str = Field(description="As it is written in its country", examples=["07400 555123"])
    international: str = Field(examples=["+44 7400 555123"])
    carrier: str | None = Field(
        description="Whom the range was given to; where numbers can be taken along, it may be another by now",
        examples=["Three"],
    )
    time_zones: list[str] = Field(examples=[["Europe/London"]])


@router.get("/lookup/{e164}", response=LookupOut, operation_id="lookUpNumber", summary="Look up a number")
@needs(Scope.MESSAGES_SEND)
def look_up(
    request: ApiRequest, e164: Annotated[E164, Path(description="A phone number with its plus")]
) -> LookupOut:
    """What the numbering plans of the world say of a number."""
    # 11 MB, for those who ask
    from phonenumbers import carrier, timezone

    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise invalid("e164", "has a country code that does not exist", "path") from None
    return LookupOut(
        number=e164,
        valid=phonenumbers.is_valid_number(number),
        possible=phonenumbers.is_possible_number(number),
        country=phonenumbers.region_code_for_number(number),
        kind=_KINDS.get(phonenumbers.number_type(number), "unknown"),
        national=phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        international=phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        carrier=carrier.name_for_valid_number(number, "en") or None,
        time_zones=[zone for zone in timezone.time_zones_for_number(number) if zone != _NO_ZONE],
    )
