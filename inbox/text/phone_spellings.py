"""The ways in which one phone number is written.

With or without country code, after any country's prefixes, in any script's digits and with whatever between them.
Mexico, Argentina and Brazil write their mobile numbers in two forms each (ITU-T E.129 notifications of the three).
"""

import re
import sys
import unicodedata
from collections.abc import Iterator

import phonenumbers

SHORTEST = 7
"""The least digits of a national number that distinguish it from other numbers."""

_GAP = r"[\W_]{0,3}"
_INTERNATIONAL_PREFIXES = ("00", "011", "0011", "010", "009", "810")
_TRUNK_PREFIXES = {"MX": ("01", "044", "045")}  # in addition to 0 and what the metadata has


def _spell_digits() -> list[str]:
    """The decimal digits of all scripts by value, ASCII's first."""
    found = [""] * 10
    for char in map(chr, range(sys.maxunicode + 1)):
        if char.isdecimal():
            found[unicodedata.decimal(char)] += char
    return found


DIGITS = _spell_digits()
FOREIGN_DIGITS = "".join(digits[1:] for digits in DIGITS)
"""Every decimal digit that is not ASCII."""
PLAIN_DIGITS = "".join(str(value) * (len(digits) - 1) for value, digits in enumerate(DIGITS))
"""The ASCII digit for each of `FOREIGN_DIGITS`, in the same order."""
_TO_PLAIN = str.maketrans(FOREIGN_DIGITS, PLAIN_DIGITS)


def to_plain_digits(text: str) -> str:
    """Return the text with digits of all scripts as ASCII."""
    return text if text.isascii() else text.translate(_TO_PLAIN)


class Spellings:
    """All spellings of one number."""

    def __init__(self, number: phonenumbers.PhoneNumber) -> None:
        national = list(dict.fromkeys(_national_forms(number)))
        self.tail = min(national, key=len)[-SHORTEST:]
        """The last digits, which all spellings share."""
        self.pattern = re.compile(rf"(?<!\d)(?:{'|'.join(_add_prefixes(number, national))})(?!\d)")


def _add_prefixes(number: phonenumbers.PhoneNumber, national: list[str]) -> Iterator[str]:
    code = number.country_code or 0
    region = phonenumbers.region_code_for_country_code(code)
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    trunk = {"0", (metadata and metadata.national_prefix) or "0", *_TRUNK_PREFIXES.get(region, ())}
    country = _allow_gaps(str(code))
    # +44 (0)7700 ...: a trunk 0 that callers from abroad leave out
    abroad = rf"(?:(?:\+|{_match_any(_INTERNATIONAL_PREFIXES)}){_GAP})?{country}{_GAP}(?:{_allow_gaps('0')}{_GAP})?"
    at_home = rf"{_match_any(sorted(trunk))}{_GAP}"
    for form in national:
        yield rf"(?:{abroad}|{at_home})?{_allow_gaps(form)}"


def _match_any(prefixes: tuple[str, ...] | list[str]) -> str:
    return f"(?:{'|'.join(map(_allow_gaps, prefixes))})"


def _allow_gaps(digits: str) -> str:
    """A pattern of these digits, in any script, with gaps between them."""
    return _GAP.join(f"[{DIGITS[int(digit)]}]" for digit in digits)


def _national_forms(number: phonenumbers.PhoneNumber) -> Iterator[str]:
    """Return the national number in all its forms, the shortest one included."""
    national = phonenumbers.national_significant_number(number)
    yield national
    if number.country_code == 52:  # a 1 preceded mobile numbers until 2019
        bare = national[1:] if len(national) == 11 and national.startswith("1") else national
        yield from (bare, f"1{bare}")
    elif number.country_code == 54:  # 9 in front from abroad, 15 behind the area code at home
        bare = national[1:] if len(national) == 11 and national.startswith("9") else national
        area = _length_of_area(bare)
        yield from (bare, f"9{bare}", f"{bare[:area]}15{bare[area:]}")
    elif number.country_code == 55:  # 9 in front of mobile subscribers since 2016
        if len(national) == 11 and national[2] == "9":
            yield national[:2] + national[3:]
        elif len(national) == 10 and national[2] in "6789":
            yield f"{national[:2]}9{national[2:]}"


def _length_of_area(argentine: str) -> int:
    fixed = phonenumbers.PhoneNumber(country_code=54, national_number=int(argentine))
    return phonenumbers.length_of_geographical_area_code(fixed) or 2
