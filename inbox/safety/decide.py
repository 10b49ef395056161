"""Decides what a public page withholds, and why: messages of banks, payments, health, the state, and recovery links.

An ordinary one-time code for signing up is shown: that is what public numbers are for. What is weighed are words in the
text and the sender's name (`words.py`); amounts of money and links add to some. All words are found in one pass, so the
work is linear, and bounded by the first 4,000 characters. A name in brackets at either end of the text
weighs like the sender's (`signatures.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from inbox.codes import Code
from inbox.safety.portals import PORTALS, PORTALS_ANYWHERE
from inbox.safety.senders import SENDERS
from inbox.safety.signatures import find_signatures
from inbox.safety.words import INNOCENT, SCRIPTS, WORDS
from inbox.text.folding import fold, view
from inbox.text.lexicon import (
    Entry,
    GluedWords,
    Grammar,
    beginnings_of,
    blocks_of,
    compile_starts,
    parse,
    scripts_in,
)

LOOK_AT = 4000
# At 2 "Bank holiday hours: open 9 to 5 on Monday." is withheld, and of
# 5,171 ordinary texts 25 more than the 78 of today
ENOUGH = 3  # or one heavy word
# If these words needed 3 as well, 25 of 359 labelled texts would be shown
# ("Your mortgage application has moved to underwriting")
HEAVY = 2


class Decision(NamedTuple):
    """Whether a public page withholds a message, and the category: `moderation.withheld` has the words for people."""

    withheld: bool
    category: str = ""


SHOWN = Decision(False)


def decide(text: str, sender: str = "", code: Code | None = None) -> Decision:
    """Decide about a message. `code` is what `codes.find` found in it, if anything; never raises."""
    # without marks that nobody sees, which would part a word
    seen, folded, _ = view(text[:LOOK_AT])
    weights: dict[str, int] = dict(_weigh_sender(sender[:64]))
    # Chinese senders sign in brackets inside the text and send from numbers that say nothing: three labelled
    # messages are known by that alone
    for name in find_signatures(seen):
        weights.update(_weigh_sender(name))
    if _OFFICIAL_HOST.search(folded):
        weights["government"] = HEAVY
    heavy = set(weights)  # a sender's name is heavy
    innocent = _weigh_words(folded, weights, heavy)
    if (weights.get("bank") or weights.get("payment")) and _AMOUNT.search(folded):
        for category in weights.keys() & {"bank", "payment"}:
            weights[category] += 1
    # A link beside a code belongs to an ordinary message for signing up, which is shown
    if code is None and (weights.get("recovery") or _SIGN_IN.search(folded)) and _LINK.search(folded):
        return Decision(True, "link")
    found = [
        (weight, category)
        for category, weight in weights.items()
        if weight - innocent >= (HEAVY if category in heavy else ENOUGH)
    ]
    if found:
        return Decision(True, max(found)[1])
    return SHOWN


def _weigh_words(folded: str, weights: dict[str, int], heavy: set[str]) -> int:
    """Add up the evidence for each category; return the weight of innocent words."""
    innocent = 0
    for _, category, weight in _find_evidence(folded):
        if category == "innocent":
            innocent += weight
            continue
        weights[category] = weights.get(category, 0) + weight
        if weight == HEAVY:
            heavy.add(category)
    return innocent


def _find_evidence(folded: str) -> list[Evidence]:
    """List the evidence in a text; each word counts once, and once more in each script that it is listed for."""
    found: set[Evidence] = set()
    implied_by_text = _index_implied()
    for match in _compile_starts().finditer(folded):
        written = match[1]
        implied = implied_by_text.get(written) or implied_by_text[" ".join(_TOKEN.findall(written))]
        found.update(implied.always)
        if implied.whole and _WORD_ENDS.match(folded, match.end(1)):
            found.update(implied.whole)
    everything = list(found)
    if not folded.isascii():
        for script in scripts_in(folded, _SCRIPT_OF):
            words, implied_by = _index_glued().get(script, _NO_WORDS)
            everything += {
                evidence for match in words.find(folded, inside=True) for evidence in implied_by[match[0]]
            }
    return everything


@lru_cache(maxsize=4096)
def _weigh_sender(sender: str) -> tuple[tuple[str, int], ...]:
    """Weigh the sender's name: a known name is heavy."""
    name = view(sender).folded
    if name.removeprefix("+").isdigit() and len(name) > 4:
        return ()
    return tuple((category, HEAVY) for category, pattern in _SENDERS.items() if pattern.search(name))


# Data in the form in which it is looked up

Evidence = tuple[Entry, str, int]
"""A word, its category, and its weight; a plain tuple, for speed."""


class ImpliedEvidence(NamedTuple):
    """The evidence of a word, including that of all shorter words that it begins with."""

    always: tuple[Evidence, ...]
    whole: tuple[Evidence, ...]
    """Evidence only where the word ends: for words that are listed both whole and as a beginning."""


