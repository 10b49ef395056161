"""Finds the words of long lists in folded texts, of all languages at once.

A list is a text of words and phrases, separated by commas: "verif*" matches the beginning of a word, "*code" the end of
one (compounds: "Sicherheitscode"), one without an asterisk matches whole. All words of a list become one regular
expression, a trie, which tries each beginning once, and the longest word first. A `Grammar` defines what makes a word
whole, and what may be between the words of a phrase. Words of scripts that do not separate words match anywhere
(`GluedWords`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from inbox.text.folding import HIDDEN, fold


class Entry(NamedTuple):
    """A folded word or phrase; with `begins` it may begin a longer word, with `ends` it may end one."""

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
    """Read the entries of a list."""
    for raw in words.split(","):
        word = HIDDEN.sub("", fold(raw.strip()))
        if text := word.strip("*"):
            yield Entry(text, word.endswith("*"), word.startswith("*"))


def compile_words(entries: Iterable[Entry], grammar: Grammar) -> re.Pattern[str]:
    """Compile a pattern that finds the longest word at each position, and continues behind it."""
    entries = set(entries)
    endings = {(entry.text, True) for entry in entries if entry.ends}
    pattern = f"{grammar.before}({_build_trie(_list_beginnings(entries, grammar), grammar)})"
    return re.compile(f"{pattern}|{_build_trie(endings, grammar)}" if endings else pattern)


def compile_starts(entries: Iterable[Entry], grammar: Grammar) -> re.Pattern[str]:
    """Compile a pattern that finds, as its group, the longest word at each position, even inside another word."""
    return re.compile(f"{grammar.before}(?=({_build_trie(_list_beginnings(entries, grammar), grammar)}))")


class GluedWords:
    """Words of a script that does not separate them: they match anywhere."""

    def __init__(self, entries: Iterable[Entry], grammar: Grammar) -> None:
        by_head: dict[str, set[tuple[str, bool]]] = {}
        for text, whole in _list_beginnings(entries, grammar):
            by_head.setdefault(text[0], set()).add((text, whole))
        self._tails = {head: re.compile(_build_trie(some, grammar)) for head, some in by_head.items()}
        # most characters begin no word: they are passed over in C
        self._heads = re.compile(f"[{re.escape(''.join(by_head))}]" if by_head else r"(?!)")

    def find(self, folded: str, *, inside: bool = False) -> Iterator[re.Match[str]]:
        """Find the longest word at each position; with `inside` also those that begin inside another word."""
        head = self._heads.search(folded)
        while head:
            match = self._tails[head[0]].match(folded, head.start())
            if match:
                yield match
            head = self._heads.search(folded, match.end() if match and not inside else head.end())


def beginnings_of(texts: Iterable[str]) -> dict[str, list[str]]:
    """Map each text to those of the texts that it begins with, itself included."""
    known = set(texts)
    return {text: [text[:end] for end in range(1, len(text) + 1) if text[:end] in known] for text in known}


def blocks_of(scripts: Mapping[str, Iterable[tuple[int, int]]]) -> dict[int, str]:
    """Map blocks of 128 code points to scripts, which are given as ranges of code points."""
    return {
        block: script
        for script, ranges in scripts.items()
        for first, last in ranges
        for block in range(first >> 7, (last >> 7) + 1)
    }


def scripts_in(folded: str, script_of: Mapping[int, str]) -> set[str]:
    """Return the scripts of a text, by a table from `blocks_of`."""
    return {script_of[block] for block in {ord(char) >> 7 for char in set(folded)} if block in script_of}


def _list_beginnings(entries: Iterable[Entry], grammar: Grammar) -> set[tuple[str, bool]]:
    """List the texts of entries that begin at a word's beginning; True if the word has to end there."""
    marked = re.compile(grammar.marked)
    return {
        (entry.text, not entry.begins and bool(marked.match(entry.text)))
        for entry in entries
        if not entry.ends
    }


def _build_trie(words: set[tuple[str, bool]], grammar: Grammar) -> str:
    """Build a regular expression for many words that tries each beginning once; True: the word has to end there."""
    branches: dict[str, set[tuple[str, bool]]] = {}
    ends = {whole for text, whole in words if not text}
    for text, whole in words:
        if text:
            branches.setdefault(text[0], set()).add((text[1:], whole))
    parts = [
        (grammar.blank if char == " " else re.escape(char)) + _build_trie(rest, grammar)
        for char, rest in sorted(branches.items())
    ]
    if ends:
        parts.append("" if False in ends else grammar.after)
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"
