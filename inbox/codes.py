"""Find the one-time code in a message, in any language.

A message is read once: marks that nobody sees are dropped, letters folded, digits of every script turned
into ASCII and addresses blanked, so that positions stay known. Every number (and every run of letters and
digits) is then weighed: its shape, the words before and after it (codes_words.py), what stands beside it.
The heaviest one is the code if it is heavy enough; the weight gives the confidence.

Only the first 4,000 characters, 40 numbers and 200 words are looked at, and every pattern is possessive or
bounded, so the work is linear in the text and has an upper limit.
Origin-bound codes: https://wicg.github.io/sms-one-time-codes/. The "<#>" line: Android's SMS Retriever.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from inbox.codes_words import CONNECTORS, WORDS

LOOK_AT = 4000
MOST_NUMBERS = 40
MOST_WORDS = 200
ENOUGH = 2.3

Word = tuple[int, int, int]
"""Start and end of a known word in the folded text, and its roles as a bit set; plain, for speed."""
Lexicon = tuple[re.Pattern[str], dict[str, re.Pattern[str]]]
_LETTER = "a-z\u00df-\u02af\u0370-\u0523\u1e00-\u1fff"


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code: `text[span[0]:span[1]] == shown`; `value` is what a person types; confidence 0 to 1."""

    value: str
    shown: str
    confidence: float
    reason: str
    span: tuple[int, int]


class Number(NamedTuple):
    """A part of the folded text that has the shape of a code, and the weight of that shape."""

    start: int
    end: int
    value: str
    weight: float


class View(NamedTuple):
    """A message made easy to search: `folded` has the length of `seen`; `places` maps back to the original."""

    seen: str
    folded: str
    places: list[int] | None


class Finding(NamedTuple):
    """A number's weight in its surroundings, and the reason in words."""

    weight: float
    reason: str
    number: Number


def find(text: str, sender: str = "") -> Code | None:
    """The one-time code of a message, or None. `sender` is as the carrier gives it; never raises."""
    text = text[:LOOK_AT]
    if not _DIGIT.search(text) and not _MAYBE_LETTERS.search(text):
        return None
    view = _view(text)
    if "#" in text and (bound := _BOUND.search(view.folded)):
        return _bound(text, view, bound)
    folded = _blanked(view.folded)
    numbers = _numbers(folded)
    words = _words(folded)
    finding = _best(folded, numbers, words, sender) or _letters(view, folded, words)
    return _code(text, view, finding) if finding else None


# Reading


def _view(text: str) -> View:
    if text.isascii():
        return View(text, text.lower(), None)
    seen, places = text, None
    if _HIDDEN.search(text):
        places = [place for place, char in enumerate(text) if not _HIDDEN.match(char)]
        seen = "".join([text[place] for place in places])
    return View(seen, fold(seen), places)


def fold(text: str) -> str:
    """Lower case without accents, with ASCII digits, of the same length."""
    if text.isascii():
        return text.lower()
    folded = text.translate(_FOLDED)
    return _ASTRAL.sub(_plain_astral, folded) if _ASTRAL.search(folded) else folded


