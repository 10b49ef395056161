"""Joins the text of a message and its sealed codes again.

A message row never holds its code, nor what may be one: `code_cutting` cut every place out of the text, and
the pieces lie sealed in a row of their own that expires. While that row lives, `join` gives text and sender back byte
for byte; afterwards `redacted` shows where something was.

Sealed is JSON: `[value, pieces]` where every piece is the code, else
`[value, pieces, which of them are the code, [[place in the sender's name, piece], ...]]`; `value` is empty where no
code is certain enough to be offered.
"""

from dataclasses import dataclass

import orjson

from tempsms.lib import vault

DOT = "•"
BLANK = DOT * 6


@dataclass(frozen=True, slots=True)
class WholeText:
    """The whole text, and the code's value.

    `spans` is where its pieces are in `text` as (start, end), `marked` those that are the code, `sender_pieces` what
    the dots in the stored sender replace, with its places.
    """

    text: str
    value: str
    spans: tuple[tuple[int, int], ...]
    marked: tuple[tuple[int, int], ...] = ()
    sender_pieces: tuple[tuple[int, str], ...] = ()

    def sender(self, stored: str) -> str:
        """Return the sender as it arrived."""
        for start, piece in self.sender_pieces:
            stored = stored[:start] + piece + stored[start + len(piece) :]
        return stored

    @property
    def sender_spans(self) -> tuple[tuple[int, int], ...]:
        """The spans of those pieces."""
        return tuple((start, start + len(piece)) for start, piece in self.sender_pieces)


def join(body: str, cuts: list[int], sealed: str) -> WholeText:
    """Return the text as it arrived; raises `vault.Unsealable` when no key opens it."""
    value, pieces, *more = orjson.loads(vault.unseal(sealed.encode()))
    text, spans = _fill_cuts(body, cuts, pieces)
    if not more:
        return WholeText(text, value, spans, spans)
    marked, in_sender = more
    return WholeText(text, value, spans, tuple(spans[n] for n in marked), tuple(map(tuple, in_sender)))


def redacted(body: str, cuts: list[int]) -> WholeText:
    """Return the text with a blank where each piece was."""
    text, spans = _fill_cuts(body, cuts, [BLANK] * len(cuts))
    return WholeText(text, "", spans)


def _fill_cuts(body: str, cuts: list[int], pieces: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
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
