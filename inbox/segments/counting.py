"""How many SMS segments a text costs, and which of its characters make it expensive.

A text of the GSM 7-bit alphabet (3GPP TS 23.038) fills 160 septets, or 153 in each of several segments,
which carry a header (3GPP TS 23.040, 9.2.3.24.1); any other text fills 70 UTF-16 code units, or 67.
Carriers don't use the national alphabets unless asked, so `count` doesn't either; `national` says what they
would save.

Agrees with Twilio's calculator (npm `sms-segments-calculator` 1.3): an escape pair, a surrogate pair and a
grapheme cluster (UAX #29 as of Unicode 10) are never split; the empty text is one segment.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from inbox.segments import tables
from tempsms.lib import gsm7

_GSM_ONE, _GSM_MANY = 160, 153
_UCS_ONE, _UCS_MANY = 70, 67


@dataclass(frozen=True, slots=True)
class Count:
    """`units` are septets for "GSM-7" and UTF-16 code units for "UCS-2", without headers."""

    encoding: str
    segments: int
    units: int


@dataclass(frozen=True, slots=True)
class National:
    """A national alphabet that holds a text, by its single shift table and perhaps its locking table."""

    language: str
    locking: bool
    segments: int
    units: int


def count(text: str) -> Count:
    """The encoding, segments and units that a text is billed for; a lone surrogate is one unit."""
    length = len(text)
    # Most texts end here: one pass of a possessive pattern, and no character counted on its own
    if _PLAIN.fullmatch(text):
        return Count("GSM-7", 1 if length <= _GSM_ONE else -(-length // _GSM_MANY), length)
    if _GSM.fullmatch(text):
        units = length + len(_ESCAPED.findall(text))
        return Count("GSM-7", 1 if units <= _GSM_ONE else _count_segments(text, _ESCAPED, _GSM_MANY), units)
    text = _pair_surrogates(text)
    units = _count_utf16(text)
    return Count("UCS-2", 1 if units <= _UCS_ONE else _count_packed(text, units), units)


def forcing(text: str) -> list[tuple[str, str | None]]:
    """The characters that force UCS-2, in order of appearance, each with its GSM-7 substitute.

    A substitute may be longer ("…" is "...") or empty (invisible characters); None: there is none.
    """
    return [(char, substitute(char)) for char in dict.fromkeys(_NOT_GSM.findall(text))]


@lru_cache(maxsize=4096)
def substitute(char: str) -> str | None:
    """What replaces one character in GSM-7: itself, the nearest spelling, nothing if invisible, or None."""
    if _GSM.fullmatch(char):
        return char
    if char in tables.SUBSTITUTES:
        return tables.SUBSTITUTES[char]
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if category in ("Cf", "Mn", "Me", "Cc"):
        return ""
    letters = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    letters = "".join(tables.SUBSTITUTES.get(part, part) for part in letters)
    return letters if letters and letters != char and _GSM.fullmatch(letters) else None


def national(text: str) -> list[National]:
    """The national alphabets that hold the whole text, cheapest first (headers: TS 23.040, 9.2.3.24.15)."""
    found = []
    for language, shift in tables.SINGLE_SHIFT.items():
        locking = tables.LOCKING_SHIFT.get(language)
        found.append(_count_national(text, language, gsm7.BASIC, shift, locked=False))
        if locking is not None:
            found.append(_count_national(text, language, locking, shift, locked=True))
    return sorted((fit for fit in found if fit), key=lambda fit: (fit.segments, fit.units, fit.locking))


def _count_national(
    text: str, language: str, base: str, shift: dict[int, str], *, locked: bool
) -> National | None:
    plain, escaped = frozenset(base) - _NO_CHARACTER, frozenset(shift.values())
    if not (plain | escaped).issuperset(text):
        return None
    units = sum(1 if char in plain else 2 for char in text)
    # Three octets for each information element that names a table (24 and
    # 25): one for the single shift, two with locking
    elements = 6 if locked else 3
    if units <= _count_septets_after(1 + elements):
        return National(language, locked, 1, units)
    outside = re.compile("[^" + re.escape("".join(sorted(plain))) + "]")
    return National(
        language, locked, _count_segments(text, outside, _count_septets_after(6 + elements)), units
    )


def _count_septets_after(header: int) -> int:
    """What is left of a segment's 140 octets after a header of so many octets, which ends on a septet."""
    return (140 - header) * 8 // 7


