"""Codes of letters only: "use code QPLM to sign in", "RWTK is your sign-in code".

Only its position distinguishes such a code from a word in capitals. So it has to follow a word for a code, with no more
in between than a colon or "is", or precede "is your code"; words that often are there in capitals are known. Letters
that nobody could pronounce need less evidence around them than what could be a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from inbox.codes.candidates import LONGEST, Number
from inbox.codes.lexicon import AS, CAPITALS, COPULAS, LAST_COPULAS, POSSESSIVES, SHORT_COPULAS
from inbox.codes.vocabulary import ASK, CODE, OTHER, PURPOSE, ROLES, STRONG, Word, names_another
from inbox.text.folding import View

# All above `finder.ENOUGH`: what is not a code gets no weight at all here
CLEAR, PLAIN, FAINT = 3.0, 2.6, 2.4
LONGEST_WORD = 6  # letters: longer words in capitals say how secret the code is
MOST_RUNS = 40


class Text(NamedTuple):
    """A folded text, its known words, those of them that name a code, and what roles there are."""

    folded: str
    words: list[Word]
    names: list[Word]
    roles: int


class Run(NamedTuple):
    """Capital letters somewhere in a text; `random` ones nobody could pronounce."""

    start: int
    end: int
    value: str
    random: bool


def letters(view: View, folded: str, words: list[Word], sender: str) -> Iterator[tuple[Number, str]]:
    """Find the codes of letters in a text from left to right, each with the reason in words."""
    roles = 0
    for word in words:
        roles |= word[2]
    if not roles & (CODE | STRONG | ASK):
        return
    runs = list(islice(_find_runs(view.seen, folded, sender), MOST_RUNS))
    if not runs and not _COLON.search(folded):
        return
    names = [
        word for at, word in enumerate(words) if word[2] & _NAMES and not names_another(folded, words, at)
    ]
    text = Text(folded, words, names, roles)
    if "%" not in folded and (roles & (STRONG | PURPOSE) or not roles & OTHER):  # else it speaks of an offer
        for run in runs:
            weight, name = (
                _weigh_after_name(text, run)
                or _weigh_before_name(text, run)
                or _weigh_request(text, run)
                or (0.0, "")
            )
            if weight:
                yield Number(run.start, run.end, run.value.upper(), weight), name
    yield from _find_after_colon(text)


def _find_runs(seen: str, folded: str, sender: str) -> Iterator[Run]:
    """Find capital letters that are not in an address, not a known word, and not the sender's name."""
    # In a text of capitals only, a word is just a word: "CODE WORD: APPLE"
    shouted = not any(map(str.islower, seen))
    for match in _CAPITALS.finditer(seen):
        start, end = match.span()
        value = _DIVIDERS.sub("", folded[start:end])
        # "Seu código é SIGILOSO" (confidential) can be pronounced, QPLM cannot:
        # 38 of the labelled codes are known by that alone
        random = not value.isalpha() or not _PRONOUNCEABLE.fullmatch(value)
        # Statuses look like codes: without the list "Your code:
        # EXPIRED" and "My code review is DONE" have one
        known = value in _WORDS or value in ROLES or value in _normalise_name(sender)
        if 4 <= len(value) <= LONGEST and not known and folded[start] != "\x01" and (random or not shouted):
            phrase = not shouted and _WORD_BEHIND.match(seen, end)  # "dress code BLACK TIE"
            yield from () if phrase else (Run(start, end, value, random),)


@lru_cache(maxsize=4096)
def _normalise_name(sender: str) -> str:
    return _DIVIDERS.sub("", sender).lower()


def _weigh_after_name(text: Text, run: Run) -> Weighed | None:
    """ "Your code is QPLM", "code: QPLM", "use code QPLM"."""
    name = next((name for name in reversed(text.names) if name[1] <= run.start), None)
    if name is None or run.start - name[1] > 60:
        return None
    led = _LED.fullmatch(text.folded, name[1], run.start)
    weight = 0.0
    if led and (run.random or led["colon"] or (led["verb"] and len(run.value) <= LONGEST_WORD)):
        weight = CLEAR if run.random else PLAIN
    elif run.random and run.start - name[1] <= 30 and _IS_IT.match(text.folded, run.end):
        weight = PLAIN
    elif _NEXT.fullmatch(text.folded, name[1], run.start):
        asked = text.roles & ASK and text.roles & PURPOSE
        weight = CLEAR if run.random else FAINT if asked else 0.0
    return (weight, f"letters that follow the word “{text.folded[name[0] : name[1]]}”") if weight else None


