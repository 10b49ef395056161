"""Find the one-time code in a message, in any language.

The text is folded (text/folding.py) and addresses are blanked, so that positions stay known. Every number, and every
run of letters and digits, is then weighed: its shape, the words before and after it (lexicon.py), what is beside it.
The heaviest one is the code if it is heavy enough; the weight gives the confidence.

Only the first 4,000 characters, some 40 numbers and 200 words of a script are looked at, and every pattern
is possessive or bounded, so the work is linear in the text and has an upper limit.
Origin-bound codes: https://wicg.github.io/sms-one-time-codes/. The "<#>" line: Android's SMS Retriever.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from inbox.codes import vocabulary
from inbox.codes.candidates import Number
from inbox.codes.candidates import numbers as numbers_of
from inbox.codes.letters import letters
from inbox.codes.occurrences import standing
from inbox.codes.vocabulary import (
    ASK,
    CODE,
    LABEL,
    LIFE,
    MONEY,
    PURPOSE,
    SOFT,
    STRONG,
    UNIT,
    Word,
    names_another,
)
from inbox.text import folding
from inbox.text.folding import View

LOOK_AT = 4000
# Of the 551 labelled texts none is wrong at 2.3; at 2.0 "Rabattcode: 94103" counts as a code, at 2.45 eight
# codes are missed ("Kestrel: enter 20241 to log in.")
ENOUGH = 2.3
DOUBTED = 1.5
POSSIBLE = 1.5  # of 5,171 harmless texts 3 have a number of this weight that is not found as a code


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: `text[span[0]:span[1]] == shown`; `value` is what a person types; confidence 0 to 1."""

    value: str
    shown: str
    confidence: float
    reason: str
    span: tuple[int, int]


class WeighedNumber(NamedTuple):
    """A number's weight in its surroundings, and the reason in words."""

    weight: float
    reason: str
    number: Number


class Analysis(NamedTuple):
    """The code of a message, all that may be one (the code first), every number, and the text as it was read."""

    code: Code | None
    candidates: tuple[Number, ...]
    numbers: list[Number]
    view: View


def find(text: str, sender: str = "") -> Code | None:
    """Return the one-time code of a message, or None. `sender` is as the carrier gives it; never raises."""
    found = analyse(text, sender)
    return found.code if found else None


def analyse(text: str, sender: str = "") -> Analysis | None:
    """Find everything that may be a code; return None if nothing has the shape of one. Never raises."""
    text = text[:LOOK_AT]
    lettered = _MAYBE_LETTERS.search(text) or "  " in text or folding.hides(text)
    if not lettered and not _DIGIT.search(text):
        return None
    view = folding.view(text)
    bound = _BOUND.search(view.folded) if "#" in text else None
    folded = vocabulary.blanked(view.folded)
    numbers = numbers_of(folded, view.seen)
    if not numbers and not bound and not lettered:
        return None
    words = vocabulary.words(folded)
    if folded is not view.folded:
        numbers = [_raise_if_linked(number, view.folded, folded) for number in numbers]
    weighed = _weigh_all(folded, numbers, words, sender) if numbers else []
    spelled = _weigh_letters(view, folded, words, sender) if lettered else []
    best = _read_bound_code(view, bound) if bound else _pick_best(weighed) or next(iter(spelled), None)
    if best is None and not (weighed and weighed[0].weight >= POSSIBLE):
        return None
    first = best.number if best else weighed[0].number
    others = (
        weighed_number.number for weighed_number in [*weighed, *spelled] if weighed_number.weight >= POSSIBLE
    )
    candidates = (first, *(number for number in others if number is not first))
    return Analysis(_make_code(text, view, best) if best else None, candidates, numbers, view)


# Weighing


def _raise_if_linked(number: Number, whole: str, folded: str) -> Number:
    """Return the number, with more weight if a link in the text repeats it."""
    token = folded[number.start : number.end]
    return number._replace(weight=number.weight + 1.5) if whole.count(token) > folded.count(token) else number


def _weigh_all(folded: str, numbers: list[Number], words: list[Word], sender: str) -> list[WeighedNumber]:
    """Weigh every number that is not the sender's own; return the heaviest first."""
    around = _weigh_context(folded, numbers, words)
    own = _as_value(sender)
    weighed = [
        _weigh_number(folded, number, numbers, words, around) for number in numbers if number.value != own
    ]
    weighed.sort(key=lambda weighed_number: -weighed_number.weight)
    return weighed


