"""The numbers of a message that have the shape of a code.

Works on the folded text of text/folding.py. Amounts, dates, times, phone numbers, card tails and pieces of addresses
are left out by their shape and by the characters beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from inbox.codes.lexicon import CONNECTORS
from inbox.codes.vocabulary import ASK, CODE, LIFE, PURPOSE, ROLES, STRONG

MOST_NUMBERS = 40
LONGEST = 18  # characters of a code; recovery codes have the longest


class Number(NamedTuple):
    """A part of the folded text that has the shape of a code, and the weight of that shape."""

    start: int
    end: int
    value: str
    weight: float


def numbers(folded: str, seen: str = "") -> list[Number]:
    """Find the numbers of a text; `seen` is the same text before its letters were folded."""
    found: list[Number] = []
    match = _DIGIT.search(folded)
    while match and len(found) < MOST_NUMBERS:
        token = _TOKEN.match(folded, _find_token_start(folded, match.start()))
        start, end = token.span() if token else match.span()
        if end - start >= 4:
            found.extend(_split_token(folded, seen or folded, start, end))
        match = _DIGIT.search(folded, end)
    return found


def _find_token_start(folded: str, digit: int) -> int:
    """Return where the token of a digit begins, including a prefix such as "g-"."""
    start = digit
    while start and folded[start - 1] in _ASCII_LETTERS and digit - start < 12:
        start -= 1
    if start > 1 and folded[start - 1] == "-":
        prefix = _PREFIX.search(folded, max(start - 6, 0), start)
        return prefix.start(1) if prefix else start
    return start


def _split_token(folded: str, seen: str, start: int, end: int) -> Iterator[Number]:
    """Split off what could be a code in a token such as "123-456", "1 2 3 4", "g-123456", "12.5.2024 14:30"."""
    token = folded[start:end]
    if _is_ruled_out_beside(folded, start, end):
        return
    if token.isalnum():
        yield from _read_whole(token, seen, start)
    elif _GROUPED.fullmatch(token) and not _DATE.fullmatch(token):
        yield from _read_groups(folded, token, start)
    elif " " in token:
        if not _is_phone(folded, token, start):
            for part in _SPACED_PART.finditer(token):
                yield from _split_token(folded, seen, start + part.start(), start + part.end())
    # Chinese has no space after punctuation: "551204，5分钟内" would be read as an amount
    elif _GLUED_SENTENCE.match(token):
        yield from _read_whole(re.split(r"[.,:]", token, maxsplit=1)[0], seen, start)
    else:
        yield from _read_hyphened(token, start)


def _is_ruled_out_beside(folded: str, start: int, end: int) -> bool:
    """Whether the characters beside a token show that it is an amount, an address, a phone or card number."""
    before, after = folded[start - 1 : start], folded[end : end + 1]
    if before in _NOT_BEFORE or after in _NOT_AFTER:
        return True
    if before == " " and (
        folded[start - 2 : start - 1] in _MONEY_SIGNS or folded[start - 3 : start - 1] in _HIDDEN
    ):
        return True
    # A number to dial: "composez le #1234#"
    if before == "#" and after in ("#", "*"):
        return True
    if after == " " and folded[end + 1 : end + 2] in _MONEY_SIGNS:
        return True
    if before == "-" and folded[start - 2 : start - 1].isdigit():
        return True
    return after == "-" and not folded[end + 1 : end + 2].isalpha()


def _read_whole(token: str, seen: str, start: int) -> Iterator[Number]:
    """Read a token of letters and digits, without letters that belong to a neighbouring word."""
    if token.isdigit():
        if 4 <= len(token) <= 10:
            yield Number(start, start + len(token), token, _weigh_digits(token))
        return
    match = _GLUED.fullmatch(token)
    # People and programs forget spaces: "code918273is your login code",
    # "code 123456Copy it" (14 of the labelled texts)
    if match and _is_word(match[1]) and (_is_word(match[3]) or _begins_sentence(match, seen, start)):
        yield from _read_whole(match[2], seen, start + match.start(2))
    elif 4 <= len(token) <= 10 and not _ORDINARY.fullmatch(token):
        yield Number(start, start + len(token), token.upper(), 0.2)


def _is_word(letters: str) -> bool:
    return not letters or letters in CONNECTORS or bool(ROLES.get(letters, 0) & _NEIGHBOURS)


def _begins_sentence(match: re.Match[str], seen: str, start: int) -> bool:
    """Whether the digits are followed by a capitalised word without a space: "123456Copy it"."""
    word = seen[start + match.start(3) : start + match.end(3)]
    return len(word) > 1 and word.istitle()


def _weigh_digits(digits: str) -> float:
    weight = _DIGIT_WEIGHTS[len(digits)]
    return weight - 1.2 if _YEAR.fullmatch(digits) else weight


def _read_groups(folded: str, token: str, start: int) -> Iterator[Number]:
    digits = re.sub(r"\D", "", token)
    if not 4 <= len(digits) <= 10 or _is_phone(folded, token, start):
        return
    weight = 0.8 if _EVEN_GROUPS.fullmatch(token) else 0.3
    if "." in token or re.fullmatch(r"\d{3}-\d{4}", token):
        weight -= 1.2
    yield Number(start, start + len(token), digits, weight)


def _read_hyphened(token: str, start: int) -> Iterator[Number]:
    if match := _PREFIXED.fullmatch(token):
        # Google's codes come as "G-604417", in texts that do not always have a word for a code
        weight = 2.4 if token[0] == "g" else _weigh_digits(match[1])
        yield Number(start + 2, start + len(token), match[1], weight)
    elif _MIXED_GROUPS.fullmatch(token) and len(value := token.replace("-", "")) <= LONGEST:
        yield Number(start, start + len(token), value.upper(), 0.2)


def _is_phone(folded: str, token: str, start: int) -> bool:
    digits = sum(map(str.isdigit, token))
    # "Your code will arrive at 0151 12345678": a space splits the number into pieces that look like codes
    if digits >= 9 and (folded[max(start - 2, 0) : start].strip()[-1:] in ("+", "(") or token[0] == "0"):
        return True
    if digits >= 6 and _AREA.search(folded, max(start - 9, 0), start):
        return True
    return digits >= 9 and len(re.findall(r"\d+", token)) >= 3 and not _EVEN_GROUPS.fullmatch(token)


# Six digits are what most services send: with 0.8 for every length seven labelled codes are missed
_DIGIT_WEIGHTS = {4: 0.6, 5: 0.8, 6: 1.0, 7: 0.8, 8: 0.8, 9: 0.0, 10: -0.3}
_MONEY_SIGNS = frozenset("$£€¥₹₽₺₴₪₫₩₦₱฿₡₲₵₸₼₾֏৳¢")
_NEIGHBOURS = CODE | STRONG | ASK | PURPOSE | LIFE
_HIDDEN = frozenset(("**", "••", "xx", "··"))  # "*** 1234": the end of a number that is hidden
_NOT_BEFORE = _MONEY_SIGNS | frozenset("/@_&%+*•\\x^~")
_NOT_AFTER = _MONEY_SIGNS | frozenset("%‰@_°/\\")
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")

_DIGIT = re.compile(r"\d")
_PREFIX = re.compile(r"(?<![a-z0-9])([a-z]{1,4})-$")
_TOKEN = re.compile(
    r"(?<![a-z0-9])(?:[a-z]{1,4}-)?[a-z]*+\d[a-z0-9]*+"
    r"(?:-[a-z]{0,4}+\d[a-z0-9]*+|[./:,']\d++(?![a-z])| (?:- )?\d++(?![a-z0-9]))*"
)
_SPACED_PART = re.compile(r"[^ ]+")
_GROUPED = re.compile(
    r"\d{2,4}(?:([ .-])\d{2,4})(?:\1\d{1,4}){0,3}|\d(?:([ .-])\d)(?:\2\d){2,8}|\d{3} - \d{3}|\d{5}[ -]\d{5}"
)
_EVEN_GROUPS = re.compile(
    r"\d{2}([ .-])\d{2}(?:\1\d{2}){0,2}|\d{3}([ .-])\d{3}(?:\2\d{3})?|\d{4}([ .-])\d{4}|\d(?:([ .-])\d)(?:\4\d){2,8}"
    r"|\d{3} - \d{3}|\d{5}[ -]\d{5}"
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
_PREFIXED = re.compile(r"[a-z]-(\d{4,8})")
_AREA = re.compile(r"\(\d{2,5}\)[ -]?$")
_MIXED_GROUPS = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]{2,6}(?:-[a-z0-9]{2,6}){1,4}")