def _count_packed(text: str, units: int) -> int:
    # Without surrogates and joined characters nothing can be split in the wrong place
    if units == len(text) and not _JOINED.search(text):
        return -(-units // _UCS_MANY)
    return _count_segments(text, _CLUSTER, _UCS_MANY)


def _count_segments(text: str, wide: re.Pattern[str], room: int) -> int:
    """Segments of `room` units, where each match of `wide` stays whole and all else is single units.

    A cluster longer than a segment is counted as one overfull segment, as the calculator does.
    """
    segments, used, at = 1, 0, 0
    for match in wide.finditer(text):
        used += match.start() - at
        if used > room:
            segments, used = segments + (used - 1) // room, (used - 1) % room + 1
        # An escaped character takes two septets, and a segment must not end between them
        size = 2 if wide is not _CLUSTER else _count_utf16(match.group())
        if used + size > room:
            segments, used = segments + 1, 0
        used, at = min(used + size, room), match.end()
    return segments + max(used + len(text) - at - 1, 0) // room


def _count_utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _pair_surrogates(text: str) -> str:
    """The text with adjacent surrogates joined, as every UTF-16 system reads them."""
    if _SURROGATE.search(text):
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return text


def _class_of(*ranges: str) -> str:
    """The inside of a regular expression's character class for ranges written as "41-5A 61"."""
    pairs = (part.partition("-") for text in ranges for part in text.split())
    return "".join(f"\\U{low:0>8}-\\U{high or low:0>8}" for low, _, high in pairs)


def _compile_clusters() -> re.Pattern[str]:
    """Matches every grapheme cluster that takes more than one UTF-16 code unit, and a few that take one."""
    lv = "".join(chr(code) for code in range(0xAC00, 0xD7A4, 28))
    l, v, t = (_class_of(ranges) for ranges in (tables.HANGUL_L, tables.HANGUL_V, tables.HANGUL_T))  # noqa: E741
    extend, base = _class_of(tables.EXTEND), _class_of(tables.EMOJI_BASE)
    tail = _class_of(tables.EXTEND_SPACING_ZWJ)
    modified = f"[{extend}]*+[{_class_of(tables.EMOJI_MODIFIER)}]"
    control, flag = _class_of(tables.CONTROL), _class_of(tables.REGIONAL)
    syllable = (
        f"[{l}]*+(?:[{v}]++|[{lv}][{v}]*+|[{_class_of(tables.HANGUL_SYLLABLES)}])[{t}]*+|[{l}]++|[{t}]++"
    )
    core = f"{syllable}|[{flag}]{{1,2}}|[{base}](?:{modified})?|[^{control}]"
    joined = f"(?<=\u200d)(?:[{_class_of(tables.EMOJI_BASE_AFTER_ZWJ)}](?:{modified})?|[{_class_of(tables.AFTER_ZWJ)}])"
    start = f"(?:[{_class_of(tables.PREPEND)}]++(?:{core})?|{core})"
    # The calculator lets a flag keep one mark only; a flag with two is nothing that people write.
    cluster = f"[{flag}]{{2}}[{tail}]?|{start}[{tail}]*+(?:{joined}[{tail}]*+)*"
    return re.compile(f"(?=.?[{_JOINING}\U00010000-\U0010ffff])(?:{cluster})", re.DOTALL)


_JOINING = _class_of(
    tables.EXTEND_SPACING_ZWJ,
    tables.PREPEND,
    tables.EMOJI_BASE,
    tables.HANGUL_L,
    tables.HANGUL_V,
    tables.HANGUL_T,
)
_NO_CHARACTER = frozenset((gsm7.ESCAPE, tables.RESERVED))
_EXTRA = re.escape("".join(gsm7.EXTENSION.values()))
_BASE = re.escape(gsm7.BASIC.replace(gsm7.ESCAPE, ""))
_PLAIN = re.compile(f"[{_BASE}]*+")
_GSM = re.compile(f"[{_BASE}{_EXTRA}]*+")
_NOT_GSM = re.compile(f"[^{_BASE}{_EXTRA}]")
_ESCAPED = re.compile(f"[{_EXTRA}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_JOINED = re.compile("[" + "".join(re.findall(r"\\U0000\w{4}-\\U0000\w{4}", _JOINING)) + "]")
_CLUSTER = _compile_clusters()