@lru_cache(maxsize=4096)
def _as_value(sender: str) -> str:
    """Return the sender's number as a code's value; networks give numbers in ASCII only."""
    return _DIVIDERS.sub("", sender).upper() if sender.isascii() else ""


def _pick_best(weighed: list[WeighedNumber]) -> WeighedNumber | None:
    return _doubt_if_ambiguous(weighed) if weighed and weighed[0].weight >= ENOUGH else None


def _doubt_if_ambiguous(weighed: list[WeighedNumber]) -> WeighedNumber:
    """Return the heaviest number, with less weight if another one could just as well be the code."""
    best = weighed[0]
    for other in weighed[1:]:
        if other.number.value == best.number.value or other.weight < ENOUGH:
            continue
        # Two numbers side by side are a choice ("482109 or 771203"), whatever their weights
        beside = 0 <= other.number.start - best.number.end <= 6
        if beside or other.weight > best.weight - 0.35:
            return best._replace(weight=DOUBTED, reason=best.reason + "; another number is as likely")
    return best


def _weigh_context(folded: str, numbers: list[Number], words: list[Word]) -> float:
    """Weigh the words of the whole message."""
    roles = 0
    for word in words:
        roles |= word[2]
    # What the text is about counts wherever it says so: without the weight of strong words five labelled
    # codes are missed, such as "type 55 10 28 on its screen. Your login code changes every 30 seconds."
    weight = 0.5 * bool(roles & STRONG) + 0.35 * bool(roles & PURPOSE) + 0.35 * bool(roles & LIFE)
    if roles & (CODE | STRONG):
        weight += 0.2
    elif not roles and len(numbers) == 1 and not folded.isascii():
        # A language whose words are not listed: all that speaks for the number is that it is alone
        weight += 0.3
    return weight + 1.8 * folded.startswith("<#>")


def _weigh_number(
    folded: str, number: Number, numbers: list[Number], words: list[Word], around: float
) -> WeighedNumber:
    index, beyond = bisect_left(words, (number.start,)), bisect_left(words, (number.end,))
    if _is_quantity(folded, number, words, index, beyond) or (
        # German TAN lists number their codes: without this five of the labelled
        # texts give the index ("TAN Nr. 4821: 771203").
        "tan" in folded and _is_serial(folded, number, numbers)
    ):
        return WeighedNumber(-9.0, "", number)
    before, reason_before = _weigh_word_before(folded, number, numbers, words, index)
    after, reason_after = _weigh_word_after(folded, number, words, index, beyond)
    alone, reason_alone = _weigh_isolation(folded, number, words, index)
    label = _weigh_label(folded, number, words, index)
    beside = before if before < 0 else max(before, after) + 0.3 * (before > 0 and after > 0)
    weight = number.weight + around + beside + alone - label
    reason = reason_before if before >= after else reason_after
    return WeighedNumber(weight, reason or reason_alone or "the text speaks of a code", number)


def _is_quantity(folded: str, number: Number, words: list[Word], index: int, beyond: int) -> bool:
    """Whether the number counts minutes, money, things."""
    if beyond < len(words):
        start, end, roles = words[beyond]
        gap = folded[number.end : start]
        single = end - start == 1 and folded[start] not in "рчг"
        near = not gap or (gap in (" ", "-") and not single)
        if near and roles & (UNIT | MONEY) and not roles & (CODE | STRONG):
            return True
    if index and words[index - 1][2] & MONEY:
        return folded[words[index - 1][1] : number.start] in ("", " ", ".", ". ", ":", ": ")
    return False


def _is_serial(folded: str, number: Number, numbers: list[Number]) -> bool:
    """Whether the number only says which of several TANs the next number is: "TAN Nr. 4821: 771203"."""
    later = any(other.start >= number.end for other in numbers)
    return later and bool(_SERIAL.search(folded, max(number.start - 30, 0), number.start))


