"""Finds the words of long lists in folded texts, of all languages at once.

A list is a text of words and phrases, separated by commas: "verif*" matches the beginning of a word, "*code" the end of
one (compounds: "Sicherheitscode"), one without an asterisk matches whole. All words of a list become one regular
expression, a trie, which tries each beginning once, and the longest word first. What makes a word whole, and what may
be between the words of a phrase, says a `Grammar`. Scripts that do not part words match anywhere (`GluedWords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from inbox.text.folding import HIDDEN, fold


class Entry(NamedTuple):
    """A word or phrase of a list, folded. `ends` one that only ends a longer word, `begins` one that only begins it."""

    text: str
    begins: bool = False
    ends: bool = False


class Grammar(NamedTuple):
    """What is around the words of a list, as regular expressions."""

    before: str = ""
    """What has to be in front of a word."""
    after: str = ""
    """What has to follow a whole word."""
    blank: str = " "
    """What may stand for the blank in a phrase."""
    marked: str = "."
    """The first character of words for which `after` counts: not all scripts show where a word ends."""


def parse(words: str) -> Iterator[Entry]:
    """The entries of a list."""
    for raw in words.split(","):
        word = HIDDEN.sub("", fold(raw.strip()))
        if text := word.strip("*"):
            yield Entry(text, word.endswith("*"), word.startswith("*"))


def compile_words(entries: Iterable[Entry], grammar: Grammar) -> re.Pattern[str]:
    """The pattern of a list, for words that are not in one another: the longest at each place, then what follows it."""
    entries = set(entries)
    endings = {(entry.text, True) for entry in entries if entry.ends}
    pattern = f"{grammar.before}({_trie(_beginnings(entries, grammar), grammar)})"
    return re.compile(f"{pattern}|{_trie(endings, grammar)}" if endings else pattern)


def compile_starts(entries: Iterable[Entry], grammar: Grammar) -> re.Pattern[str]:
    """The pattern that finds, in its group, the longest word at each place where one begins, in another one too."""
    return re.compile(f"{grammar.before}(?=({_trie(_beginnings(entries, grammar), grammar)}))")


class GluedWords:
    """The words of a script that does not part them, which match wherever they are."""

    def __init__(self, entries: Iterable[Entry], grammar: Grammar) -> None:
        by_head: dict[str, set[tuple[str, bool]]] = {}
        for text, whole in _beginnings(entries, grammar):
            by_head.setdefault(text[0], set()).add((text, whole))
        self._tails = {head: re.compile(_trie(some, grammar)) for head, some in by_head.items()}
        # most characters begin no word: they are passed over in C
        self._heads = re.compile(f"[{re.escape(''.join(by_head))}]" if by_head else r"(?!)")

    def find(self, folded: str, *, inside: bool = False) -> Iterator[re.Match[str]]:
        """The longest word at each place, from left to right; with `inside` those that begin in another one too."""
        head = self._heads.search(folded)
        while head:
            match = self._tails[head[0]].match(folded, head.start())
            if match:
                yield match
            head = self._heads.search(folded, match.end() if match and not inside else head.end())


def beginnings_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """For each of some texts, those that it begins with, itself among them."""
    known = set(texts)
    return {text: [text[:end] for end in range(1, len(text) + 1) if text[:end] in known] for text in known}


def blocks_of(scripts: Mapping[str, Iterable[tuple[int, int]]]) -> dict[int, str]:
    """Scripts, given as ranges of code points, by block of 128 code points."""
    return {
        block: script
        for script, ranges in scripts.items()
        for first, last in ranges
        for block in range(first >> 7, (last >> 7) + 1)
    }


def scripts_in(folded: str, script_of: Mapping[int, str]) -> set[str]:
    """The scripts of a text, by a table of `blocks_of`."""
    return {script_of[block] for block in {ord(char) >> 7 for char in set(folded)} if block in script_of}


def _beginnings(entries: Iterable[Entry], grammar: Grammar) -> set[tuple[str, bool]]:
    """The texts of entries that do not only end a word; True where the word ends with them."""
    marked = re.compile(grammar.marked)
    return {
        (entry.text, not entry.begins and bool(marked.match(entry.text)))
        for entry in entries
        if not entry.ends
    }


def _trie(words: set[tuple[str, bool]], grammar: Grammar) -> str:
    """A regular expression for many words that tries each beginning once; True: the word must end there."""
    branches: dict[str, set[tuple[str, bool]]] = {}
    ends = {whole for text, whole in words if not text}
    for text, whole in words:
        if text:
            branches.setdefault(text[0], set()).add((text[1:], whole))
    parts = [
        (grammar.blank if char == " " else re.escape(char)) + _trie(rest, grammar)
        for char, rest in sorted(branches.items())
    ]
    if ends:
        parts.append("" if False in ends else grammar.after)
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
