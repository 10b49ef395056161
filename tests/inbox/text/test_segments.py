"""inbox.segments: what a text costs in SMS segments."""

from __future__ import annotations

import json
import random
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.segments import Count, count, tables
from inbox.segments.counting import forcing, national, substitute
from tempsms import ROOT
from tempsms.lib import gsm7

CALCULATOR = ROOT / "node_modules" / "sms-segments-calculator"
FAMILY = "👨‍👩‍👧‍👦"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Count("GSM-7", 1, 0)),
        ("a" * 160, Count("GSM-7", 1, 160)),
        ("a" * 161, Count("GSM-7", 2, 161)),
        ("a" * 306, Count("GSM-7", 2, 306)),
        ("a" * 307, Count("GSM-7", 3, 307)),
        ("я" * 70, Count("UCS-2", 1, 70)),
        ("я" * 71, Count("UCS-2", 2, 71)),
        ("я" * 134, Count("UCS-2", 2, 134)),
        ("я" * 135, Count("UCS-2", 3, 135)),
    ],
)
def test_a_segment_has_160_or_153_septets_and_70_or_67_units(text: str, expected: Count) -> None:
    assert count(text) == expected


def test_an_extension_character_takes_two_septets() -> None:
    assert count("€") == Count("GSM-7", 1, 2)
    assert count("[" * 80) == Count("GSM-7", 1, 160)
    assert count("[" * 80 + "a") == Count("GSM-7", 2, 161)


def test_an_escape_pair_is_not_split_across_segments() -> None:
    assert count("a" * 152 + "[" + "a" * 152) == Count("GSM-7", 3, 306)
    assert count("a" * 151 + "[" + "a" * 153) == Count("GSM-7", 2, 306)


def test_a_surrogate_pair_is_not_split_across_segments() -> None:
    assert count("я" * 66 + "😀" + "я" * 66) == Count("UCS-2", 3, 134)
    assert count("я" * 65 + "😀" + "я" * 67) == Count("UCS-2", 2, 134)


@pytest.mark.parametrize("cluster", [FAMILY, "🇩🇪", "👍🏽", "e\u0301", "한", "क्षि", "1️⃣"])
def test_a_grapheme_cluster_is_not_split_across_segments(cluster: str) -> None:
    size = len(cluster.encode("utf-16-le")) // 2
    if cluster == "क्षि":  # two clusters for the calculators of the field
        size = 2
    assert count("я" * (67 - size) + cluster + "я" * 20).segments == 2
    split = "я" * (67 - size + 1) + cluster + "я" * (67 - size)
    assert count(split + "я" * (size - 1)).segments == (3 if size > 1 else 2)


def test_surrogates_that_stand_side_by_side_are_one_character() -> None:
    assert count("\ud83d\ude00") == count("😀")
    assert count("\ud83d") == Count("UCS-2", 1, 1)
    assert count("я" * 66 + "\ud83d\ude00" + "я" * 66).segments == 3


def test_a_line_break_of_two_characters_costs_two() -> None:
    assert count("a\r\nb") == Count("GSM-7", 1, 4)
    assert count("я" * 66 + "\r\n" + "я" * 66) == Count("UCS-2", 2, 134)


@pytest.mark.parametrize("char", ["ç", "`", "\t", "\x1b", "“", "я", "😀"])
def test_one_character_outside_the_alphabet_makes_a_text_ucs2(char: str) -> None:
    assert count("hello" + char).encoding == "UCS-2"


def test_every_character_of_the_alphabet_stays_gsm7() -> None:
    basic = gsm7.BASIC.replace(gsm7.ESCAPE, "")
    assert len(set(basic)) == 127
    assert count(basic) == Count("GSM-7", 1, 127)
    assert len(gsm7.EXTENSION) == 10


def test_the_characters_that_force_ucs2_are_named_with_their_substitutes() -> None:
    assert forcing("Plain [text] costs 5€") == []
    assert forcing("“Señor…” ő\u200b ж 😀 “") == [
        ("“", '"'),
        ("…", "..."),
        ("”", '"'),
        ("ő", "o"),
        ("\u200b", ""),
        ("ж", None),
        ("😀", None),
    ]


def test_every_substitute_fits_the_alphabet() -> None:
    for char in (*tables.SUBSTITUTES, *map(chr, range(0x80, 0x2FFF))):
        replaced = substitute(char)
        assert replaced is None or count(replaced).encoding == "GSM-7", char


def test_a_text_with_its_substitutes_is_gsm7() -> None:
    text = "“ça va?” – naïve…"
    replaced = "".join(substitute(char) or "" for char in text)
    assert replaced == '"ca va?" - naive...'


def test_a_national_alphabet_says_what_it_would_save() -> None:
    turkish = "Şişli'de ığdır çayı " * 8
    assert count(turkish).segments == 3
    best = national(turkish)[0]
    assert (best.language, best.segments) == ("Turkish", 2)
    assert national("Ваш код") == []
    assert {fit.language for fit in national("नमस्ते")} == {"Hindi"}


