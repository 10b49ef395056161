"""Cuts a message's code, and what may be one, out of it before it is stored; `sealed_text` puts them back."""

from typing import NamedTuple

import orjson

from inbox import codes
from inbox.codes.occurrences import Span
from inbox.codes.spans import CodeSpans, find_spans
from inbox.messages.sealed_text import DOT
from tempsms.lib import vault

GAP = " […] "  # in a text for each part that has not arrived


class CutText(NamedTuple):
    """A message with its codes cut out, and the sealed pieces.

    `cuts` are code point positions in `body`, `spans` where the same pieces are in the whole text, `marked` those
    of them that are the code. In `sender` dots replace what was cut out, `sender_spans` are their places. `code` is
    what was found, however doubtful; `offered` the same if it is certain enough to be shown as the code.
    """

    body: str
    sender: str = ""
    cuts: tuple[int, ...] = ()
    sealed: str = ""
    code: codes.Code | None = None
    offered: codes.Code | None = None
    spans: tuple[Span, ...] = ()
    marked: tuple[Span, ...] = ()
    sender_spans: tuple[Span, ...] = ()


def cut(text: str, sender: str = "", gap: str = "") -> CutText:
    """Find the codes of a message and cut them out everywhere. `gap` is in the text where a part is missing."""
    found = find_spans(text, sender, gap)
    if not found.sealed and not found.in_sender:
        return CutText(text, sender)
    kept: list[str] = []
    cuts: list[int] = []
    length = end = 0
    for start, stop in found.sealed:
        kept.append(text[end:start])
        length += start - end
        # Positions in the stored body, not in the text: nothing that stays says how long a code was
        cuts.append(length)
        end = stop
    sealed = vault.seal(orjson.dumps(_list_pieces(text, sender, found)).decode()).decode()
    return CutText(
        "".join(kept) + text[end:],
        _dot_out(sender, found.in_sender),
        tuple(cuts),
        sealed,
        found.found,
        found.code,
        found.sealed,
        found.marked,
        found.in_sender,
    )


def _list_pieces(text: str, sender: str, found: CodeSpans) -> list[object]:
    """List what is sealed, in a short form if all pieces are the code, as in most messages."""
    value = found.code.value if found.code else ""
    pieces = [text[start:stop] for start, stop in found.sealed]
    if found.marked == found.sealed and not found.in_sender:
        return [value, pieces]
    marked = [found.sealed.index(span) for span in found.marked]
    return [value, pieces, marked, [[start, sender[start:stop]] for start, stop in found.in_sender]]


def _dot_out(sender: str, spans: tuple[Span, ...]) -> str:
    for start, stop in spans:
        sender = sender[:start] + DOT * (stop - start) + sender[stop:]
    return sender