_LETTER = r"[^\W_]"
_TOKEN = re.compile(rf"{_LETTER}+(?:['&-]{_LETTER}+)*")
_ENDS = rf"(?!{_LETTER}|['&-]{_LETTER})"
_WORD_ENDS = re.compile(_ENDS)
_GRAMMAR = Grammar(
    before=rf"(?<!{_LETTER})(?<!{_LETTER}['&-])", after=_ENDS, blank=rf"(?!['&-]{_LETTER})[\W_]++"
)
_SIGNS = "$€£¥₹₽₴₺₩₫฿₪"
_BEFORE = "usd|eur|gbp|inr|rs|rub|uah|tl|try|pln|huf|czk|ron|sek|kr|brl|mxn|idr|rp|rm|vnd|chf|sar|egp|aed|ngn|kes|zar"
_BEHIND = "usd|eur|gbp|inr|rub|руб|грн|pln|huf|ron|lei|vnd|円|元|원|บาท|ريال|جنيه|تومان|টাকা|रुपये|שח"
_SHORT = r"(?:р|tl|zl|ft|kc|kr)\b"
_AMOUNT = re.compile(rf"(?:[{_SIGNS}]|\b(?:{_BEFORE}))\.? ?[0-9]|[0-9] ?(?:[{_SIGNS}]|{_BEHIND}|{_SHORT})")
_LINK = re.compile(r"://|\bwww\.|\b[a-z0-9-]{1,30}\.[a-z]{2,10}/\S{2}")
# hosts that only a state can have: .gov, .gov.xx and what other countries write instead
_OFFICIAL_HOST = re.compile(
    r"[a-z0-9]\.(?:gov|mil|(?:gov|gouv|gob|gub|govt|gv|mil)\.[a-z]{2}|go\.(?:jp|kr|id|th|ke|tz|ug|cr)|gc\.ca|admin\.ch"
    r"|bund\.de|europa\.eu|overheid\.nl|gouv\.[a-z]{2})(?![\w-]|\.[a-z0-9])"
)
_SIGN_IN = re.compile(
    r"\b(?:magic|login|sign-?in|log-?in|reset|recover\w*|verify your email|one-tap)\b[^.!?]{0,40}\b(?:link|url|here)\b"
    r"|\b(?:link|tap|click|open)\b[^.!?]{0,30}\b(?:to|and) (?:log ?in|sign ?in|reset|recover|regain)\b"
    r"|\b(?:log|sign) in(?: to \w+)?(?: here| now| with one tap)?: ?\S"
)


def _read_list(category: str, words: str) -> Iterator[Evidence]:
    """Read a list of words of a category: heavy ones are before the bar."""
    heavy, _, light = words.partition("|")
    for part, weight in ((heavy, HEAVY), (light, 1)):
        for entry in parse(part):
            yield entry, category, weight


def _read_all_lists() -> Iterator[Evidence]:
    """Read the lists of languages that separate words."""
    lists = [
        *(pair for language in WORDS.values() for pair in language.items()),
        ("innocent", "|" + INNOCENT),
    ]
    lists += [("government", words) for words in PORTALS.values()]
    for category, words in lists:
        for entry, _, weight in _read_list(category, words):
            if text := " ".join(_TOKEN.findall(entry.text)):
                yield Entry(text, entry.begins), category, weight


@cache
def _index_implied() -> dict[str, ImpliedEvidence]:
    whole: dict[str, set[Evidence]] = {}
    begins: dict[str, set[Evidence]] = {}
    for evidence in _read_all_lists():
        entry = evidence[0]
        (begins if entry.begins else whole).setdefault(entry.text, set()).add(evidence)
    found = {}
    for text, shorter in beginnings_of([*whole, *begins]).items():
        always: set[Evidence] = set()
        for beginning in shorter:
            always |= begins.get(beginning, set())
            # a word of its own only where the phrase continues with a space
            if text[len(beginning) :].startswith(" ") or (beginning == text and text not in begins):
                always |= whole.get(beginning, set())
        found[text] = ImpliedEvidence(tuple(always), tuple(whole.get(text, set()) - always))
    return found


@cache
def _index_glued() -> dict[str, tuple[GluedWords, dict[str, tuple[Evidence, ...]]]]:
    """Compile the words of each script; Chinese characters count as Japanese too, Arabic ones as Persian."""
    by_script: dict[str, set[Evidence]] = {}
    read_as = {"ja": ["zh", "ja"], "fa": ["ar"]}
    portals = [(language, {"government": words}) for language, words in PORTALS_ANYWHERE.items()]
    for language, categories in [*SCRIPTS.items(), *portals]:
        for script in read_as.get(language, [language]):
            for category, words in categories.items():
                by_script.setdefault(script, set()).update(_read_list(category, words))
    found = {}
    for script, weighted in by_script.items():
        of_text: dict[str, list[Evidence]] = {}
        for evidence in weighted:
            of_text.setdefault(evidence[0].text, []).append(evidence)
        implied = {
            text: tuple(evidence for beginning in shorter for evidence in of_text[beginning])
            for text, shorter in beginnings_of(of_text).items()
        }
        found[script] = GluedWords((entry for entry, _, _ in weighted), Grammar()), implied
    return found


@cache
def _compile_starts() -> re.Pattern[str]:
    return compile_starts((entry for entry, _, _ in _read_all_lists()), _GRAMMAR)


def prepare() -> None:
    """Make ready now what the first message would wait for: half a second of compiling."""
    _compile_starts()
    _index_implied()
    _index_glued()


_NO_WORDS: tuple[GluedWords, dict[str, tuple[Evidence, ...]]] = (GluedWords((), Grammar()), {})
_SCRIPT_OF = blocks_of(
    {
        "zh": [(0x4E00, 0x9FFF), (0x3400, 0x4DBF)],
        "ja": [(0x3040, 0x30FF)],
        "ko": [(0xAC00, 0xD7AF)],
        "th": [(0x0E00, 0x0E7F)],
        "ar": [(0x0600, 0x06FF)],
        "he": [(0x0590, 0x05FF)],
        "hi": [(0x0900, 0x097F)],
        "bn": [(0x0980, 0x09FF)],
    }
)


def _compile_senders(names: str) -> re.Pattern[str]:
    parts = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        body = re.escape(fold(name.strip("*")))
        parts.append(("" if name.startswith("*") else "^") + body + ("" if name.endswith("*") else "$"))
    return re.compile("|".join(parts) or r"(?!)")


_SENDERS = {category: _compile_senders(names) for category, names in SENDERS.items()}
