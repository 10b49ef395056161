"""The text of a message and its code, put together again.

A message row never holds its code: `inbox.ingest.parting` cut every occurrence out of the text, and the pieces lie
sealed in a row of their own that expires. While that row lives, `join` gives the text back byte for byte; afterwards
`redacted` shows where a code was.
"""

from dataclasses import dataclass

import orjson

from tempsms.lib import vault

BLANK = "••••••"


@dataclass(frozen=True, slots=True)
class Joined:
    """The whole text again, the code's value, and where its pieces stand in `text` as (start, end)."""

    text: str
    value: str
    spans: tuple[tuple[int, int], ...]


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
