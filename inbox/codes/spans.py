"""Finds every span of a message that is its one-time code, or may be one.

These spans are cut out before the message is stored, marked where they are the code, and blanked once it has expired.
Doubtful numbers are not offered as codes, but sealed: to lose an order number with the code costs little, to keep a
code for ever costs much. Phone numbers and longer numbers stay whole: with a piece cut out they would mislead.
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


class CodeSpans(NamedTuple):
    """The spans of codes in a text and in its sender's name.

    `found` is the code, however doubtful. `marked` are the spans of the code where people read it, `sealed` these and
    all others that expire with it.
    """

    found: codes.Code | None = None
    marked: tuple[Span, ...] = ()
    sealed: tuple[Span, ...] = ()
    in_sender: tuple[Span, ...] = ()

    @property
    def code(self) -> codes.Code | None:
        """The code, if it is certain enough to be offered."""
        return self.found if self.found and self.found.confidence >= CERTAIN else None


NO_SPANS = CodeSpans()


def find_spans(text: str, sender: str = "", gap: str = "") -> CodeSpans:
    """Find the spans of a message. `gap` is in the text where a part of it is missing."""
    seams = _merge_spans(_find_seams(text, gap)) if gap else []
    seen = _cross_out(text, seams) if seams else text
    analysis = finder.analyse(seen, sender)
    if analysis is None:
        in_sender = _find_in_sender(sender, set())
        return CodeSpans(None, (), tuple(seams), in_sender) if seams or in_sender else NO_SPANS
    if seams or len(text) > finder.LOOK_AT or len(analysis.candidates) > 1:
        return _find_all(seen, sender, analysis, seams)
    code = analysis.code
    if code is None or repeats(analysis.view.folded, code.value):
        return _find_all(seen, sender, analysis, seams)
    only = (code.span,)  # the way of most messages with a code
    return CodeSpans(
        code, only if code.confidence >= CERTAIN else (), only, _find_in_sender(sender, {code.value})
    )


def _find_all(text: str, sender: str, analysis: finder.Analysis, seams: list[Span]) -> CodeSpans:
    view = analysis.view if len(text) <= finder.LOOK_AT else folding.view(text)
    own: dict[str, list[Number]] = {}
    for candidate in analysis.candidates:
        own.setdefault(candidate.value, []).append(candidate)
    spans: dict[Span, str] = {}
    for candidates in own.values():
        for span in _find_candidate(view, analysis, candidates):
            spans.setdefault(span, candidates[0].value)
    for span in _find_bared(view.folded, spans, analysis):
        spans.setdefault(span, analysis.candidates[0].value)
    separate = _drop_overlaps(spans)
    sealed = sorted([*seams, *(view.in_text(span) for span, _ in separate)])
    marked: list[Span] = []
    if (code := analysis.code) and code.confidence >= CERTAIN:
        of_code = [span for span, value in separate if value == code.value]
        marked = [view.in_text(span) for span in _keep_readable(view, of_code, analysis)]
    return CodeSpans(code, tuple(marked), tuple(sealed), _find_in_sender(sender, set(own)))


def _find_candidate(view: View, analysis: finder.Analysis, same: list[Number]) -> list[Span]:
    """Find the spans of candidates with one value, without doubtful ones that are in a phone number."""
    folded, value = view.folded, same[0].value
    best = analysis.code is not None and same[0] is analysis.candidates[0]
    own = [(number.start, number.end) for number in same]
    if not best:
        own = [span for span in own if not _is_in_phone_number(folded, span, span)]
        if len(value) > LONGEST_DOUBTFUL or not own:
            return []
    if not repeats(folded, value):
        return own
    others = {number[:2] for number in analysis.numbers if number.value == value and number.weight > 0}
    others.update(standing(folded, value), glued(folded, value))
    return own + [span for span in others.difference(own) if not _is_in_phone_number(folded, span, own[0])]


def _find_bared(folded: str, spans: Iterable[Span], analysis: finder.Analysis) -> list[Span]:
    """Find spans that are the code only once the others are cut, as "1350" in "713509x1350"."""
    cut = _merge_spans(spans)
    if not any(
        _TOUCHING.search(folded[max(start - 1, 0) : start] + folded[end : end + 1]) for start, end in cut
    ):
        return []
    best = analysis.candidates[0]
    bare = standing(_cross_out(folded, cut), best.value)
    return [span for span in bare if not _is_in_phone_number(folded, span, (best.start, best.end))]


def _is_in_phone_number(folded: str, span: Span, own: Span) -> bool:
    """Whether a span is a piece of a phone number, which does not extend across the code's own span."""
    low = own[1] if own[1] <= span[0] else 0
    high = own[0] if own[0] >= span[1] else len(folded)
    around = phone_numbers(folded, max(low, span[0] - REACH), min(high, span[1] + REACH))
    numbers = [folded[start:end] for start, end in around if start <= span[0] and span[1] <= end]
    if span != own:
        code = re.sub(r"\W", "", folded[own[0] : own[1]])
        numbers = [written for written in numbers if not _repeats_code(written, code)]
    return any(len(written) > span[1] - span[0] for written in numbers)


