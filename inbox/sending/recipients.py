"""Whom a message may be sent to."""

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumberType

from inbox.api.problems import Code, Problem, invalid
from inbox.sending import opt_outs

# The sender pays for these, and their owner earns: what SMS pumping lives on
_DEAR = {
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.UAN: "a company's shared number",
}
_MUTE = {
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}


def find_country(e164: str) -> str:
    """The country of a number, as ISO 3166-1 alpha-2; empty for numbers of none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(e164)) or ""
    except phonenumbers.NumberParseException:
        return ""


def check(e164: str, *, real: bool) -> None:
    """Raise `Problem` unless messages may go to a number; with `real`, it must be one that is given out."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise invalid("to", "has a country code that does not exist") from None
    if not phonenumbers.is_possible_number(number) or (real and not phonenumbers.is_valid_number(number)):
        raise invalid("to", "is not a number that exists")
    kind = phonenumbers.number_type(number)
    if kind in _MUTE:
        raise invalid("to", f"is {_MUTE[kind]}, which receives no messages")
    if kind in _DEAR and not settings.SEND_TO_PREMIUM:
        raise invalid("to", f"is {_DEAR[kind]}, to which nothing is sent")
    if opt_outs.find([e164]):
        raise Problem(Code.OPTED_OUT)
