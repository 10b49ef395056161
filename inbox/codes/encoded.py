r"""Codes in raw requests, where a text may have escapes: of forms (`%E2%80%8B`), JSON (`\u200b`), XML (`&#x200b;`).

Operators see a body as a Python literal, so those of Python (`\xe2\x80\x8b`) are known as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from inbox.codes.finder import LOOK_AT
from inbox.codes.occurrences import Span
from inbox.codes.spans import REACH, find_spans
from inbox.text.folding import CROSSED_OUT

STEP = LOOK_AT // 2  # so much of a request is seen together with what follows it
MOST_ROUNDS = 10  # of one stretch: each finds the code of a message, and what else may be one

_ESCAPE = re.compile(
    r"(?P<bytes>(?:(?:%|\\x)[0-9A-Fa-f]{2})+)|(?P<blank>\+)|\\{1,2}u(?P<json>[0-9A-Fa-f]{4})"
    r"|&#x(?P<hex>[0-9A-Fa-f]{1,6});|&#(?P<decimal>\d{1,7});"
)
_BYTE = re.compile(r"(?:%|\\x)[0-9A-Fa-f]{2}")


def blank(raw: str, dots: str) -> str:
    """Replace whatever in a body or query may be a one-time code by `dots`, however it is escaped."""
    text, origins = _decode_escapes(raw)
    spans: set[Span] = set()
    # Stretches overlap by half, so that whatever the edge of one cuts off is whole in another
    for start in range(0, len(text), STEP):
        spans |= set(_spans_within(text, start))
    end = 0
    parts = []
    for start, stop in sorted((origins[start][0], origins[stop - 1][1]) for start, stop in spans):
        if start >= end:
            parts += [raw[end:start], dots]
        end = max(end, stop)
    return "".join(parts) + raw[end:]


def _spans_within(text: str, start: int) -> Iterator[Span]:
    """Find the spans in a stretch of the text, which may contain several messages."""
    stretch = text[start : start + LOOK_AT]
    for _ in range(MOST_ROUNDS):
        found = find_spans(stretch).sealed
        if not found:
            return
        for first, last in found:
            # what is at an edge may be a piece of something longer, and is whole in the stretch before or after
            cut_off = (start and first < REACH) or (len(stretch) == LOOK_AT and last > LOOK_AT - REACH)
            if not cut_off:
                yield start + first, start + last
            stretch = stretch[:first] + CROSSED_OUT * (last - first) + stretch[last:]


def _decode_escapes(raw: str) -> tuple[str, list[Span]]:
    """Return the text without escapes, and the span of each of its characters in the raw one."""
    chars: list[str] = []
    origins: list[Span] = []
    end = 0
    for match in _ESCAPE.finditer(raw):
        chars += raw[end : match.start()]
        origins += [(place, place + 1) for place in range(end, match.start())]
        for char, origin in _decode_escape(match):
            chars.append(char)
            origins.append(origin)
        end = match.end()
    chars += raw[end:]
    origins += [(place, place + 1) for place in range(end, len(raw))]
    return "".join(chars), origins


def _decode_escape(match: re.Match[str]) -> Iterator[tuple[str, Span]]:
    """Decode an escape into its characters, each with its span in the raw text."""
    start, end = match.span()
    if match["bytes"]:
        yield from _decode_bytes(match["bytes"], start)
    elif match["blank"]:
        yield " ", (start, end)
    else:
        point = int(match["decimal"]) if match["decimal"] else int(match["json"] or match["hex"], 16)
        yield chr(point) if point <= sys.maxunicode else " ", (start, end)


def _decode_bytes(escaped: str, start: int) -> Iterator[tuple[str, Span]]:
    """Decode bytes as UTF-8; an invalid byte is a character of its own."""
    find_spans = [place.span() for place in _BYTE.finditer(escaped)]
    raw = bytes(int(escaped[end - 2 : end], 16) for _, end in find_spans)
    at = 0
    for char in raw.decode("utf-8", "surrogateescape"):
        length = len(char.encode("utf-8", "surrogateescape"))
        yield char, (start + find_spans[at][0], start + find_spans[at + length - 1][1])
        at += length
