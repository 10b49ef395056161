"""inbox.text.lexicon: the words of a list are found in a text as a plain search of each would find them."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.text.lexicon import (
    Entry,
    GluedWords,
    Grammar,
    beginnings_of,
    blocks_of,
    compile_starts,
    compile_words,
    parse,
    scripts_in,
)

PLAIN = Grammar(before=r"(?<![a-z])", after=r"(?![a-z])", blank=r"[ -]")


def test_a_list_is_folded_and_its_asterisks_are_read() -> None:
    assert list(parse("Código, verif*, *code, two  step,, *")) == [
        Entry("codigo"),
        Entry("verif", begins=True),
        Entry("code", ends=True),
        Entry("two  step"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("code", ["code"]),
        ("codes", []),
        ("xcode", ["code"]),
        ("verification", ["verif"]),
        ("xverif", []),
        ("pin code", ["pin code"]),
        ("pin-code", ["pin-code"]),
        ("pin codes", ["pin"]),
        ("a pin, the code", ["pin", "code"]),
    ],
)
def test_words_are_whole_or_begin_or_end_one_and_the_longest_is_taken(text: str, found: list[str]) -> None:
    words = compile_words(parse("code, pin, pin code, verif*, *code"), PLAIN)
    assert [match[0] for match in words.finditer(text)] == found


def test_a_word_that_begins_in_another_one_is_found_too() -> None:
    words = compile_starts(parse("bank account, account, account number"), PLAIN)
    found = [match[1] for match in words.finditer("my bank account number")]
    assert found == ["bank account", "account number"]
    assert beginnings_of(["account", "account number", "bank account"])["account number"] == [
        "account",
        "account number",
    ]


def test_scripts_that_part_no_words_match_anywhere() -> None:
    words = GluedWords(parse("验证, 验证码, 码"), Grammar())
    assert [match[0] for match in words.find("您的验证码")] == ["验证码"]
    assert [match[0] for match in words.find("您的验证码", inside=True)] == ["验证码", "码"]
    assert list(GluedWords((), Grammar()).find("验证码")) == []


def test_the_scripts_of_a_text_are_told_by_its_characters() -> None:
    table = blocks_of({"han": [(0x4E00, 0x9FFF)], "kana": [(0x3040, 0x30FF)]})
    assert scripts_in("code コード", table) == {"kana"}
    assert scripts_in("验证码 の", table) == {"han", "kana"}
    assert scripts_in("code", table) == set()


@given(
    st.lists(
        st.text("ab ", min_size=1, max_size=4).map(lambda word: word.strip()).filter(bool),
        min_size=1,
        max_size=6,
    ),
    st.text("ab -", max_size=20),
)
def test_each_start_has_the_longest_word_that_a_plain_search_finds(words: list[str], text: str) -> None:
    expected = []
    for start in range(len(text)):
        fits = [word for word in words if _is_at(word, text, start)]
        if fits:
            expected.append((start, max(map(len, fits))))
    pattern = compile_starts([Entry(word) for word in words], PLAIN)
    assert [(match.start(), len(match[1])) for match in pattern.finditer(text)] == expected


def _is_at(word: str, text: str, start: int) -> bool:
    pattern = rf"(?<![a-z]){re.escape(word)}(?![a-z])".replace(r"\ ", "[ -]")
    return bool(re.compile(pattern).match(text, start))


def test_work_is_linear_in_the_text() -> None:
    words = compile_starts(parse(", ".join(f"a{'b' * n}* , a {'b' * n} c" for n in range(1, 200))), PLAIN)
    started = time.process_time()
    for text in ("ab" * 50_000, "a " * 50_000, "a" + " " * 100_000, "a b " * 25_000):
        list(words.finditer(text))
    assert time.process_time() - started < 5