def _weigh_word_before(
    folded: str, number: Number, numbers: list[Number], words: list[Word], index: int
) -> tuple[float, str]:
    """Weigh the nearest word for a code before the number."""
    # Three words back would do for all labelled texts but one in Polish, where a name comes between: "Kod
    # weryfikacyjny do konta Lubopost to 4410"
    for at in range(index - 1, max(index - 12, -1), -1):
        start, end, roles = words[at]
        if number.start - end > 90:
            break
        if not roles & (CODE | STRONG):
            continue
        gap = folded[end : number.start]
        if names_another(folded, words, at):
            # Next to another sort of code the number is that one: at 0 "ZIP code:
            # 94103" and "Your discount code: 182734" count
            return (-2.5 if len(gap) <= 14 else 0.0), ""
        between = any(end <= other.start < number.start for other in numbers) if len(numbers) > 1 else False
        weight = _weigh_gap(gap) + _weigh_purpose(words, at) - between - _weigh_offer(folded, words, at)
        return weight, f"follows the word “{folded[start:end]}”"
    return 0.0, ""


def _weigh_gap(gap: str) -> float:
    if _BREAK.search(gap):
        # The number may be in the next sentence ("We sent a code to +44 7700 900123. It is 118342."): at 0
        # seven labelled codes are missed.
        return 1.2 if len(gap) <= 40 else 0.8
    # The nearer the surer: with 3.0 at every distance an advertisement among 5,171 ordinary texts has a code,
    # with 1.6 "Your code for card ending 1234 is 482109" has none
    weight = 3.0 if len(gap) <= 6 else 2.4 if len(gap) <= 25 else 2.0 if len(gap) <= 50 else 1.6
    return weight + 0.4 * bool(_COLON.search(gap))


def _weigh_word_after(
    folded: str, number: Number, words: list[Word], index: int, beyond: int
) -> tuple[float, str]:
    """Weigh the nearest word for a code after the number: "123456 is your code"."""
    for at in range(beyond, min(beyond + 10, len(words))):
        start, end, roles = words[at]
        gap = folded[number.end : start]
        if len(gap) > 70 or _BREAK.search(gap):
            break
        if roles & (CODE | STRONG):
            if names_another(folded, words, at):
                return 0.0, ""
            first = _opens_sentence(folded, number.start) or _is_asked_for(folded, number, words, index)
            weight = (2.4 if len(gap) <= 25 else 2.1) if first else 1.5 if len(gap) <= 25 else 1.0
            return weight + _weigh_purpose(words, at), f"precedes the word “{folded[start:end]}”"
    return 0.0, ""


def _opens_sentence(folded: str, start: int) -> bool:
    """Whether a sentence begins at this position."""
    head = folded[max(start - 4, 0) : start].rstrip(" \"'“«")
    return not head or head[-1] in _OPENING


def _is_asked_for(folded: str, number: Number, words: list[Word], index: int) -> bool:
    if not index or not words[index - 1][2] & ASK:
        return False
    return len(folded[words[index - 1][1] : number.start].strip()) <= 2


def _weigh_offer(folded: str, words: list[Word], at: int) -> float:
    """Weigh an offer against the code: "10 % discount with the code"."""
    for word in reversed(words[max(at - 3, 0) : at]):
        end = word[1]
        if words[at][0] - end > 30:
            break
        if vocabulary.is_other(word):
            between = folded[end : words[at][0]]
            # An order with a number of its own is not an offer: "Your
            # verification code for order 5512098 is 306714."
            return 0.0 if _DIGIT.search(between) or _BREAK.search(between) else 2.0
    return 0.0


def _weigh_purpose(words: list[Word], at: int) -> float:
    """Weigh a purpose beside the word: "verification code" rather than "code"."""
    start, end, roles = words[at]
    if roles & STRONG:
        return 0.5
    if at and words[at - 1][2] & PURPOSE and start - words[at - 1][1] <= 6:
        return 0.5
    return 0.5 if at + 1 < len(words) and words[at + 1][2] & PURPOSE and words[at + 1][0] - end <= 6 else 0.0


def _weigh_label(folded: str, number: Number, words: list[Word], index: int) -> float:
    """Weigh a label against the number: "order 483921", "card ending in 1234"."""
    if not index or _IS.search(folded, max(0, number.start - 60), number.start):
        return 0.0
    start, end, roles = words[index - 1]
    gap = folded[end : number.start]
    if len(gap) > 16 or roles & (CODE | STRONG) or _BREAK.search(gap) or _DIGIT.search(gap) or "】" in gap:
        return 0.0
    if roles & LABEL:
        # Without it seven labelled texts give a number that is not a code, such as "Your account ending 1234: a
        # code was sent"
        return 4.0
    if not roles & SOFT or len(gap) > 8:
        return 0.0
    beside_noun = index > 1 and words[index - 2][2] & (CODE | STRONG) and start - words[index - 2][1] <= 2
    return 0.0 if beside_noun else 1.0 if _COLON.search(gap) else 2.0


