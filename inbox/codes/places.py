"""Every place of a message that holds a one-time code or what may be one: the one answer for all who ask.

What is found here is cut before the message is stored, marked where it is the code, and blanked when its life is over.
Of doubtful numbers none is offered, and all are sealed: it costs little to forget an order's number with the code, and
much to keep a code for ever. Phone numbers and longer numbers stay whole; what is left of them could be anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from inbox import codes
from inbox.codes import finder, vocabulary
from inbox.codes.candidates import Number
from inbox.codes.occurrences import Span, glued, phone_numbers, repeats, standing
from inbox.codes.vocabulary import CODE, STRONG
from inbox.text import folding
from inbox.text.folding import CROSSED_OUT, View

CERTAIN = 0.5  # below this confidence a code is not offered
LONGEST_DOUBTFUL = 8  # digits: more are rather a phone number, which is redacted


class Places(NamedTuple):
    """The code, if one is certain enough to be offered, and places in the text and in the sender's name.

    `found` is the code that was found, however doubtful. `marked` are the places of the code that people read,
    `sealed` these and all others that go with it.
    """

    found: codes.Code | None = None
    marked: tuple[Span, ...] = ()
    sealed: tuple[Span, ...] = ()
    in_sender: tuple[Span, ...] = ()

    @property
    def code(self) -> codes.Code | None:
        """The code to offer."""
        return self.found if self.found and self.found.confidence >= CERTAIN else None


NOWHERE = Places()


def places(text: str, sender: str = "", gap: str = "") -> Places:
    """Look through a message. `gap` stands in the text where a part of it is missing."""
    seams = _merged(_seams(text, gap)) if gap else []
    seen = _cross_out(text, seams) if seams else text
    reading = finder.read(seen, sender)
    if reading is None:
        in_sender = _in_sender(sender, set())
        return Places(None, (), tuple(seams), in_sender) if seams or in_sender else NOWHERE
    if seams or len(text) > finder.LOOK_AT or len(reading.candidates) > 1:
        return _all_places(seen, sender, reading, seams)
    code = reading.code
    if code is None or repeats(reading.view.folded, code.value):
        return _all_places(seen, sender, reading, seams)
    only = (code.span,)  # the way of most messages with a code
    return Places(code, only if code.confidence >= CERTAIN else (), only, _in_sender(sender, {code.value}))


def _all_places(text: str, sender: str, reading: finder.Reading, seams: list[Span]) -> Places:
    view = reading.view if len(text) <= finder.LOOK_AT else folding.view(text)
    own: dict[str, list[Number]] = {}
    for candidate in reading.candidates:
        own.setdefault(candidate.value, []).append(candidate)
    spans: dict[Span, str] = {}
    for candidates in own.values():
        for span in _of_candidate(view, reading, candidates):
            spans.setdefault(span, candidates[0].value)
    for span in _bared(view.folded, spans, reading):
        spans.setdefault(span, reading.candidates[0].value)
    apart = _apart(spans)
    sealed = sorted([*seams, *(view.in_text(span) for span, _ in apart)])
    marked: list[Span] = []
    if (code := reading.code) and code.confidence >= CERTAIN:
        of_code = [span for span, value in apart if value == code.value]
        marked = [view.in_text(span) for span in _readable(view, of_code, reading)]
    return Places(code, tuple(marked), tuple(sealed), _in_sender(sender, set(own)))


def _of_candidate(view: View, reading: finder.Reading, same: list[Number]) -> list[Span]:
    """The places of candidates of one value; none of a doubtful one that is a phone number, or in one."""
    folded, value = view.folded, same[0].value
    best = reading.code is not None and same[0] is reading.candidates[0]
    own = [(number.start, number.end) for number in same]
    if not best:
        own = [span for span in own if not _is_in_phone_number(folded, span, span)]
        if len(value) > LONGEST_DOUBTFUL or not own:
            return []
    if not repeats(folded, value):
        return own
    others = {number[:2] for number in reading.numbers if number.value == value and number.weight > 0}
    others.update(standing(folded, value), glued(folded, value))
    return own + [span for span in others.difference(own) if not _is_in_phone_number(folded, span, own[0])]


def _bared(folded: str, spans: Iterable[Span], reading: finder.Reading) -> list[Span]:
    """Places where the code stands only once the others are cut: "1350" out of "713509x1350" leaves it bare."""
    cut = _merged(spans)
    if not any(
        _TOUCHING.search(folded[max(start - 1, 0) : start] + folded[end : end + 1]) for start, end in cut
    ):
        return []
    best = reading.candidates[0]
    bare = standing(_cross_out(folded, cut), best.value)
    return [span for span in bare if not _is_in_phone_number(folded, span, (best.start, best.end))]


def _is_in_phone_number(folded: str, span: Span, own: Span) -> bool:
    """Whether a place is a piece of a phone number; one that goes on across the code's own place is none."""
    low = own[1] if own[1] <= span[0] else 0
    high = own[0] if own[0] >= span[1] else len(folded)
    around = phone_numbers(folded, max(low, span[0] - REACH), min(high, span[1] + REACH))
    numbers = [folded[start:end] for start, end in around if start <= span[0] and span[1] <= end]
    if span != own:
        code = re.sub(r"\W", "", folded[own[0] : own[1]])
        numbers = [written for written in numbers if not _repeats_code(written, code)]
    return any(len(written) > span[1] - span[0] for written in numbers)