def _weigh_before_name(text: Text, run: Run) -> Weighed | None:
    """ "QPLM is your sign-in code"; or the text is nothing but letters and what they are for."""
    name = next((name for name in text.names if name[0] >= run.end), None)
    if name is None or name[0] - run.end > 45 or _BREAK.search(text.folded, run.end, name[0]):
        return None
    reason = f"letters before the word “{text.folded[name[0] : name[1]]}”"
    if not _OPENING.search(text.folded, max(run.start - 4, 0), run.start):
        return None
    if _IS_YOUR.match(text.folded, run.end, name[0]):
        return (PLAIN if run.random else FAINT), reason
    rest = [word for word in text.words if word[0] >= name[0]]
    # Languages that put "is" elsewhere or leave it out: "QPLM
    # doğrulama kodunuz", "QPLM — ваш код подтверждения"
    alone = not text.folded[: run.start].strip(_TRIM) and _ENDING.fullmatch(text.folded, rest[-1][1])
    fitting = run.random and all(word[2] & (CODE | STRONG | PURPOSE) for word in rest)
    return (FAINT, reason) if alone and fitting else None


def _weigh_request(text: Text, run: Run) -> Weighed | None:
    """ "Enter QPLM to verify your account", "use QPLM as your code"."""
    asks = [word for word in text.words if word[2] & ASK]
    beside = any(0 <= run.start - word[1] <= 2 for word in asks)
    if not beside and not (asks and _AS.match(text.folded, run.end)):
        return None
    later = [word for word in text.words if word in text.names or (run.random and word[2] & PURPOSE)]
    if any(
        run.end <= word[0] <= run.end + 50 and not _BREAK.search(text.folded, run.end, word[0])
        for word in later
    ):
        return FAINT, "letters that the text asks to enter"
    return None


def _find_after_colon(text: Text) -> Iterator[tuple[Number, str]]:
    """Find small letters between a word for a one-time code with a colon and the end of the line."""
    for start, end, roles in text.names:
        # A plain word for a code is not enough before small letters: "CODE WORD: APPLE"
        match = _LAST.match(text.folded, end) if roles & STRONG else None
        if match and match[1] not in ROLES and match[1] not in _WORDS:
            reason = f"letters that follow the word “{text.folded[start:end]}”"
            yield Number(match.start(1), match.end(1), match[1].upper(), FAINT), reason


Weighed = tuple[float, str]
"""A weight, and the reason in words."""
_WORDS = frozenset(word for words in CAPITALS.values() for word in words.split())
_NAMES = CODE | STRONG
_COLON = re.compile("[:=：]")
_TRIM = " \t\r\n.,:;!?\"'“”„«»()[]<>#*-–—。，！、：【】「」（）"
_LATIN = "A-Za-z0-9\u00c0-\u024f"
_CAPITALS = re.compile(
    rf"(?<![{_LATIN}_@/.#-])(?:[A-Z]{{4,10}}|[Ａ-Ｚ]{{4,10}}|[A-Z]{{3,6}}(?:-[A-Z]{{3,6}}){{1,4}}"
    rf"|[A-Z0-9](?: {{1,3}}[A-Z0-9]){{3,9}})(?![{_LATIN}_@/-])"
)
_DIVIDERS = re.compile(r"[\W_]")
_PRONOUNCEABLE = re.compile(r"(?!.*(?:[^aeiouy]{4}|q[^u]))(?=.*[aeiou]).*")
_WORD_BEHIND = re.compile(r" [A-Z]{2,}(?![a-z])")
_QUOTE = r"[\"'“„‘«(\[【「]{0,2}"
_NEXT = re.compile(rf"[ ]?{_QUOTE}")
_VERB, _SHORT = "|".join(COPULAS), "|".join(SHORT_COPULAS)
_LED = re.compile(
    rf"(?:[^.!?。！？\n\d]{{0,50}}?(?:(?P<colon>[:=：﹕])|(?P<verb>(?<![a-z])(?:{_VERB})))|[a-z]{{0,4}}[ ](?:{_SHORT}))"
    rf"[ \n]?(?:[:：][ \n]?)?{_QUOTE}"
)
_IS_IT = re.compile(rf"[ ]?(?:{'|'.join(LAST_COPULAS)})")
_ENDING = re.compile(r"[^\W\d_]*\W*")
_AS = re.compile(rf"[\"'”»)\]】」]? (?:{'|'.join(AS)}) ")
_IS_YOUR = re.compile(rf"[\"'”»)\]】」]? (?:{_VERB}|{_SHORT}) (?:{'|'.join(POSSESSIVES)})(?![a-z])")
_OPENING = re.compile(r"(?:^|[.!?:;>\n】\])}»」。！？：\x01])[ \"'“„‘«(\[【「]*$")
_BREAK = re.compile(r"[.!?](?=\s)|[。！？؟۔।]|\n[ ]*\n|\d")
_LAST = re.compile(
    r"[a-z ]{0,14}?[:=：] ?[\"'“‘(\[]{0,2}([a-z]{4,10})(?![a-z0-9-])[\"'”’)\]]{0,2}[ ]*(?:\n|$)"
)
