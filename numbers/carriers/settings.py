"""Settings of accounts, and what they must look like to have a chance to work.

Each check takes a value and returns what is wrong, or "". Only what could never work is refused: carriers change
lengths and prefixes, and test accounts have short secrets.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Check = Callable[[str], str]

LONGEST = 2048


def anything(value: str) -> str:
    """Text that can be typed: passwords may contain spaces, but nothing invisible."""
    if len(value) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    return "" if value.isprintable() else "it contains invisible characters"


def token(value: str) -> str:
    """One word of ASCII, as carriers' keys and tokens are."""
    if not value.isascii() or len(value.split()) != 1:
        return "it must not contain spaces or characters outside ASCII"
    return anything(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """One secret or setting of an account at a carrier, with a line of help."""

    name: str
    help: str
    check: Check = token
    """Says what is wrong with a value that cannot work; an empty text if nothing is."""
    usual: Check = anything
    """Says what is unusual about a value that may still work; an empty text if nothing is."""
    needed: bool = True


def optional(name: str, help: str, check: Check = token, usual: Check = anything) -> Setting:
    """An optional setting."""
    return Setting(name, help, check, usual, needed=False)


def written(pattern: str, like: str) -> Check:
    """A check for values that match a whole pattern, explained by what they look like."""
    compiled = re.compile(pattern)
    return lambda value: "" if compiled.fullmatch(value) else f"it should look like {like}"


def one_of(names: Iterable[str], *, any_case: bool = False) -> Check:
    """A check for one of some words."""
    known = sorted(names)
    problem = f"it must be one of {', '.join(known)}"
    return lambda value: "" if (value.lower() if any_case else value) in known else problem


def address(value: str) -> str:
    """An http or https address without a query."""
    try:
        parts = urlsplit(value)
        usable = (
            parts.scheme in ("http", "https") and parts.hostname and not parts.query and not parts.fragment
        )
        _ = parts.port
    except ValueError:
        usable = False
    return "" if usable and not re.search(r"\s", value) else "it must be an address like https://host:1401"


def price(value: str) -> str:
    """A monthly price."""
    return (
        "" if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,4})?", value, re.ASCII) else "it must be a price like 1.50"
    )


def number(at_most: float) -> Check:
    """A check for numbers from 0 on."""

    def check(value: str) -> str:
        try:
            fits = 0 <= float(value) <= at_most
        except ValueError:
            fits = False
        return "" if fits else f"it must be a number from 0 to {at_most:g}"

    return check


def base64_key(size: int) -> Check:
    """A check for a key of so many bytes in base64."""

    def check(value: str) -> str:
        raw = decoded(value)
        if raw is None or len(raw) != size:
            return f"it must be a key of {size} bytes in base64"
        return ""

    return check


def decoded(value: str) -> bytes | None:
    """The bytes of a base64 text, padded or not; None if it is not base64."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


currency = written("[A-Z]{3}", "EUR")