def _plain_astral(match: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", match.group())
    return plain.lower() if len(plain) == 1 and plain.isascii() else match.group()


def _blanked(folded: str) -> str:
    """The text with web and mail addresses and the hash of an Android app crossed out."""
    if "/" in folded or "@" in folded or "www." in folded:
        folded = _ADDRESS.sub(_cross_out, folded)
    tail = folded[-14:].rstrip()[-12:]
    if _APP_HASH.fullmatch(tail):
        at = folded.rindex(tail) + 1
        folded = folded[:at] + "\x01" * 11 + folded[at + 11 :]
    return folded


def _cross_out(match: re.Match[str]) -> str:
    return "\x01" * len(match.group())


def _words(folded: str) -> list[Word]:
    found = [(*match.span(), _roles(match.group())) for match in islice(_LATIN.finditer(folded), MOST_WORDS)]
    if folded.isascii():
        return found
    for script in {_SCRIPT_OF.get(ord(char) >> 7) for char in set(folded)}:
        if script:
            found += islice(_matches(folded, *_LEXICONS[script]), MOST_WORDS)
    found.sort()
    return found


def _matches(folded: str, heads: re.Pattern[str], tails: dict[str, re.Pattern[str]]) -> Iterator[Word]:
    """The words of one script. Without `tails`, `heads` finds them; else it finds where one may begin."""
    place = heads.search(folded)
    while place:
        match = tails[place[1]].match(folded, place.start()) if tails else place
        if match:
            yield *match.span(1), _roles(match[1])
        place = heads.search(folded, match.end() if match else place.end())


def _roles(word: str) -> int:
    roles = _ROLES.get(word)
    return roles if roles is not None else _ROLES[_BLANK.sub(" ", word)]


# Numbers


def _numbers(folded: str) -> list[Number]:
    found: list[Number] = []
    match = _DIGIT.search(folded)
    while match and len(found) < MOST_NUMBERS:
        start = match.start()
        while start and folded[start - 1] in _ASCII_LETTERS and match.start() - start < 12:
            start -= 1
        if (
            start > 1
            and folded[start - 1] == "-"
            and (prefix := _PREFIX.search(folded, max(start - 6, 0), start))
        ):
            start = prefix.start(1)
        token = _TOKEN.match(folded, start)
        end = token.end() if token else match.end()
        if token:
            found.extend(_parts(folded, start, end))
        match = _DIGIT.search(folded, end)
    return found


def _parts(folded: str, start: int, end: int) -> Iterator[Number]:
    """What could be a code in a token such as "123456", "123-456", "1 2 3 4", "g-123456", "12.5.2024 14:30"."""
    token = folded[start:end]
    if _beside(folded, start, end):
        return
    if token.isalnum():
        yield from _whole(token, start)
    elif _GROUPED.fullmatch(token) and not _DATE.fullmatch(token):
        yield from _grouped(folded, token, start)
    elif " " in token:
        if not _is_phone(folded, token, start):
            for part in _SPACED_PART.finditer(token):
                yield from _parts(folded, start + part.start(), start + part.end())
    elif _GLUED_SENTENCE.match(token):
        yield from _whole(re.split(r"[.,:]", token, maxsplit=1)[0], start)
    else:
        yield from _hyphened(token, start)


def _beside(folded: str, start: int, end: int) -> bool:
    """Whether the characters beside a token show that it is an amount, an address, a phone or card number."""
    before = folded[start - 1] if start else " "
    after = folded[end] if end < len(folded) else " "
    if (
        before in _NOT_BEFORE
        or after in _NOT_AFTER
        or (before == "-" and start > 1 and folded[start - 2].isdigit())
    ):
        return True
    if after in " \u00a0" and folded[end + 1 : end + 2] in _MONEY_SIGNS:
        return True
    if before == " " and start > 1 and folded[start - 2] in _MONEY_SIGNS:
        return True
    return after == "-" and not folded[end + 1 : end + 2].isalpha()


def _whole(token: str, start: int) -> Iterator[Number]:
    """A token of letters and digits only, with letters that belong to a neighbouring word cut off."""
    if token.isdigit():
        if 4 <= len(token) <= 10:
            yield Number(start, start + len(token), token, _digit_weight(token))
        return
    match = _GLUED.fullmatch(token)
    if match and (_is_word(match[1]) and _is_word(match[3])):
        yield from _whole(match[2], start + match.start(2))
    elif 4 <= len(token) <= 10 and not _ORDINARY.fullmatch(token):
        yield Number(start, start + len(token), token.upper(), 0.2)


def _is_word(letters: str) -> bool:
    return not letters or letters in CONNECTORS or bool(_ROLES.get(letters, 0) & (CODE | STRONG | ASK))


def _digit_weight(digits: str) -> float:
    weight = _DIGIT_WEIGHTS[len(digits)]
    return weight - 1.2 if _YEAR.fullmatch(digits) else weight


def _grouped(folded: str, token: str, start: int) -> Iterator[Number]:
    digits = re.sub(r"\D", "", token)
    if not 4 <= len(digits) <= 10 or _is_phone(folded, token, start):
        return
    weight = 0.8 if _EVEN_GROUPS.fullmatch(token) else 0.3
    if "." in token or re.fullmatch(r"\d{3}-\d{4}", token):
        weight -= 1.2
    yield Number(start, start + len(token), digits, weight)


def _hyphened(token: str, start: int) -> Iterator[Number]:
    if match := _GOOGLE.fullmatch(token):
        yield Number(start + 2, start + len(token), match[1], 2.4)
    elif _MIXED_GROUPS.fullmatch(token):
        yield Number(start, start + len(token), token.replace("-", "").upper(), 0.2)


def _is_phone(folded: str, token: str, start: int) -> bool:
    digits = sum(map(str.isdigit, token))
    if digits >= 9 and (folded[max(start - 2, 0) : start].strip()[-1:] in ("+", "(") or token[0] == "0"):
        return True
    return digits >= 9 and len(re.findall(r"\d+", token)) >= 3 and not _EVEN_GROUPS.fullmatch(token)


# Weighing


def _best(folded: str, numbers: list[Number], words: list[Word], sender: str) -> Finding | None:
    if not numbers:
        return None
    around = _around(folded, numbers, words)
    sender_digits = re.sub(r"\D", "", sender)
    findings = [
        _weigh(folded, number, numbers, words, around) for number in numbers if number.value != sender_digits
    ]
    findings.sort(key=lambda finding: -finding.weight)
    if not findings or findings[0].weight < ENOUGH:
        return None
    return _doubted(findings)


def _doubted(findings: list[Finding]) -> Finding:
    """The first finding, with less weight if another number could as well be the code."""
    best = findings[0]
    for other in findings[1:]:
        if other.weight > best.weight - 0.35 and other.number.value != best.number.value:
            return best._replace(
                weight=min(best.weight, ENOUGH), reason=best.reason + "; another number is as likely"
            )
    return best


def _around(folded: str, numbers: list[Number], words: list[Word]) -> float:
    """The weight of what the message says as a whole."""
    roles = 0
    for word in words:
        roles |= word[2]
    weight = 0.5 * bool(roles & STRONG) + 0.35 * bool(roles & PURPOSE) + 0.35 * bool(roles & LIFE)
    if roles & (CODE | STRONG):
        weight += 0.2
    elif not roles and len(numbers) == 1 and not folded.isascii():
        weight += 0.3
    return weight


def _weigh(folded: str, number: Number, numbers: list[Number], words: list[Word], around: float) -> Finding:
    index, beyond = bisect_left(words, (number.start,)), bisect_left(words, (number.end,))
    if _counts(folded, number, words, index, beyond):
        return Finding(-9.0, "", number)
    before, reason_before = _before(folded, number, numbers, words, index)
    after, reason_after = _after(folded, number, words, index, beyond)
    alone, reason_alone = _alone(folded, number, words, index)
    label = _label(folded, number, words, index)
    weight = number.weight + around + max(before, after) + 0.3 * (before > 0 and after > 0) + alone - label
    reason = reason_before if before >= after else reason_after
    return Finding(weight, reason or reason_alone or "the text speaks of a code", number)


def _counts(folded: str, number: Number, words: list[Word], index: int, beyond: int) -> bool:
    """Whether the number counts minutes, money or things."""
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


def _before(
    folded: str, number: Number, numbers: list[Number], words: list[Word], index: int
) -> tuple[float, str]:
    """The weight of the nearest word for a code before the number."""
    for at in range(index - 1, max(index - 12, -1), -1):
        start, end, roles = words[at]
        if number.start - end > 90:
            break
        if not roles & (CODE | STRONG):
            continue
        gap = folded[end : number.start]
        if _other(folded, words, at):
            return (-2.5 if len(gap) <= 14 else 0.0), ""
        between = any(end <= other.start < number.start for other in numbers) if len(numbers) > 1 else False
        weight = _near(gap) + _special(words, at) - between - _offered(folded, words, at)
        return weight, f"follows “{folded[start:end]}”"
    return 0.0, ""


def _near(gap: str) -> float:
    if _BREAK.search(gap):
        return 1.2 if len(gap) <= 40 else 0.8
    weight = 3.0 if len(gap) <= 6 else 2.4 if len(gap) <= 25 else 2.0 if len(gap) <= 50 else 1.6
    return weight + 0.4 * bool(_COLON.search(gap))


def _after(folded: str, number: Number, words: list[Word], index: int, beyond: int) -> tuple[float, str]:
    """The weight of the nearest word for a code after the number: "123456 is your code"."""
    for at in range(beyond, min(beyond + 10, len(words))):
        start, end, roles = words[at]
        gap = folded[number.end : start]
        if len(gap) > 70 or _BREAK.search(gap):
            break
        if roles & (CODE | STRONG):
            if _other(folded, words, at):
                return 0.0, ""
            first = _opens(folded, number.start) or _asked(folded, number, words, index)
            weight = (2.4 if len(gap) <= 25 else 2.1) if first else 1.5 if len(gap) <= 25 else 1.0
            return weight + _special(words, at), f"stands before “{folded[start:end]}”"
    return 0.0, ""


def _opens(folded: str, start: int) -> bool:
    """Whether a number stands at the beginning of a sentence."""
    head = folded[max(start - 4, 0) : start].rstrip(" \"'“«")
    return not head or head[-1] in _OPENING


def _asked(folded: str, number: Number, words: list[Word], index: int) -> bool:
    if not index or not words[index - 1][2] & ASK:
        return False
    return len(folded[words[index - 1][1] : number.start].strip()) <= 2


def _other(folded: str, words: list[Word], at: int) -> bool:
    """Whether the word for a code belongs to another sort of code: "promo code", "code postal"."""
    start, end, roles = words[at]
    if roles & OTHER:
        return True
    if (
        at
        and words[at - 1][2] & OTHER
        and not words[at - 1][2] & (STRONG | PURPOSE)
        and start - words[at - 1][1] <= 3
    ):
        return True
    if at + 1 < len(words) and words[at + 1][2] & OTHER and not words[at + 1][2] & (STRONG | PURPOSE):
        return bool(_LINK.fullmatch(folded, end, words[at + 1][0]))
    return False


def _offered(folded: str, words: list[Word], at: int) -> float:
    """The weight against a code that an offer speaks of: "10 % discount with the code"."""
    for start, end, roles in reversed(words[max(at - 3, 0) : at]):
        if words[at][0] - end > 30:
            break
        if roles & OTHER and not roles & (STRONG | PURPOSE):
            between = folded[end : words[at][0]]
            return 0.0 if _DIGIT.search(between) or _BREAK.search(between) else 2.0
    return 0.0


def _special(words: list[Word], at: int) -> float:
    """The extra weight of "verification code" over "code"."""
    start, end, roles = words[at]
    if roles & STRONG:
        return 0.5
    if at and words[at - 1][2] & PURPOSE and start - words[at - 1][1] <= 6:
        return 0.5
    return 0.5 if at + 1 < len(words) and words[at + 1][2] & PURPOSE and words[at + 1][0] - end <= 6 else 0.0


def _label(folded: str, number: Number, words: list[Word], index: int) -> float:
    """The weight against a number that a word before it names: "order 483921", "card ending in 1234"."""
    if not index:
        return 0.0
    start, end, roles = words[index - 1]
    gap = folded[end : number.start]
    if len(gap) > 16 or roles & (CODE | STRONG) or _BREAK.search(gap) or _DIGIT.search(gap):
        return 0.0
    if roles & LABEL:
        return 4.0
    if not roles & SOFT or len(gap) > 8:
        return 0.0
    beside_noun = index > 1 and words[index - 2][2] & (CODE | STRONG) and start - words[index - 2][1] <= 2
    return 0.0 if beside_noun else 1.0 if _COLON.search(gap) else 2.0


def _alone(folded: str, number: Number, words: list[Word], index: int) -> tuple[float, str]:
    """The weight of a number that has the message, its line or a verb to itself."""
    left, right = folded[: number.start].strip(_TRIM), folded[number.end :].strip(_TRIM)
    if not right and (not left or left == "g"):
        return 2.0, "the message is nothing else"
    if not right and number.start <= 28 and _BRACKETED.fullmatch(folded[: number.start]):
        return 1.5, "the message is a name and a number"
    if _asked(folded, number, words, index):
        return 1.2, "the text asks to enter it"
    if not left and index < len(words) and words[index][2] & PURPOSE and words[index][0] - number.end <= 30:
        return 1.2, "it comes first, before a word for signing in"
    line_before = folded.rfind("\n", 0, number.start) + 1
    line_after = folded.find("\n", number.end)
    line = folded[line_before : line_after if line_after >= 0 else len(folded)].strip(_TRIM)
    if "\n" in folded and len(line) <= number.end - number.start:
        return 1.2, "it has a line to itself"
    return 0.0, ""


# Letters


def _letters(view: View, folded: str, words: list[Word]) -> Finding | None:
    """A code of letters only: in capitals after a word for a code, or after a colon at the end of its line."""
    shouted = not any(map(str.islower, view.seen))
    starts = {word[0] for word in words}
    for at, (start, end, roles) in enumerate(words):
        if not roles & (CODE | STRONG) or _other(folded, words, at):
            continue
        match = _LETTERS.match(folded, end)
        if not match or match.start(2) in starts:
            continue
        capitals = view.seen[match.start(2) : match.end(2)].isupper() and not shouted
        last = ":" in match[1] and folded[match.end(2) : match.end(2) + 1] in ("", "\n")
        if capitals or (last and roles & STRONG):
            number = Number(match.start(2), match.end(2), match[2].upper(), 0.0)
            weight = (3.0 if capitals else ENOUGH) + _special(words, at)
            return Finding(weight, f"letters that follow “{folded[start:end]}”", number)
    return None


# Results


def _code(text: str, view: View, finding: Finding) -> Code:
    number = finding.number
    start, end = number.start, number.end
    if view.places is not None:
        start, end = view.places[start], view.places[end - 1] + 1
    confidence = round(1 / (1 + math.exp(1.3 * (2.0 - finding.weight))), 2)
    return Code(number.value, text[start:end], confidence, finding.reason, (start, end))


def _bound(text: str, view: View, match: re.Match[str]) -> Code:
    """A code that its sender bound to a web address; shown where people read it, if it stands there too."""
    value = match[1]
    at = view.folded.find(value)
    number = Number(at, at + len(value), re.sub(r"[-_.]", "", value).upper(), 0.0)
    return _code(text, view, Finding(6.0, "bound to a web address", number))


# Patterns


def _hidden() -> str:
    """Characters that nobody sees, and marks over letters that writers leave out as well."""
    marks = "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    unseen = (
        "\x00\u00ad\u034f\u061c\u115f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\u20e3"
    )
    return f"[{marks}{unseen}\U000e0000-\U000e01ef]"


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
    for space in (
        "\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\t"
    ):
        table[ord(space)] = 32
    table[0x2028] = table[0x2029] = table[0x85] = 10
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


