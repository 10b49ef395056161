"""The words of a message that the finder knows: where those of lexicon.py are in its folded text, and their roles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise

from inbox.codes.lexicon import WORDS
from inbox.text.lexicon import Entry, GluedWords, Grammar, blocks_of, compile_words, parse, scripts_in

MOST_WORDS = 200

Word = tuple[int, int, int]
"""Start and end of a known word in the folded text, and its roles as a bit set; plain, for speed."""
_LETTER = "a-z\u00df-\u02af\u0370-\u0523\u1e00-\u1fff"


def blanked(folded: str) -> str:
    """The text with web and mail addresses and the hash of an Android app crossed out."""
    if "@" in folded or "www." in folded or ("/" in folded and _PATH.search(folded)):
        folded = _ADDRESS.sub(_cross_out, folded)
    tail = folded[-14:].rstrip()[-12:]
    if _APP_HASH.fullmatch(tail):
        at = folded.rindex(tail) + 1
        # Android's SMS Retriever ends a text with the hash of an app: eleven characters that look like a code
        folded = folded[:at] + "\x01" * 11 + folded[at + 11 :]
    return folded


def _cross_out(match: re.Match[str]) -> str:
    return "\x01" * len(match.group())


def prepare() -> None:
    """Make ready now what the first message would wait for: more than a second of compiling."""
    _compile_latin()
    for script in _RANGES:
        _compile_script(script)


def words(folded: str) -> list[Word]:
    """The known words of a text, from left to right."""
    found = [
        (*match.span(), _roles_of(match.group()))
        for match in islice(_compile_latin().finditer(folded), MOST_WORDS)
    ]
    for start, _, roles in found:
        if roles & _NAMES and start and folded[start - 1] in _PLAIN_LETTERS:
            found = _without_chance_compounds(folded, found)
            break
    if folded.isascii():
        return found
    for script in scripts_in(folded, _SCRIPT_OF):
        found += islice(_find_in_script(folded, script), MOST_WORDS)
    found.sort()
    return found


def _without_chance_compounds(folded: str, found: list[Word]) -> list[Word]:
    """The words without those that only end like one for a code ("vscode"), where nothing else speaks of one."""
    chance = [word for before, word in pairwise([(0, 0, 0), *found]) if _is_chance(folded, before, word)]
    roles = 0
    for word in found:
        roles |= 0 if word in chance else word[2]
    if roles & (PURPOSE | STRONG | LIFE | ASK):
        return found
    return [word for word in found if word not in chance]


def _is_chance(folded: str, before: Word, word: Word) -> bool:
    """Whether a word is the end of a longer one that does not begin with what it is for, as "Sicherheitscode" does."""
    start = word[0]
    while start and folded[start - 1] in _PLAIN_LETTERS:
        start -= 1
    purposeful = before[0] >= start and before[2] & (PURPOSE | STRONG | CODE)
    return bool(word[2] & _NAMES) and start < word[0] and not purposeful


def _find_in_script(folded: str, script: str) -> Iterator[Word]:
    words = _compile_script(script)
    if isinstance(words, GluedWords):
        yield from ((*match.span(), _roles_of(match.group())) for match in words.find(folded))
    else:
        # in front of the word may be a preposition or an article
        yield from ((*match.span(1), _roles_of(match[1])) for match in words.finditer(folded))


def _roles_of(word: str) -> int:
    roles = ROLES.get(word)
    return roles if roles is not None else ROLES[_BLANK.sub(" ", word)]


def names_another(folded: str, words: list[Word], at: int) -> bool:
    """Whether the word for a code belongs to another sort of code: "promo code", "code postal"."""
    start, end, _ = words[at]
    if at and is_other(words[at - 1]) and start - words[at - 1][1] <= 3:
        return True
    if at + 1 < len(words) and is_other(words[at + 1]):
        return bool(_LINK.fullmatch(folded, end, words[at + 1][0]))
    return False


def is_other(word: Word) -> bool:
    """Whether a word makes "code" mean something else."""
    return bool(word[2] & OTHER) and not word[2] & (STRONG | PURPOSE)


def _collect_roles() -> dict[str, int]:
    roles: dict[str, int] = {}
    for language in WORDS.values():
        for role, words in language.items():
            for entry in parse(words):
                roles[entry.text] = roles.get(entry.text, 0) | _BITS[role]
    return roles


@cache
def _entries_by_script() -> dict[str, set[Entry]]:
    """All words by the script that they are written in; "" is Latin."""
    scripts: dict[str, set[Entry]] = {}
    for language in WORDS.values():
        for entry in parse(",".join(language.values())):
            script = next(filter(None, (_SCRIPT_OF.get(ord(char) >> 7) for char in entry.text)), "")
            scripts.setdefault(script, set()).add(entry)
    return scripts


@cache
def _compile_latin() -> re.Pattern[str]:
    return compile_words(_entries_by_script()[""], _make_grammar(f"(?<![{_LETTER}])"))


@cache
def _compile_script(script: str) -> re.Pattern[str] | GluedWords:
    entries, before = _entries_by_script().get(script, set()), _BEFORE.get(script, "")
    if before and entries:
        return compile_words(entries, _make_grammar(before))
    return GluedWords(entries, _make_grammar(""))


def _make_grammar(before: str) -> Grammar:
    return Grammar(before, after=f"(?![{_LETTER}])", blank=r"[ \n-]", marked=f"[{_LETTER}0-9$]")


_RANGES: dict[str, list[tuple[int, int]]] = {
    "greek": [(0x0380, 0x03FF)],
    "cyrillic": [(0x0400, 0x052F)],
    "armenian, hebrew": [(0x0530, 0x05FF)],
    "arabic": [(0x0600, 0x077F)],
    "ethiopic": [(0x1200, 0x139F)],
    "georgian, myanmar": [(0x1000, 0x10FF)],
    "khmer": [(0x1780, 0x17FF)],
    "thai, lao": [(0x0E00, 0x0EFF)],
    "east asian": [(0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xFF00, 0xFFFF)],
    **{f"indic {low:x}": [(low, low + 127)] for low in range(0x0900, 0x0E00, 128)},
}
_BEFORE = {
    "greek": f"(?<![{_LETTER}])",
    "cyrillic": f"(?<![{_LETTER}])",
    "armenian, hebrew": "(?<![\u0530-\u05ff])[ובלמשכה]{0,2}",
    "arabic": "(?<![\u0620-\u06ff])[وبلفك]?(?:ال)?",
    "ethiopic": "(?<![\u1200-\u139f])[የለበከ]?",
}
"""What is in front of a word, glued prefixes included, in scripts that part words; in others it matches anywhere."""


CODE, STRONG, PURPOSE, ASK, LIFE, OTHER, LABEL, SOFT, UNIT, MONEY = (1 << bit for bit in range(10))
_NAMES = CODE | STRONG
_PLAIN_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_BITS = {
    "code": CODE,
    "strong": STRONG,
    "purpose": PURPOSE,
    "ask": ASK,
    "life": LIFE,
    "other": OTHER,
    "label": LABEL,
    "soft": SOFT,
    "unit": UNIT,
    "money": MONEY,
}
_LINK = re.compile(r"[a-z' -]{0,9}| \u0627\u0644")  # or an Arabic article
_BLANK = re.compile(r"[ \n-]")
_PATH = re.compile(r"://|[a-z]/")
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[!-~]++"
    r"|(?<![a-z0-9.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}/[!-~]*+"
    r"|(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}"
)
_APP_HASH = re.compile(r"\s(?=.*[a-z])[a-z0-9/+]{11}")
ROLES = _collect_roles()
_SCRIPT_OF = blocks_of(_RANGES)
