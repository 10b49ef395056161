"""Numbers and names as Vonage writes them: without a plus."""

import re
from collections.abc import Collection

from inbox.capture.checks import is_name, is_short_code, read_phone

_DIGITS = re.compile(r"[0-9]{7,15}")


def read_number(text: str) -> str:
    """A number in E.164, or an empty text for what is none; Vonage overlooks a plus and zeros before the number."""
    digits = text.removeprefix("+").removeprefix("00")
    return read_phone(digits) if _DIGITS.fullmatch(digits) else ""


def read_sender(text: str, owned: Collection[str]) -> str:
    """A number in E.164, a short code or a name; an empty text for what cannot send.

    `owned`: the only numbers that may, or any.
    """
    if number := read_number(text):
        return number if not owned or number in owned else ""
    return text if is_short_code(text) or is_name(text) else ""