def _weigh_isolation(folded: str, number: Number, words: list[Word], index: int) -> tuple[float, str]:
    """Weigh a number that is alone in the message or its line, or follows a verb."""
    left, right = folded[: number.start].strip(_TRIM), folded[number.end :].strip(_TRIM)
    if not right and (not left or (len(left) == 1 and left.isalpha() and left.isascii())):
        # A bare "551204" has no word that could speak for it: at 1.0 three labelled codes are missed
        return 2.0, "the message is nothing else"
    if not right and number.start <= 28 and _BRACKETED.fullmatch(folded[: number.start]):
        return 1.5, "the message is a name and a number"
    if _is_asked_for(folded, number, words, index):
        return 1.2, "the text asks to enter it"
    if not left and index < len(words) and words[index][2] & PURPOSE and words[index][0] - number.end <= 30:
        return 1.2, "it comes first, before a word for signing in"
    if not right and _LABELLED.fullmatch(folded[: number.start]):
        return 1.3, "the message is a label and a number"
    line_before = folded.rfind("\n", 0, number.start) + 1
    line_after = folded.find("\n", number.end)
    line = folded[line_before : line_after if line_after >= 0 else len(folded)].strip(_TRIM)
    if "\n" in folded and len(line) <= number.end - number.start:
        return 1.2, "it has a line to itself"
    return 0.0, ""


# Results


def _weigh_letters(view: View, folded: str, words: list[Word], sender: str) -> list[WeighedNumber]:
    return [WeighedNumber(number.weight, why, number) for number, why in letters(view, folded, words, sender)]


def _make_code(text: str, view: View, weighed_number: WeighedNumber) -> Code:
    number = weighed_number.number
    start, end = view.in_text((number.start, number.end))
    # A logistic curve: 0.6 at the threshold of 2.3, 0.34 for what is doubted, 0.9 from 3.7 on
    confidence = round(1 / (1 + math.exp(1.3 * (2.0 - weighed_number.weight))), 2)
    return Code(number.value, text[start:end], confidence, weighed_number.reason, (start, end))


def _read_bound_code(view: View, match: re.Match[str]) -> WeighedNumber:
    """Read a code that is bound to a web address; its span is where people read it, if it is there too."""
    value = match[1].replace("-", "").upper()
    start, end = next(standing(view.folded, value), match.span(1))
    number = Number(start, end, value, 0.0)
    # Above every other weight: the line is written by a program for programs, and says nothing else
    return WeighedNumber(6.0, "bound to a web address", number)


# Patterns


_OPENING = frozenset(",.:;!?\n\r)]}>|»】」』〉》。，：；！？、」\x01-")
_TRIM = " \t\r\n.,:;!?\"'“”„«»()[]<>#*-–—。，！、：【】「」（）"

_DIGIT = re.compile(r"\d")
_DIVIDERS = re.compile(r"[\W_]")
_MAYBE_LETTERS = re.compile(
    r"[A-ZＡ-Ｚ](?:[A-ZＡ-Ｚ]{3}|[A-Z]{2}-[A-Z]| {1,3}[A-Z0-9] )|[:：=][ \n]?[\"'“]?[A-Za-z]{4,10}\s*+$"
)
_BOUND = re.compile(r"(?:^|\n)@[a-z0-9.-]{1,255} #([a-z0-9]{2,10}(?:-?[a-z0-9]{1,8})?)(?=\s|$)")

_BREAK = re.compile(r"[.!?](?=\s)|[。！？؟۔।]|\n[ ]*\n")
_COLON = re.compile(r"[:=：﹕][^a-z0-9]{0,4}$")
_IS = re.compile(r"\b(?:kod|haslo)\b[^\d.:;!?\n]{1,40} to $")  # Polish "to" is a verb: "kod Acme to 123456"
_SERIAL = re.compile(r"tan[ -][a-z. -]{0,16}?\b(?:nr|nummer|no|num|index|lfd)\b[.:# ]{0,3}$")
_BRACKETED = re.compile(r"\s*[\[【(<「][^\]】)>」\d]{1,24}[\]】)>」]\s*")
_LABELLED = re.compile(r"[^\d\n:：]{2,40}[:：] ?")
