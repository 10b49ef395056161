"""What every carrier checks in what a program sends: numbers, senders and addresses."""

import re
from urllib.parse import urlsplit

import phonenumbers

from inbox.sandbox.messages import LONGEST_URL

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


def read_phone(text: str) -> str:
    """The number in E.164, for carriers that take it without its plus, too; empty if it is not possible."""
    written = text if text.startswith("+") else f"+{text}"
    return written if parse_e164(written) else ""


def is_short_code(text: str) -> bool:
    """Whether it is a short number, which may only send."""
    return bool(_SHORT_CODE.fullmatch(text))


def is_name(text: str) -> bool:
    """Whether it is an alphanumeric sender."""
    return bool(_NAME.fullmatch(text))


def takes_names(recipient: str) -> bool:
    """Whether a name may send to a number in E.164."""
    parsed = parse_e164(recipient)
    return parsed is None or parsed.country_code not in _WITHOUT_NAMES


def is_address(text: str) -> bool:
    """Whether it is a web address."""
    try:
        parts = urlsplit(text)
        return len(text) <= LONGEST_URL and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
