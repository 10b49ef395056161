"""Decides what a public page withholds, and why: messages of banks, payments, health, the state, and recovery links.

An ordinary one-time code for signing up is shown: that is what public numbers are for. What is weighed are words in the
text and the sender's name (`words.py`); amounts of money and links add to some. The words of a text are looked up one
by one, so the work is linear, and bounded by the first 4,000 characters. A name in brackets at either end of the text
weighs like the sender's (`signatures.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from inbox.codes import Code
from inbox.codes.folding import fold
from inbox.safety.portals import PORTALS, PORTALS_ANYWHERE
from inbox.safety.senders import SENDERS
from inbox.safety.signatures import find_signatures
from inbox.safety.words import INNOCENT, SCRIPTS, WORDS

LOOK_AT = 4000
ENOUGH = 3  # or one heavy word
HEAVY = 2


class Decision(NamedTuple):
    """Whether a public page withholds a message, and the category: `moderation.withheld` has the words for people."""

    withheld: bool
    category: str = ""


SHOWN = Decision(False)


def decide(text: str, sender: str = "", code: Code | None = None) -> Decision:
    """Decide about a message. `code` is what `codes.find` found in it, if anything; never raises."""
    folded = fold(text[:LOOK_AT])
    weights: dict[str, int] = dict(_sender(sender[:64]))
    for name in find_signatures(text[:LOOK_AT]):
        weights.update(_sender(name))
    if _OFFICIAL_HOST.search(folded):
        weights["government"] = HEAVY
    heavy = set(weights)  # a sender's name is heavy
    innocent = _weigh(folded, weights, heavy)
    if (weights.get("bank") or weights.get("payment")) and _AMOUNT.search(folded):
        for category in weights.keys() & {"bank", "payment"}:
            weights[category] += 1
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


def _weigh(folded: str, weights: dict[str, int], heavy: set[str]) -> int:
    """Add up the evidence for each category; returns the weight of innocent words."""
    innocent = 0
    tokens = _TOKEN.findall(folded)
    seen: set[Entry] = set()
    found: list[tuple[str, int]] = []
    for at, token in enumerate(tokens):
        for entries in (_HEADS.get(token, ()), _STEMS.get(token[:3], ())):
            for entry in entries:
                if entry not in seen and _is_there(tokens, at, entry[0], entry[1]):
                    seen.add(entry)
                    found.append(entry[2:])
    if not folded.isascii():
        for script in {_SCRIPT_OF.get(ord(char) >> 7, "") for char in set(folded)}:
            found += [
                (category, weight) for word, category, weight in _GLUED.get(script, ()) if word in folded
            ]
    for category, weight in found:
        if category == "innocent":
            innocent += weight
            continue
        weights[category] = weights.get(category, 0) + weight
        if weight == HEAVY:
            heavy.add(category)
    return innocent


def _is_there(tokens: list[str], at: int, phrase: str, stem: bool) -> bool:
    words = phrase.split()
    if len(words) == 1:
        return tokens[at].startswith(phrase) if stem else tokens[at] == phrase
    found = tokens[at : at + len(words)]
    return (
        found[:-1] == words[:-1]
        and len(found) == len(words)
        and (found[-1].startswith(words[-1]) if stem else found[-1] == words[-1])
    )


@lru_cache(maxsize=4096)
def _sender(sender: str) -> tuple[tuple[str, int], ...]:
    """What the sender's name says: a name is heavy."""
    name = fold(sender)
    if name.removeprefix("+").isdigit() and len(name) > 4:
        return ()
    return tuple((category, HEAVY) for category, pattern in _SENDERS.items() if pattern.search(name))


# Data in the form in which it is looked up

Entry = tuple[str, bool, str, int]
"""Phrase, whether its last word is only the beginning of one, category, weight."""

_TOKEN = re.compile(r"[^\W_]+(?:['&-][^\W_]+)*")
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


def _entries(category: str, words: str) -> list[Entry]:
    heavy, _, light = words.partition("|")
    found = []
    for part, weight in ((heavy, HEAVY), (light, 1)):
        for word in part.split(","):
            phrase = " ".join(_TOKEN.findall(fold(word.strip().removesuffix("*"))))
            if phrase:
                found.append((phrase, word.strip().endswith("*"), category, weight))
    return found


def _indexed() -> tuple[dict[str, tuple[Entry, ...]], dict[str, tuple[Entry, ...]]]:
    """Entries by their first word, and stems that are one word by their first three letters."""
    heads: dict[str, dict[Entry, None]] = {}
    stems: dict[str, dict[Entry, None]] = {}
    everything = [
        entry
        for language in WORDS.values()
        for category, words in language.items()
        for entry in _entries(category, words)
    ]
    everything += [entry for words in PORTALS.values() for entry in _entries("government", words)]
    everything += _entries("innocent", "|" + INNOCENT)
    everything.sort(key=lambda entry: -entry[3])  # a word that is heavy in one language counts so
    for entry in everything:
        phrase, stem = entry[0], entry[1]
        if stem and " " not in phrase:
            stems.setdefault(phrase[:3], {})[entry] = None
        else:
            heads.setdefault(phrase.split()[0], {})[entry] = None
    return {key: tuple(found) for key, found in heads.items()}, {
        key: tuple(found) for key, found in stems.items()
    }


_HEADS, _STEMS = _indexed()


def _blocks() -> dict[int, str]:
    """Scripts by blocks of 128 code points."""
    ranges = {
        "zh": [(0x4E00, 0x9FFF), (0x3400, 0x4DBF)],
        "ja": [(0x3040, 0x30FF)],
        "ko": [(0xAC00, 0xD7AF)],
        "th": [(0x0E00, 0x0E7F)],
        "ar": [(0x0600, 0x06FF)],
        "he": [(0x0590, 0x05FF)],
        "hi": [(0x0900, 0x097F)],
        "bn": [(0x0980, 0x09FF)],
    }
    return {
        block: script
        for script, spans in ranges.items()
        for first, last in spans
        for block in range(first >> 7, (last >> 7) + 1)
    }


_SCRIPT_OF = _blocks()


def _glued() -> dict[str, tuple[tuple[str, str, int], ...]]:
    """Words of each script; Chinese characters are read as Japanese too, Arabic ones as Persian."""
    by_script: dict[str, dict[tuple[str, str, int], None]] = {}
    read_as = {"ja": ["zh", "ja"], "fa": ["ar"]}
    everything = [
        *SCRIPTS.items(),
        *((lang, {"government": words}) for lang, words in PORTALS_ANYWHERE.items()),
    ]
    for language, categories in everything:
        for script in read_as.get(language, [language]):
            for category, words in categories.items():
                heavy, _, light = words.partition("|")
                for part, weight in ((heavy, HEAVY), (light, 1)):
                    for word in part.split(","):
                        if word.strip():
                            by_script.setdefault(script, {})[(fold(word.strip()), category, weight)] = None
    return {script: tuple(found) for script, found in by_script.items()}


_GLUED = _glued()


def _sender_pattern(names: str) -> re.Pattern[str]:
    parts = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        body = re.escape(fold(name.strip("*")))
        parts.append(("" if name.startswith("*") else "^") + body + ("" if name.endswith("*") else "$"))
    return re.compile("|".join(parts) or r"(?!)")


_SENDERS = {category: _sender_pattern(names) for category, names in SENDERS.items()}
