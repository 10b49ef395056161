"""How a message is read by the finder: how it is folded, and which known words stand where in it.

Folding drops what nobody sees (zero-width and direction marks, accents and vowel points), lowers letters and
turns the digits of every script into ASCII, character by character, so that places in the folded text lead
back to places in the original. Words are those of lexicon.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

from inbox.codes.lexicon import WORDS
from inbox.text.invisible import CONTROLS, IGNORABLE

MOST_WORDS = 200
CROSSED_OUT = "\ufdd0"  # no character: it stands in a text for what is not to be looked at

Word = tuple[int, int, int]
"""Start and end of a known word in the folded text, and its roles as a bit set; plain, for speed."""
Lexicon = tuple[re.Pattern[str], dict[str, re.Pattern[str]]]
_LETTER = "a-z\u00df-\u02af\u0370-\u0523\u1e00-\u1fff"


class View(NamedTuple):
    """A message made easy to search: `folded` has the length of `seen`; `places` maps back to the original."""

    seen: str
    folded: str
    places: list[int] | None

    def in_text(self, span: tuple[int, int]) -> tuple[int, int]:
        """A place of `seen` in the text as it came; what is hidden between its characters belongs to it."""
        return span if self.places is None else (self.places[span[0]], self.places[span[1] - 1] + 1)


def view(text: str) -> View:
    """The message without what nobody sees, and the same folded."""
    seen, places = text, None
    if hides(text):
        places = [place for place, char in enumerate(text) if not _HIDDEN.match(char)]
        seen = "".join([text[place] for place in places])
    return View(seen, fold(seen), places)


def hides(text: str) -> bool:
    """Whether something is in a text that nobody sees."""
    return not (text.isascii() and text.isprintable()) and bool(_HIDDEN.search(text))


def fold(text: str) -> str:
    """Lower case without accents, with ASCII digits, of the same length."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLDED)
    return _ASTRAL.sub(_plain_astral, folded) if _ASTRAL.search(folded) else folded


def _plain_astral(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group())
    return plain.lower() if len(plain) == 1 and plain.isascii() else match.group()


def blanked(folded: str) -> str:
    """The text with web and mail addresses and the hash of an Android app crossed out."""
    if "@" in folded or "www." in folded or ("/" in folded and _PATH.search(folded)):
        folded = _ADDRESS.sub(_cross_out, folded)
    tail = folded[-14:].rstrip()[-12:]
    if _APP_HASH.fullmatch(tail):
        at = folded.rindex(tail) + 1
        folded = folded[:at] + "\x01" * 11 + folded[at + 11 :]
    return folded


def _cross_out(match: re.Match[str]) -> str:
    return "\x01" * len(match.group())


def prepare() -> None:
    """Make ready now what the first message would wait for: more than a second of compiling."""
    _latin()
    for script in SCRIPTS:
        _lexicon(script)


def words(folded: str) -> list[Word]:
    found = [
        (*match.span(), _roles(match.group())) for match in islice(_latin().finditer(folded), MOST_WORDS)
    ]
    for start, _, roles in found:
        if roles & _NAMES and start and folded[start - 1] in _PLAIN_LETTERS:
            found = _without_chance_compounds(folded, found)
            break
    if folded.isascii():
        return found
    for script in {_SCRIPT_OF.get(ord(char) >> 7) for char in set(folded)}:
        if script:
            found += islice(_matches(folded, *_lexicon(script)), MOST_WORDS)
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


def _matches(folded: str, heads: re.Pattern[str], tails: dict[str, re.Pattern[str]]) -> Iterator[Word]:
    """The words of one script. Without `tails`, `heads` finds them; else it finds where one may begin."""
    place = heads.search(folded)
    while place:
        match = tails[place[1]].match(folded, place.start()) if tails else place
        if match:
            yield *match.span(1), _roles(match[1])
        place = heads.search(folded, match.end() if match else place.end())


def _roles(word: str) -> int:
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


def _hidden() -> str:
    """Characters that nobody sees, and marks over letters that writers leave out as well."""
    marks = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    marks += "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    return f"[{CONTROLS}{IGNORABLE}{marks}]"


def _folded() -> list[int]:
    """For each character of the basic plane, the one it is read as; a list because translate is fastest so."""
    table = list(range(0x10000))
    for code in (*range(0x80, 0x2000), *range(0xA640, 0xA7FF), *range(0xFF01, 0xFFEF)):
        table[code] = _folded_one(chr(code))
    for code in range(0x41, 0x5B):
        table[code] = code + 32
    for code in range(0x80, 0x10000):
        if chr(code).isdecimal():
            table[code] = 48 + unicodedata.decimal(chr(code))
    return _with_variants(table)


def _folded_one(char: str) -> int:
    plain = unicodedata.normalize("NFKD" if char >= "\uff00" else "NFD", char)[0].lower()
    return ord(plain) if len(plain) == 1 and unicodedata.category(char)[0] in "LPNS" else ord(char)


