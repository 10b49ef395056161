"""Finds where a code occurs on its own in a text, however it is written there.

Works on the folded text of text/folding.py, where capitals, accents, other scripts' digits and typographers' dashes
are gone already. Blanks and hyphens between the characters of a code are passed over, in long ones points as well. A
piece of a longer number, word, amount or time is another thing that happens to share the code's digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from inbox.codes.vocabulary import blanked

Span = tuple[int, int]


def standing(folded: str, value: str) -> Iterator[Span]:
    """Find the spans of a code, from left to right; `value` is that of `Code.value`. Linear in the text."""
    wanted = value.lower()
    if not wanted:
        return
    spans = set(_find_unspaced(folded, wanted))
    # The spaced spellings take a pattern of their own: it is compiled only if the text has more of them
    if len(spans) < _remove_dividers(folded, wanted).count(wanted):
        spans |= {match.span() for match in _compile_spaced(wanted).finditer(folded)}
    yield from sorted(span for span in spans if _stands_alone(folded, *span))


def glued(folded: str, value: str) -> Iterator[Span]:
    """Find the spans of a code of digits between letters; not in addresses, which have such digits by chance."""
    if value.isdigit():
        outside = blanked(folded)
        yield from (span for span in _find_unspaced(outside, value) if not _is_in_number(outside, *span))


def repeats(folded: str, value: str) -> bool:
    """Whether a code may occur more than once in a text: a cheap check."""
    wanted = value.lower()
    return _remove_dividers(folded, wanted).count(wanted) > 1


def phone_numbers(folded: str, start: int, end: int) -> Iterator[Span]:
    """Find what can only be a phone number, a card number or the like, within a range of the text."""
    for match in _LONG.finditer(folded, start, end):
        written = match[0]
        groups = _DIGITS.findall(written)
        if sum(map(len, groups)) <= _MOST and (written[0] in "+(0" or len(groups) != 2):
            yield match.span()


def _find_unspaced(folded: str, wanted: str) -> Iterator[Span]:
    start = folded.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        yield start, end
        start = folded.find(wanted, end)


def _remove_dividers(folded: str, wanted: str) -> str:
    squeezed = folded.replace(" ", "").replace("-", "")
    return squeezed if len(wanted) < _POINTED else squeezed.replace(".", "")


def _compile_spaced(wanted: str) -> re.Pattern[str]:
    between = "[ -]{0,3}" if len(wanted) < _POINTED else "[ .-]{0,3}"
    return re.compile(rf"(?<![a-z0-9]){between.join(map(re.escape, wanted))}(?![a-z0-9])")


def _stands_alone(folded: str, start: int, end: int) -> bool:
    before = _LONGER_BEFORE.search(folded, max(start - 3, 0), start)
    if before and not _ESCAPED.search(folded, max(start - 3, 0), start):
        return False
    return not _LONGER_AFTER.match(folded, end)


def _is_in_number(folded: str, start: int, end: int) -> bool:
    before = folded[max(start - 2, 0) : start]
    return bool(_NUMBER_BEFORE.search(before) or _NUMBER_AFTER.match(folded, end))


_MOST = 17  # digits: E.164 has 15, and "00" may precede them
_POINTED = 6  # characters of a code that may have points in it: "13.50" is an amount
_GAP = r"[ .\-/()]{0,2}"
_LONG = re.compile(rf"(?<![a-z0-9])(?:\+ ?)?\(?\d(?:{_GAP}\d){{7,18}}(?![a-z0-9])")
_DIGITS = re.compile(r"\d+")
_LONGER_BEFORE = re.compile(r"(?:[a-z0-9]|\d[.,:-])$")
_LONGER_AFTER = re.compile(r"[a-z0-9]|[.,:-]\d")
_NUMBER_BEFORE = re.compile(r"\d[.,:-]?$")
_NUMBER_AFTER = re.compile(r"[.,:-]?\d")
_ESCAPED = re.compile(r"%[0-9a-f]{2}$")  # "%20": in an address the code begins behind it
