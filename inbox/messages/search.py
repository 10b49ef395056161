"""Searching messages: a text is found in capitals, in other scripts' digits, and with gaps in its numbers.

What is searched is what readers see, so that nothing redacted can be guessed by asking.
"""

import re
import unicodedata
from functools import lru_cache

from inbox.text.phone_spellings import to_plain_digits

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_GAPS = re.compile(r"(?<=[\d•+])[ \t\u00a0\u202f\-./()\u2010-\u2015]{1,3}(?=[\d•])")
_LEADS = re.compile(r"\A[ (]*(?:00|\+)[ (]*(?=\d)")  # before a country code


class SearchTerms:
    """The terms of a search."""

    def __init__(self, text: str) -> None:
        self._folded = fold(text).strip()
        self._joined = to_term(text) if any(map(str.isdigit, self._folded)) else ""

    def is_in(self, *texts: str) -> bool:
        """Whether one of the texts contains it; an empty term matches everything."""
        return any(map(self._is_in, texts))

    def _is_in(self, text: str) -> bool:
        folded = fold(text)
        return self._folded in folded or bool(self._joined and self._joined in join_digits(folded))


def to_term(text: str) -> str:
    """Normalise a text as `fold` does, and a number in it: without gaps, and with a plus before its country code."""
    return join_digits(_LEADS.sub("+", fold(text).strip()))


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Normalise case, width, accents and digits."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", to_plain_digits(text))
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed)).casefold()


def join_digits(text: str) -> str:
    """Remove what is written between digits: 482 913 becomes 482913."""
    return _GAPS.sub("", text)
