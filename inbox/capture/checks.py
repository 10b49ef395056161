"""What every carrier checks in what a program sends: numbers, senders and addresses."""

from urllib.parse import urlsplit

from inbox.sandbox.messages import LONGEST_URL
from numbers.carriers.toolkit.senders import is_name, is_short_code, parse_e164, takes_names

__all__ = ["is_address", "is_name", "is_short_code", "parse_e164", "read_phone", "takes_names"]


def read_phone(text: str) -> str:
    """The number in E.164, for carriers that take it without its plus, too; empty if it is not possible."""
    written = text if text.startswith("+") else f"+{text}"
    return written if parse_e164(written) else ""


def is_address(text: str) -> bool:
    """Whether it is a web address."""
    try:
        # It raises for brackets that nothing closes
        parts = urlsplit(text)
        return len(text) <= LONGEST_URL and parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False