def _latin(words: set[str]) -> re.Pattern[str]:
    ending = {(word.strip("*"), True) for word in words if word.startswith("*")}
    return re.compile(f"(?<![{_LETTER}]){_trie(_ends(words))}|{_trie(ending)}")


def _ends(words: set[str]) -> set[tuple[str, bool]]:
    """Words without those that only end one; True: the word ends there, which only some scripts show."""
    starting = {word for word in words if not word.startswith("*")}
    return {
        (word.strip("*"), word[-1] != "*" and bool(re.match(f"[{_LETTER}0-9$]", word))) for word in starting
    }


def _lexicon(words: set[str], before: str) -> Lexicon:
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
_DIGIT_WEIGHTS = {4: 0.6, 5: 0.8, 6: 1.0, 7: 0.8, 8: 0.8, 9: 0.0, 10: -0.3}
_MONEY_SIGNS = frozenset("$£€¥₹₽₺₴₪₫₩₦₱฿₡₲₵₸₼₾֏৳¢")
_NOT_BEFORE = _MONEY_SIGNS | frozenset("/@_&%+*•\\x^~")
_NOT_AFTER = _MONEY_SIGNS | frozenset("%‰@_°/\\")
_OPENING = frozenset(",.:;!?\n\r)]}>|»】」』〉》。，：；！？、」\x01-")
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_TRIM = " \t\r\n.,:;!?\"'“”„«»()[]<>#*-–—。，！、：【】「」（）"