def _with_variants(table: list[int]) -> list[int]:
    pairs = "ıi łl đd øo ðd əe Əe ςσ Øo Łl Đd ИИ йй Йй كک يی ىی ةه أا إا آا ٱا ؤو ئی ۀه ہه ھه ێی ‐- ‑- ‒- –- —- −- ０0 "
    for pair in pairs.split():
        table[ord(pair[0])] = ord(pair[1].lower())
    for space in (*range(0x2000, 0x200B), *map(ord, "\r\t\u00a0\u1680\u202f\u205f\u2800\u3000")):
        table[space] = 32
    table[0x2028] = table[0x2029] = table[0x85] = 10
    table[ord(CROSSED_OUT)] = 1
    return table


def _roles_of_words() -> dict[str, int]:
    roles: dict[str, int] = {}
    for language in WORDS.values():
        for role, words in language.items():
            for word in words.split(","):
                key = _HIDDEN.sub("", fold(word.strip().strip("*")))
                if key:
                    roles[key] = roles.get(key, 0) | _BITS[role]
    return roles


def _trie(words: set[tuple[str, bool]]) -> str:
    """A regular expression for many words that tries each beginning once; True: the word must end there."""
    branches: dict[str, set[tuple[str, bool]]] = {}
    ends = {whole for word, whole in words if not word}
    for word, whole in words:
        if word:
            branches.setdefault(word[0], set()).add((word[1:], whole))
    parts = [
        ("[ \\n-]" if char == " " else re.escape(char)) + _trie(rest)
        for char, rest in sorted(branches.items())
    ]
    if ends:
        parts.append("" if False in ends else f"(?![{_LETTER}])")
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


@cache
def _words_by_script() -> dict[str, set[str]]:
    """All words, folded, by the script of SCRIPTS that they are written in; "" is Latin."""
    scripts: dict[str, set[str]] = {}
    for language in WORDS.values():
        for raw in ",".join(language.values()).split(","):
            word = _HIDDEN.sub("", fold(raw.strip()))
            if word.strip("*"):
                script = next(filter(None, (_SCRIPT_OF.get(ord(char) >> 7) for char in word)), "")
                scripts.setdefault(script, set()).add(word)
    return scripts


@cache
def _latin() -> re.Pattern[str]:
    words = _words_by_script()[""]
    ending = {(word.strip("*"), True) for word in words if word.startswith("*")}
    return re.compile(f"(?<![{_LETTER}]){_trie(_ends(words))}|{_trie(ending)}")


def _ends(words: set[str]) -> set[tuple[str, bool]]:
    """Words without those that only end one; True: the word ends there, which only some scripts show."""
    starting = {word for word in words if not word.startswith("*")}
    return {
        (word.strip("*"), word[-1] != "*" and bool(re.match(f"[{_LETTER}0-9$]", word))) for word in starting
    }


@cache
def _lexicon(script: str) -> Lexicon:
    words, before = _words_by_script().get(script, set()), SCRIPTS[script][1]
    if not words:
        return re.compile(r"(?!)"), {}
    if before:
        return re.compile(f"{before}({_trie(_ends(words))})"), {}
    heads: dict[str, set[tuple[str, bool]]] = {}
    for word, whole in _ends(words):
        heads.setdefault(word[0], set()).add((word, whole))
    tails = {head: re.compile(f"({_trie(some)})") for head, some in heads.items()}
    return re.compile(f"([{re.escape(''.join(heads))}])"), tails


def _script(before: str, *ranges: tuple[int, int]) -> tuple[set[int], str]:
    return {block for low, high in ranges for block in range(low >> 7, (high >> 7) + 1)}, before


SCRIPTS: dict[str, tuple[set[int], str]] = {
    "greek": _script(f"(?<![{_LETTER}])", (0x0380, 0x03FF)),
    "cyrillic": _script(f"(?<![{_LETTER}])", (0x0400, 0x052F)),
    "armenian, hebrew": _script("(?<![\u0530-\u05ff])[ובלמשכה]{0,2}", (0x0530, 0x05FF)),
    "arabic": _script("(?<![\u0620-\u06ff])[وبلفك]?(?:ال)?", (0x0600, 0x077F)),
    "ethiopic": _script("(?<![\u1200-\u139f])[የለበከ]?", (0x1200, 0x139F)),
    "georgian, myanmar": _script("", (0x1000, 0x10FF)),
    "khmer": _script("", (0x1780, 0x17FF)),
    "thai, lao": _script("", (0x0E00, 0x0EFF)),
    "east asian": _script("", (0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xFF00, 0xFFFF)),
    **{f"indic {low:x}": _script("", (low, low + 127)) for low in range(0x0900, 0x0E00, 128)},
}


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
_HIDDEN = re.compile(_hidden())
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_FOLDED = _folded()
_LINK = re.compile(r"[a-z' -]{0,9}| \u0627\u0644")  # or an Arabic article
_BLANK = re.compile(r"[ \n-]")
_PATH = re.compile(r"://|[a-z]/")
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[!-~]++"
    r"|(?<![a-z0-9.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}/[!-~]*+"
    r"|(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}"
)
_APP_HASH = re.compile(r"\s(?=.*[a-z])[a-z0-9/+]{11}")
ROLES = _roles_of_words()
_SCRIPT_OF = {block: script for script, (blocks, _) in SCRIPTS.items() for block in blocks}