def _repeats_code(written: str, code: str) -> bool:
    """Whether what looks like a phone number is the code again with something beside it.

    It is without a sign of a phone number: groups of one that equal the code by chance (one in 10,000) are cut too.
    """
    return written[0] not in "+(0" or not re.sub(r"\W", "", written).replace(code, "")


def _drop_overlaps(spans: dict[Span, str]) -> list[tuple[Span, str]]:
    """Sort the spans, without those that overlap another."""
    kept: list[tuple[Span, str]] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or kept[-1][0][1] <= span[0]:
            kept.append((span, spans[span]))
    return kept


def _keep_readable(view: View, spans: list[Span], analysis: finder.Analysis) -> Iterator[Span]:
    """Keep the spans of the code where people read it: not in addresses or words, nor where it is a plain word."""
    blanked = vocabulary.blanked(view.folded)
    analyse = {number[:2] for number in analysis.candidates[:1] + tuple(analysis.numbers)}
    shown = view.seen[analysis.candidates[0].start : analysis.candidates[0].end]
    for start, end in spans:
        beside = view.folded[start - 1 : start] + view.folded[end : end + 1]
        glued = beside.isascii() and any(map(str.isalpha, beside)) and (start, end) not in analyse
        plain_word = shown.isalpha() and view.seen[start:end] != shown
        if blanked[start] != "\x01" and not glued and not plain_word:
            yield start, end


# Senders


def _find_in_sender(sender: str, values: set[str]) -> tuple[Span, ...]:
    """Find codes in a sender's name; phone numbers and short codes are not names."""
    if not sender or (sender.isascii() and sender.removeprefix("+").isdigit()):
        return ()
    view = folding.view(sender)
    spans = {span: value for value in values for span in standing(view.folded, value)}
    own = {view.in_text(span) for span, _ in _drop_overlaps(spans)}
    return tuple(_merge_spans(own.union(_find_own_codes(sender))))


@lru_cache(maxsize=4096)
def _find_own_codes(sender: str) -> tuple[Span, ...]:
    """Find codes that a sender's name announces: "Code 482109"."""
    analysis = finder.analyse(sender)
    if analysis is None or not any(
        roles & (CODE | STRONG) for *_, roles in vocabulary.words(analysis.view.folded)
    ):
        return ()
    return tuple(analysis.view.in_text((candidate.start, candidate.end)) for candidate in analysis.candidates)


# Seams


def _find_seams(text: str, gap: str) -> Iterator[Span]:
    """Find what touches a gap and may be half a code: digits on either side, capitals before it."""
    view = folding.view(text)
    for match in re.finditer(re.escape(gap), view.seen):
        before = _BEFORE_SEAM.search(view.seen, max(match.start() - REACH, 0), match.start())
        after = _AFTER_SEAM.match(view.seen, match.end(), match.end() + REACH)
        if before and _may_be_half(view.seen, before):
            yield view.in_text(before.span(1))
        if after:
            yield view.in_text(after.span(1))


def _may_be_half(text: str, before: re.Match[str]) -> bool:
    """Whether a code may begin here: a single letter only if its sentence mentions a code, so not in "gate B"."""
    start, end = before.span(1)
    if end - start > 1 or text[start].isdigit():
        return True
    sentence = _SENTENCE_END.split(text[max(start - REACH, 0) : start])[-1]
    folded = folding.view(sentence).folded
    return any(roles & (CODE | STRONG) for *_, roles in vocabulary.words(folded))


def _merge_spans(spans: Iterable[Span]) -> list[Span]:
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
