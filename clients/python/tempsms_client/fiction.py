"""Phone numbers for tests that no phone has: regulators keep these ranges for films and examples.

Only those that libphonenumber takes for valid, as the programs under test will.
"""

from collections.abc import Sequence
from hashlib import sha256

from tempsms_client.errors import TempsmsError

_AREAS = (212, 213, 305, 312, 404, 415, 503, 512, 602, 617, 702, 713, 808, 907, 917)
_RANGES: dict[str, tuple[str, ...]] = {
    # https://www.nanpa.com/numbering/555-line-numbers: 555-0100 to 555-0199 of each area
    "US": tuple(f"+1{area}55501{n:02}" for area in _AREAS for n in range(100)),
    # the Swedish Post and Telecom Agency keeps 070-1740605 to 070-1740699
    "SE": tuple(f"+467017406{n:02}" for n in range(5, 100)),
}
FIRST = "US"


class BadCountry(TempsmsError):
    """No numbers of this country are kept for tests."""


def phone_numbers(country: str) -> Sequence[str]:
    """The numbers of a country that can be used; raises `BadCountry`."""
    try:
        return _RANGES[country.upper()]
    except KeyError:
        known = ", ".join(_RANGES)
        raise BadCountry(f"no numbers of {country!r} are kept for tests: use one of {known}") from None


def place_of(run: str) -> int:
    """Where a run of tests begins in a range: runs at the same time begin at different places."""
    return int.from_bytes(sha256(run.encode()).digest()[:6])