def _repeats_code(written: str, code: str) -> bool:
    """Whether what looks like a phone number is to be taken for the code once more, and what stands beside it.

    It is without a sign of a phone number: groups of one that equal the code by chance (one in 10,000) are cut too.
    """
    return written[0] not in "+(0" or not re.sub(r"\W", "", written).replace(code, "")


def _apart(spans: dict[Span, str]) -> list[tuple[Span, str]]:
    """Places from left to right; what overlaps another is left out."""
    kept: list[tuple[Span, str]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or kept[-1][0][1] <= span[0]:
            kept.append((span, spans[span]))
    return kept


def _readable(view: View, spans: list[Span], reading: finder.Reading) -> Iterator[Span]:
    """Those places of the code where people read it: not in addresses and words, not where it is a plain word."""
    blanked = vocabulary.blanked(view.folded)
    read = {number[:2] for number in reading.candidates[:1] + tuple(reading.numbers)}
    shown = view.seen[reading.candidates[0].start : reading.candidates[0].end]
    for start, end in spans:
        beside = view.folded[start - 1 : start] + view.folded[end : end + 1]
        glued = beside.isascii() and any(map(str.isalpha, beside)) and (start, end) not in read
        plain_word = shown.isalpha() and view.seen[start:end] != shown
        if blanked[start] != "\x01" and not glued and not plain_word:
            yield start, end


# Senders


def _in_sender(sender: str, values: set[str]) -> tuple[Span, ...]:
    """Where codes stand in a sender's name; phone numbers and short codes are no names."""
    if not sender or (sender.isascii() and sender.removeprefix("+").isdigit()):
        return ()
    view = folding.view(sender)
    spans = {span: value for value in values for span in standing(view.folded, value)}
    own = {view.in_text(span) for span, _ in _apart(spans)}
    return tuple(_merged(own.union(_own_codes(sender))))


@lru_cache(maxsize=4096)
def _own_codes(sender: str) -> tuple[Span, ...]:
    """Codes that a sender's name itself speaks of: "Code 482109"."""
    reading = finder.read(sender)
    if reading is None or not any(
        roles & (CODE | STRONG) for *_, roles in vocabulary.words(reading.view.folded)
    ):
        return ()
    return tuple(reading.view.in_text((candidate.start, candidate.end)) for candidate in reading.candidates)


# Seams


def _seams(text: str, gap: str) -> Iterator[Span]:
    """What touches a gap and may be half a code: digits on either side, capitals before it."""
    view = folding.view(text)
    for match in re.finditer(re.escape(gap), view.seen):
        before = _BEFORE_SEAM.search(view.seen, max(match.start() - REACH, 0), match.start())
        after = _AFTER_SEAM.match(view.seen, match.end(), match.end() + REACH)
        if before and _may_be_half(view.seen, before):
            yield view.in_text(before.span(1))
        if after:
            yield view.in_text(after.span(1))


def _may_be_half(text: str, before: re.Match[str]) -> bool:
    """Whether it may begin a code: one letter does where its own sentence speaks of a code, not in "gate B"."""
    start, end = before.span(1)
    if end - start > 1 or text[start].isdigit():
        return True
    sentence = _SENTENCE_END.split(text[max(start - REACH, 0) : start])[-1]
    folded = folding.view(sentence).folded
    return any(roles & (CODE | STRONG) for *_, roles in vocabulary.words(folded))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            start, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((start, end))
    return merged


def _cross_out(text: str, seams: list[Span]) -> str:
    for start, end in seams:
        text = text[:start] + CROSSED_OUT * (end - start) + text[end:]
    return text


REACH = 40  # characters: longer than any phone number
_TOUCHING = re.compile(r"[a-z0-9.,:-]")  # what makes digits beside it a piece of something longer
_HALF = r"[^\W_]*\d[^\W_]*"
_SENTENCE_END = re.compile(r"[.!?\n\u3002]")
_GLUE = r"[ .\-\u2010-\u2015]"
_BEFORE_SEAM = re.compile(rf"((?<![^\W_])(?:{_HALF}|[A-Z]{{1,9}})(?:{_GLUE}{{1,3}}{_HALF})*){_GLUE}{{0,3}}$")
_AFTER_SEAM = re.compile(rf"{_GLUE}{{0,3}}({_HALF}(?:{_GLUE}{{1,3}}{_HALF})*)(?![^\W_])")
