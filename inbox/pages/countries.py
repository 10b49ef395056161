"""Countries as pages show them: name, dial code.

Names come from CLDR through Babel: phonenumbers' own geocoder knows them too, but importing it takes 4 s and 190 MB.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from babel import Locale


@dataclass(frozen=True, slots=True)
class Country:
    """A country by ISO 3166-1 alpha-2; `known` is false when no numbering plan has it."""

    iso2: str
    name: str
    dial_code: int
    known: bool

    @property
    def slug(self) -> str:
        """The country as it is in addresses."""
        return self.iso2.lower()

    @property
    def alphabetical(self) -> str:
        """The key by which countries are sorted: Österreich comes after Oman, not after Zypern."""
        letters = unicodedata.normalize("NFKD", self.name).casefold()
        return "".join(letter for letter in letters if not unicodedata.combining(letter))


@cache  # bounded by the 676 pairs of letters that reach it, times the site's languages
def country(iso2: str, language: str = "en") -> Country:
    """Return a country by its two capital letters; the name of an unknown one is its code."""
    dial_code = phonenumbers.country_code_for_region(iso2)
    name = Locale.parse(language, sep="-").territories.get(iso2, "") if dial_code else ""
    return Country(iso2, name or iso2, dial_code, bool(dial_code))
