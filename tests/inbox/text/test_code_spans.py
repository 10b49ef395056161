"""inbox.codes.spans: every place of a message that holds its code, or what may be one."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inbox.codes import spans as code_spans
from inbox.codes.occurrences import standing
from inbox.codes.spans import NO_SPANS, find_spans
from inbox.messages.code_cutting import GAP, cut
from inbox.messages.sealed_text import join, redacted
from inbox.text.folding import fold, view


def sealed(text: str, sender: str = "+14155550100", gap: str = "") -> list[str]:
    return [text[start:end] for start, end in find_spans(text, sender, gap).sealed]


def marked(text: str) -> list[str]:
    return [text[start:end] for start, end in find_spans(text).marked]


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("713509", "713509", ["713509"]),
        ("713 509, 713-509, 713\u2011509, 713\u00a0509, 713 - 509, 713.509", "713509", 6),
        ("7 1 3 5 0 9", "713509", ["7 1 3 5 0 9"]),
        ("13.50 1.350 1,350", "1350", []),
        ("71350 13509 x1350 1350x", "1350", []),
        ("12-1350 1350-12 1350.5 5,1350 13:50", "1350", []),
        ("1350. 1350, (1350) [1350] 1350: -1350- “1350”", "1350", 7),
        ("\u30b3\u30fc\u30c91350\u3067\u3059 код1350 رمز1350", "1350", 3),
        ("?code=1350&x=%201350 /1350/ #1350", "1350", 4),
        ("１３５０ ١٣٥٠ १३५०", "1350", 3),
        ("11 1111 1", "1111", ["1111"]),
        ("ac31z9 AC31 ac31 AC-31", "AC31", 3),
        ("713\n509", "713509", []),
        ("", "1350", []),
        ("1350", "", []),
    ],
)
def test_a_code_is_found_wherever_it_stands_by_itself(text: str, value: str, found: list[str] | int) -> None:
    spans = [text[start:end] for start, end in standing(fold(text), value)]
    assert (len(spans) if isinstance(found, int) else spans) == found


UNSEEN = (
    "\x01\x08\x1f\x7f\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180f\u200b\u200c\u200e\u202e\u2060\u2066\u2069"
    "\u20dd\u3164\ufe0f\ufe20\ufeff\uffa0\ufff9\U0001bca0\U0001d173\U000e0001\U000e01ef\U000e0fff"
)


@pytest.mark.parametrize("mark", UNSEEN, ids=ascii)
def test_marks_that_nobody_sees_hide_no_code(mark: str) -> None:
    shown = mark.join("482109")
    assert sealed(f"Your code is {shown}.") == [shown]
    assert sealed(f"Again: {shown}, your code is 482109") == [shown, "482109"]
    found = find_spans(f"Your code is {shown}.").code
    assert found
    assert (found.value, found.shown) == ("482109", shown)
    assert sealed(f"Use code Q{mark}P{mark}LM to sign in") == [f"Q{mark}P{mark}LM"]
    assert sealed(f"Your PIN is 7{mark}1{GAP}", gap=GAP) == [f"7{mark}1"]
    assert sealed(f"{GAP}3{mark}5 is your PIN", gap=GAP) == [f"3{mark}5"]


@pytest.mark.parametrize(
    "sender",
    ["４８２１０９", "48２１０９", "٤٨٢١٠٩", "48\u200b2109", "+４８２１０９", "482109\u200f"],
    ids=ascii,
)
def test_a_sender_that_is_the_code_in_disguise_is_cut_too(sender: str) -> None:
    cut_text = cut("Your code is 482109", sender)
    assert cut_text.body == "Your code is "
    assert not any(map(str.isdigit, cut_text.sender))
    assert join(cut_text.body, list(cut_text.cuts), cut_text.sealed).sender(cut_text.sender) == sender


def test_a_doubtful_number_is_sealed_and_not_marked() -> None:
    assert sealed("Codes: 482109 or 771203") == ["482109", "771203"]
    assert marked("Codes: 482109 or 771203") == []
    text = "482109 is your code. Your PIN: 7712"
    assert marked(text) in (["482109"], ["7712"], [])
    assert sealed(text) == ["482109", "7712"]


def test_digits_glued_into_a_word_are_sealed_and_not_marked() -> None:
    text = "Your code is 604221. Not x604221y, 604221now, AB6042212."
    assert sealed(text) == ["604221", "604221", "604221"]
    assert marked(text) == ["604221"]


def test_a_plain_word_that_is_spelled_as_the_code_is_not_marked() -> None:
    assert marked("Your code: LIGHT. The light is on.") == ["LIGHT"]


def test_what_is_something_else_is_not_sealed() -> None:
    assert sealed("Order 771203: your code is 482109") == ["482109"]
    assert sealed("482109 is your code. Card ending 7712. Total 12,50 EUR. 12.05.2026 14:30") == ["482109"]
    assert find_spans("See you at 8, bring 250 g of sugar") == NO_SPANS
    assert sealed("858365 is your 98point6 security code.", "98point6") == ["858365"]


def test_a_phone_number_is_not_sealed_however_doubtful_the_code() -> None:
    for number in ("+1 202 555 0142", "(202) 555-0142", "2025550142", "0151 12345678"):
        assert number not in sealed(f"Your code or PIN? Call {number} {number}")
        assert sealed(f"Your code is 0142, call {number}") == ["0142"]


def test_a_code_of_ten_digits_is_no_phone_number() -> None:
    text = "482 913 4455 is your code. Type 4829134455"
    assert sealed(text) == ["482 913 4455", "4829134455"]


@pytest.mark.parametrize(
    ("text", "halves"),
    [
        ("Your PIN is 71" + GAP, ["71"]),
        ("Your PIN is 713 " + GAP, ["713"]),
        ("Your PIN is 7135-" + GAP, ["7135"]),
        ("Your PIN is 71 35" + GAP, ["71 35"]),
        ("Use code QP" + GAP, ["QP"]),
        ("Your code is B" + GAP, ["B"]),
        ("Your code: B-" + GAP, ["B"]),
        ("Meet me at gate B" + GAP, []),
        ("Plan B" + GAP, []),
        ("Your code has expired. I" + GAP, []),
        ("I have 5" + GAP, ["5"]),
        (GAP + "35. Tell nobody", ["35"]),
        (GAP + " 509 is your code", ["509"]),
        (f"code is 71{GAP}35 for", ["71", "35"]),
        (f"Your code is 482109. It is{GAP}for you", ["482109"]),
        (f"Your code is 71{GAP}482109 is not", ["71", "482109"]),
    ],
)
def test_half_a_code_at_a_seam_is_sealed_and_never_offered(text: str, halves: list[str]) -> None:
    found = find_spans(text, "", GAP)
    assert [text[start:end] for start, end in found.sealed] == halves
    code = found.code.shown if found.code else None
    assert code == ("482109" if "It is" in text else None)
    assert [text[start:end] for start, end in found.marked] == ([code] if code else [])


@pytest.mark.parametrize("piece", ["code 1234 ", "use code QPLM ", "1234 code 1234 "])
def test_a_code_that_is_repeated_a_thousand_times_is_looked_for_once(
    piece: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def counted(folded: str, value: str) -> Iterator[tuple[int, int]]:
        looks.append(value)
        return standing(folded, value)

    monkeypatch.setattr(code_spans, "standing", counted)
    assert len(find_spans(piece * 1500).sealed) >= 1500
    assert len(looks) == len(set(looks)) <= 2


@example("713509Your code is 713 509 1350", "ACME", False)
@example("1350Your code is 713 509 1350", "ACME", False)
@example("Your code is 713509x 713509x1350, 1350", "ACME", False)
@example("713509Your code is 713509 713 509", "ACME", False)
@given(
    st.lists(
        st.sampled_from(
            [
                "Your code is ",
                "713509",
                "713 509",
                "1350",
                " ",
                ", ",
                "+1202555",
                "x",
                "٧١٣٥٠٩",
                "/",
                "🙂",
                "\u200b",
                GAP,
            ]
        ),
        max_size=14,
    ).map("".join),
    st.sampled_from(["ACME", "ACME 713509", "+12025550100", "Code 1350"]),
    st.booleans(),
)
def test_what_is_cut_is_put_back_byte_for_byte_and_leaves_no_code(
    text: str, sender: str, partial: bool
) -> None:
    found = cut(text, sender, GAP if partial else "")
    if not found.sealed:
        assert (found.body, found.sender) == (text, sender)
        return
    joined = join(found.body, list(found.cuts), found.sealed)
    assert (joined.text, joined.sender(found.sender)) == (text, sender)
    assert (joined.spans, joined.marked, joined.sender_spans) == (
        found.spans,
        found.marked,
        found.sender_spans,
    )
    assert set(found.marked) <= set(found.spans)
    left = redacted(found.body, list(found.cuts)).text
    if found.code:
        assert not list(standing(view(left).folded, found.code.value)) or re.search(r"\+1202555", left)
        assert not list(standing(fold(found.sender), found.code.value))
