"""Cuts the one-time code out of a text before it is stored; `inbox.bodies` puts it back."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from inbox import codes
from tempsms.lib import vault

CERTAIN = 0.5  # below this confidence a number is not treated as a code


class Parted(NamedTuple):
    """A text in two parts: what may stay, and the sealed rest.

    `cuts` are code point positions in `body`, `spans` where the same pieces stand in the whole text.
    """

    body: str
    cuts: tuple[int, ...] = ()
    sealed: str = ""
    code: codes.Code | None = None
    spans: tuple[tuple[int, int], ...] = ()


def part(text: str, sender: str = "") -> Parted:
    """Find the code of a text and cut it out everywhere it occurs."""
    code = codes.find(text, sender)
    if code is None or code.confidence < CERTAIN:
        return Parted(text)
    spans = tuple(_occurrences(text, code))
    kept: list[str] = []
    cuts: list[int] = []
    length = end = 0
    for start, stop in spans:
        kept.append(text[end:start])
        length += start - end
        cuts.append(length)
        end = stop
    pieces = [text[start:stop] for start, stop in spans]
    sealed = vault.seal(orjson.dumps([code.value, pieces]).decode()).decode()
    return Parted("".join(kept) + text[end:], tuple(cuts), sealed, code, spans)


def _occurrences(text: str, code: codes.Code) -> Iterator[tuple[int, int]]:
    """Where the code stands, as it was written or as a person types it: (start, end), none in another."""
    places = {piece: text.find(piece) for piece in (code.shown, code.value)}
    while places := {piece: place for piece, place in places.items() if place >= 0}:
        piece, start = min(places.items(), key=lambda found: (found[1], -len(found[0])))
        end = start + len(piece)
        yield start, end
        places = {piece: text.find(piece, end) if place < end else place for piece, place in places.items()}
