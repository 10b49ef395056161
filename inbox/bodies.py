"""The text of a message without its code, and the way back.

A message row never holds its code: every occurrence is cut out of the text, and the pieces lie sealed in a row of
their own that expires. While that row lives, `join` gives the text back byte for byte; afterwards `redacted` shows
where a code was.
"""

import re
from dataclasses import dataclass

import orjson

from inbox import codes
from tempsms.lib import vault

BLANK = "••••••"


@dataclass(frozen=True, slots=True)
class Parted:
    """A text in two parts: what may stay, and the sealed rest. `cuts` are code point positions in `body`."""

    body: str
    cuts: tuple[int, ...] = ()
    sealed: str = ""
    code: codes.Code | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """The whole text again, the code's value, and where its pieces stand in `text` as (start, end)."""

    text: str
    value: str
    spans: tuple[tuple[int, int], ...]


def part(text: str, sender: str = "") -> Parted:
    """Find the code of a text and cut it out everywhere it occurs."""
    code = codes.find(text, sender)
    if code is None:
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


def join(body: str, cuts: list[int], sealed: str) -> Joined:
    """The text as it came; raises `vault.Unsealable` when no key opens it."""
    value, pieces = orjson.loads(vault.unseal(sealed.encode()))
    text, spans = _fill(body, cuts, pieces)
    return Joined(text, value, spans)


def redacted(body: str, cuts: list[int]) -> Joined:
    """The text with a blank where each piece was."""
    text, spans = _fill(body, cuts, [BLANK] * len(cuts))
    return Joined(text, "", spans)


def _fill(body: str, cuts: list[int], pieces: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    parts: list[str] = []
    spans: list[tuple[int, int]] = []
    start = length = 0
    for cut, piece in zip(cuts, pieces, strict=True):
        parts += [body[start:cut], piece]
        length += cut - start
        spans.append((length, length + len(piece)))
        length += len(piece)
        start = cut
    return "".join(parts) + body[start:], tuple(spans)