_HIDDEN = re.compile(_hidden())
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_FOLDED = _folded()
_DIGIT = re.compile(r"\d")
_MAYBE_LETTERS = re.compile(r"[A-Z]{4,10}(?![A-Za-z])|[:：=][ \n]?[\"'“]?[A-Za-z]{4,10}\s*+$")
_BLANK = re.compile(r"[ \n-]")
_BOUND = re.compile(r"(?:^|\n)@[a-z0-9.-]{1,255} #([a-z0-9_.-]{3,12})(?=\s|$)")
_ADDRESS = re.compile(
    r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{1,20}://|www\.)[!-~]++"
    r"|(?<![a-z0-9.-])[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,6}\.[a-z]{2,24}/[!-~]*+"
    r"|(?<![a-z0-9._%+-])[a-z0-9._%+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}"
)
_APP_HASH = re.compile(r"\s(?=.*[a-z])[a-z0-9/+]{11}")
_PREFIX = re.compile(r"(?<![a-z0-9])([a-z]{1,4})-$")
_TOKEN = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,4}-)?[a-z]*+\d[a-z0-9]*+"
    r"(?:-[a-z]{0,4}+\d[a-z0-9]*+|[./:,']\d++(?![a-z])| (?:- )?\d++(?![a-z0-9]))*+"
)
_SPACED_PART = re.compile(r"[^ ]+")
_GROUPED = re.compile(
    r"\d{2,4}(?:([ .-])\d{2,4})(?:\1\d{1,4}){0,3}|\d(?:([ .-])\d)(?:\2\d){2,8}|\d{3} - \d{3}"
)
_EVEN_GROUPS = re.compile(
    r"\d{2}([ .-])\d{2}(?:\1\d{2}){0,2}|\d{3}([ .-])\d{3}(?:\2\d{3})?|\d{4}([ .-])\d{4}|\d(?:([ .-])\d)(?:\4\d){2,8}"
    r"|\d{3} - \d{3}"
)
_DATE = re.compile(
    r"\d{1,2}([.-])(?:0?\d|1[0-2])\1(?:\d\d){1,2}|(?:\d\d){1,2}([.-])(?:0?\d|1[0-2])\2[0-3]?\d"
)
_GLUED_SENTENCE = re.compile(r"\d{4,8}[.,:]\d{1,2}(?!\d)")
_GLUED = re.compile(r"([a-z]*)(\d{4,10})([a-z]*)")
_ORDINARY = re.compile(
    r"\d{1,4}(?:st|nd|rd|th|am|pm|gb|mb|kb|kg|km|cm|mm|ml|hrs?|mins?|secs?|days?|years?|yrs?|ppm)|\d{1,3}[pxkm]"
)

