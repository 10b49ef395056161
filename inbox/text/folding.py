"""Prepares texts for searching: without invisible marks, and folded, so that words and digits compare equal.

Folding lowers letters, drops their accents and vowel points, and turns the digits of every script into ASCII, character
by character, so that places in the folded text lead back to places in the original.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from inbox.text.invisible import CONTROLS, IGNORABLE

CROSSED_OUT = "\ufdd0"  # a noncharacter, for pieces of a text that are to be ignored


class View(NamedTuple):
    """A text to be searched: `folded` is as long as `seen`; `positions` leads back to the original."""

    seen: str
    folded: str
    positions: list[int] | None

    def in_text(self, span: tuple[int, int]) -> tuple[int, int]:
        """Return a span of `seen` in the original text, including what is hidden within it."""
        return span if self.positions is None else (self.positions[span[0]], self.positions[span[1] - 1] + 1)


def view(text: str) -> View:
    """Return the text without invisible marks, and the same folded."""
    seen, positions = text, None
    if hides(text):
        positions = [position for position, char in enumerate(text) if not HIDDEN.match(char)]
        seen = "".join([text[position] for position in positions])
    return View(seen, fold(seen), positions)


def hides(text: str) -> bool:
    """Whether a text contains invisible marks."""
    return not (text.isascii() and text.isprintable()) and bool(HIDDEN.search(text))


def fold(text: str) -> str:
    """Return the text in lower case, without accents, with ASCII digits; its length stays."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLDED)
    return _ASTRAL.sub(_fold_astral, folded) if _ASTRAL.search(folded) else folded


def _fold_astral(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group())
    return plain.lower() if len(plain) == 1 and plain.isascii() else match.group()


def _list_hidden() -> str:
    """Return a character class of invisible characters, and of marks over letters, which writers may leave out."""
    marks = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    marks += "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    return f"[{CONTROLS}{IGNORABLE}{marks}]"


def _build_table() -> list[int]:
    """Return what each character of the basic plane is read as; translate is fastest with a list."""
    table = list(range(0x10000))
    for code in (*range(0x80, 0x2000), *range(0xA640, 0xA7FF), *range(0xFF01, 0xFFEF)):
        table[code] = _fold_character(chr(code))
    for code in range(0x41, 0x5B):
        table[code] = code + 32
    for code in range(0x80, 0x10000):
        if chr(code).isdecimal():
            table[code] = 48 + unicodedata.decimal(chr(code))
    return _add_variants(table)


def _fold_character(char: str) -> int:
    plain = unicodedata.normalize("NFKD" if char >= "\uff00" else "NFD", char)[0].lower()
    return ord(plain) if len(plain) == 1 and unicodedata.category(char)[0] in "LPNS" else ord(char)


def _add_variants(table: list[int]) -> list[int]:
    pairs = "ıi łl đd øo ðd əe Əe ςσ Øo Łl Đd ИИ йй Йй كک يی ىی ةه أا إا آا ٱا ؤو ئی ۀه ہه ھه ێی ‐- ‑- ‒- –- —- −- ０0 "
    for pair in pairs.split():
        table[ord(pair[0])] = ord(pair[1].lower())
    for space in (*range(0x2000, 0x200B), *map(ord, "\r\t\u00a0\u1680\u202f\u205f\u2800\u3000")):
        table[space] = 32
    table[0x2028] = table[0x2029] = table[0x85] = 10
    table[ord(CROSSED_OUT)] = 1
    return table


HIDDEN = re.compile(_list_hidden())
"""One character that folding leaves out."""
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_FOLDED = _build_table()
