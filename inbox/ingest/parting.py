"""Cuts the one-time code out of a text before it is stored; `inbox.bodies` puts it back."""

import re
from dataclasses import dataclass

import orjson

from inbox import codes
from tempsms.lib import vault

CERTAIN = 0.5  # below this confidence a number is not treated as a code


@dataclass(frozen=True, slots=True)
class Parted:
    """A text in two parts: what may stay, and the sealed rest. `cuts` are code point positions in `body`."""

    body: str
    cuts: tuple[int, ...] = ()
    sealed: str = ""
    code: codes.Code | None = None


def part(text: str, sender: str = "") -> Parted:
    """Find the code of a text and cut it out everywhere it occurs."""
    code = codes.find(text, sender)
    if code is None or code.confidence < CERTAIN:
        return Parted(text)
    pattern = "|".join(re.escape(piece) for piece in sorted({code.shown, code.value}, key=len, reverse=True))
    kept: list[str] = []
    cuts: list[int] = []
    pieces: list[str] = []
    length = end = 0
    for match in re.finditer(pattern, text):
        kept.append(text[end : match.start()])
        length += match.start() - end
        cuts.append(length)
        pieces.append(match.group())
        end = match.end()
    sealed = vault.seal(orjson.dumps([code.value, pieces]).decode()).decode()
    return Parted("".join(kept) + text[end:], tuple(cuts), sealed, code)