_YEAR = re.compile(r"(?:19|20)\d\d")
_GOOGLE = re.compile(r"g-(\d{4,8})")
_MIXED_GROUPS = re.compile(r"(?=[a-z0-9-]{5,11}$)(?=.*\d)(?=.*[a-z])[a-z0-9]{2,5}(?:-[a-z0-9]{2,5}){1,2}")
_BREAK = re.compile(r"[.!?](?=\s)|[。！？؟۔।]|\n[ ]*\n")
_COLON = re.compile(r"[:=：﹕][^a-z0-9]{0,4}$")
_LINK = re.compile(r"[a-z' -]{0,9}")
_BRACKETED = re.compile(r"\s*[\[【(<「][^\]】)>」\d]{1,24}[\]】)>」]\s*")
_LETTERS = re.compile(r"([a-z ]{0,14}?(?:[:=] ?| is ?:? ?)[\"'“‘(\[]{0,2})([a-z]{4,10})(?![a-z0-9-])")
_ROLES = _roles_of_words()
_SCRIPT_OF = {block: script for script, (blocks, _) in SCRIPTS.items() for block in blocks}
_BY_SCRIPT = _words_by_script()
_LATIN = _latin(_BY_SCRIPT.pop(""))
_LEXICONS = {script: _lexicon(words, SCRIPTS[script][1]) for script, words in _BY_SCRIPT.items()}
for _script_without_words in SCRIPTS.keys() - _LEXICONS.keys():
    _LEXICONS[_script_without_words] = (re.compile(r"(?!)"), {})
