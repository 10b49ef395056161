"""What can stand as a sender: a number, a short code, or a name."""

import re

import phonenumbers

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# at most eleven characters, a letter among them: 3GPP TS 23.040, 9.1.2.5
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")

_WITHOUT_NAMES = (1,)  # the calling code of the US and Canada, where names cannot send


def parse_e164(text: str) -> phonenumbers.PhoneNumber | None:
    """A number in E.164 that is possible in its country."""
    try:
        parsed = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return None
    written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return parsed if written == text and phonenumbers.is_possible_number(parsed) else None


def is_short_code(text: str) -> bool:
    """Whether it is a short number, which may only send."""
    return bool(_SHORT_CODE.fullmatch(text))


def is_name(text: str) -> bool:
    """Whether it is an alphanumeric sender."""
    return bool(_NAME.fullmatch(text))


def is_sender(text: str) -> bool:
    """Whether it is one of them."""
    return is_name(text) or is_short_code(text) or parse_e164(text) is not None


def takes_names(recipient: str) -> bool:
    """Whether a name may send to a number in E.164."""
    parsed = parse_e164(recipient)
    return parsed is None or parsed.country_code not in _WITHOUT_NAMES