def test_a_national_alphabet_pays_for_its_header_and_the_cheapest_comes_first() -> None:
    fits = national("á" * 78)
    assert [fit.segments for fit in fits] == sorted(fit.segments for fit in fits) == [1, 2, 2]
    assert (fits[0].language, fits[0].locking, fits[0].units) == ("Portuguese", True, 78)
    assert [fit.segments for fit in national("á" * 77) if fit.language == "Spanish"] == [1]
    assert [fit.segments for fit in fits if fit.language == "Spanish"] == [2]


def test_the_national_tables_are_whole() -> None:
    assert len(tables.SINGLE_SHIFT) == 13
    for language, table in tables.LOCKING_SHIFT.items():
        assert len(table) == 128, language
        assert table[0x1B] == gsm7.ESCAPE, language
    for language, shift in tables.SINGLE_SHIFT.items():
        assert set(shift) <= set(range(128)) - {0x1B, 0x0D}, language
        assert {"^", "{", "}", "\\", "[", "~", "]", "|"} <= set(shift.values()), language


def capacity(encoding: str) -> tuple[int, int]:
    return (160, 153) if encoding == "GSM-7" else (70, 67)


@given(st.text(st.characters(), max_size=400))
@settings(deadline=None)
def test_no_text_breaks_it_and_the_sums_hold(text: str) -> None:
    result = count(text)
    one, many = capacity(result.encoding)
    assert result.segments >= 1
    assert (result.segments == 1) == (result.units <= one)
    assert result.units >= len(text) - text.count("\ud83d")
    assert result.segments >= -(-result.units // many) or result.units <= one
    assert (forcing(text) == []) == (result.encoding == "GSM-7")


@given(
    st.text(st.sampled_from("aя[😀\u0301\r\n"), max_size=200), st.text(st.sampled_from("aя["), max_size=20)
)
@settings(deadline=None)
def test_a_longer_text_never_costs_less(text: str, more: str) -> None:
    assert count(text + more).segments >= count(text).segments


PIECES = [
    "a",
    "a",
    "b ",
    "[",
    "€",
    "~",
    "\r\n",
    "\n",
    "\r",
    "\f",
    "ä",
    "ç",
    "`",
    "é",
    "Ω",
    "я",
    "您",
    "한",
    "ᄒ",
    "ᅡ",
    "ᆫ",
    "각",
]
PIECES += [
    "e\u0301",
    "\u0301",
    "\u200d",
    "\ufe0f",
    "👍",
    "👍🏽",
    "👩",
    FAMILY,
    "👩🏽‍🚀",
    "🇩🇪",
    "🇩",
    "🏳️‍🌈",
    "❤️",
    "1️⃣",
    "☝🏿",
]
PIECES += [
    "नि",
    "क्षि",
    "กำ",
    "\u0600",
    "\ud83d",
    "\ude00",
    "\x00",
    "\x1b",
    "\u200b",
    "🧑🏽",
    "😀",
    "𝒳",
    "ೀ",
    "\u202e",
]
LENGTHS = [0, 1, 5, 60, 67, 69, 70, 71, 134, 135, 152, 153, 154, 159, 160, 161, 200, 306, 307]


def trial_texts() -> list[str]:
    chance = random.Random(20240607)
    texts = ["", "\r\n", "a" * 160, "a" * 161]
    for base in ("a", "я", "👍", "[", "각", "🇩🇪"):
        texts += [base * n for n in range(60, 320, 9)] + ["a" * n + base + "b" * 100 for n in range(146, 162)]
    texts += ["я" * n + FAMILY + "я" * n for n in range(50, 75)]
    for _ in range(1200):
        palette = chance.sample(PIECES, chance.randint(1, 8))
        texts.append("".join(chance.choice(palette) for _ in range(chance.choice(LENGTHS))))
    return texts


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.skipif(
    not CALCULATOR.exists(), reason=f"{CALCULATOR.relative_to(ROOT)} is missing (npm install it)"
)
def test_twilios_calculator_counts_the_same() -> None:
    texts = trial_texts()
    script = (
        "const {SegmentedMessage} = require('sms-segments-calculator');"
        "const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "const bits = {'GSM-7': 7, 'UCS-2': 16};"
        "console.log(JSON.stringify(texts.map(t => { const m = new SegmentedMessage(t);"
        "return [m.encodingName, m.segmentsCount, m.messageSize / bits[m.encodingName]]; })));"
    )
    run = subprocess.run(
        ["node", "-e", script], cwd=ROOT, input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    theirs = [Count(*row) for row in json.loads(run.stdout)]
    ours = [count(text) for text in texts]
    assert [text for text, a, b in zip(texts, ours, theirs, strict=True) if a != b] == []
