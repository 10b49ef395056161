"""inbox.codes: which number of a message is its one-time code, if any."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inbox.codes import Code, candidates, find, finder, vocabulary
from inbox.codes.lexicon import WORDS
from inbox.text import folding
from tempsms import ROOT

DATA = ROOT / "tests" / "data"
SHARED = ROOT.parent / "shared" / "data"
CASES = [json.loads(line) for line in (DATA / "codes.jsonl").read_text("utf-8").splitlines()]
HARD = [line.split("\t") for line in (DATA / "codes_hard.tsv").read_text("utf-8").splitlines()]


def value(text: str, sender: str = "") -> str | None:
    code = find(text, sender)
    return code.value if code else None


@pytest.mark.parametrize("case", CASES, ids=[f"{n}-{case['lang']}" for n, case in enumerate(CASES)])
def test_the_code_of_a_message_is_found_in_its_language(case: dict[str, str | None]) -> None:
    assert value(str(case["text"])) == case["code"]


@pytest.mark.parametrize(("code", "text"), HARD, ids=[f"{n}-{row[0]}" for n, row in enumerate(HARD)])
def test_the_hard_ones(code: str, text: str) -> None:
    """Letters only, prefixes, glued neighbours, blanks between; other codes, dial codes, tails and serial numbers."""
    assert (value(text) or "-") == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("<#> 482913 for Contoso\nFA+9qCX9VSu", "482913", id="written for a program"),
        pytest.param("Contoso sign-in\n482913\nThanks", "482913", id="a line to itself"),
        pytest.param("བོད་ཡིག\n482913\nབོད", "482913", id="alone, in a language that is not listed"),
        pytest.param("Код 2019 г. 482913", None, id="a year"),
        pytest.param("Your code for EUR 1500 is 482913", "482913", id="an amount"),
        pytest.param("Partner code 1234, sign-in code 5678", "5678", id="the purpose between two codes"),
    ],
)
def test_what_decides_alone(text: str, code: str | None) -> None:
    assert value(text) == code


def test_the_senders_name_in_capitals_is_no_code() -> None:
    text = "Use code QPLM to sign in to your account"
    assert value(text, "Contoso") == "QPLM"
    assert value(text, "QPLM") is None
    assert value(text, "QPLM Ltd") is None
    assert value("Your code is 482109", "Contoso 482109") == "482109"


def test_small_letters_around_a_code_in_capitals_belong_to_words() -> None:
    code = find("Contoso: use code QPLM to sign in to your account")
    assert code is not None
    assert (code.shown, code.span, code.reason) == ("QPLM", (18, 22), "letters that follow the word “code”")
    assert code.confidence > 0.5


def test_thirty_languages_have_words_and_cases_with_and_without_a_code() -> None:
    assert len(WORDS) >= 30
    languages = Counter(case["lang"] for case in CASES)
    assert len(languages) >= 30
    assert sum(case["code"] is None for case in CASES) >= 40


def test_every_language_names_a_code_and_what_it_is_for() -> None:
    for language, roles in WORDS.items():
        assert roles["code"], language
        assert roles["purpose"], language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Your code is 4821", "4821"),
        ("Your code is 48210", "48210"),
        ("Your code is 48210933", "48210933"),
        ("Your code is 482 109", "482109"),
        ("Your code is 482-109", "482109"),
        ("Your code is 48 21 09", "482109"),
        ("Your code is AB12-CD34", "AB12CD34"),
        ("Your code is a8c2f9", "A8C2F9"),
        ("Your code is QWMZKP", "QWMZKP"),
        ("Your code is ＱＷＭＺ", "QWMZ"),
        ("Your code is 1 2 3 4 5 6", "123456"),
        ("Q-482109 is your code", "482109"),
        ("G-482109 is your code", "482109"),
        ("Your code is ४८२१०९", "482109"),
        ("Your code is ４８２１０９", "482109"),
        ("Your code is 𝟒𝟖𝟐𝟏𝟎𝟗", "482109"),
        ("Your code is 4\ufe0f\u20e38\ufe0f\u20e32\ufe0f\u20e31\ufe0f\u20e3", "4821"),
        ("Your code is\u200f \u200e482109\u200e.", "482109"),
        ("Yourcode482109expires", None),
        ("code482109", "482109"),
        ("482109is your code", "482109"),
    ],
)
def test_every_shape_of_a_code_is_read(text: str, expected: str | None) -> None:
    assert value(text) == expected


def test_what_is_shown_is_what_the_text_says() -> None:
    text = "Your code: 48\u200b2-1\u200e09."
    code = find(text)
    assert code == Code(
        "482109", "48\u200b2-1\u200e09", code.confidence if code else 0, "follows the word “code”", (11, 20)
    )
    assert text[slice(*code.span)] == code.shown


def test_of_two_numbers_the_one_that_the_words_point_at_is_taken() -> None:
    assert value("Order 771203: your code is 482109") == "482109"
    assert value("Your code is 482109 for order 771203") == "482109"
    assert value("482109 is your code for card 771203") == "482109"


def test_a_code_for_two_numbers_alike_is_doubted() -> None:
    alike = find("Codes: 482109 or 771203")
    alone = find("Code: 482109")
    assert alone is not None
    assert alone.confidence > 0.8
    assert alike is not None
    assert alike.confidence < 0.5


def test_a_stranger_number_without_a_word_for_a_code_is_no_code() -> None:
    assert value("We meet at house 482109 tonight") is None


def test_confidence_grows_with_what_the_text_says() -> None:
    bare, plain, full = (
        find("482109"),
        find("Your code is 482109 thanks"),
        find("Your login code is 482109. Valid 5 min."),
    )
    colon = find("Your code: 482109 thanks")
    assert colon is not None
    assert bare is not None
    assert plain is not None
    assert full is not None
    assert bare.confidence < plain.confidence < colon.confidence <= full.confidence <= 1


@pytest.mark.parametrize(
    "text",
    [
        "Your total is $4821.50",
        "Your total is 4821 EUR, keep your PIN secret",
        "Total 482,109 USD. Never share your code.",
        "Sale! 4821 ₽ with card",
        "Your code saved you €4821",
        "Your code saved you 4821 ₽",
        "With your code: 4821% more",
    ],
)
def test_a_price_is_not_a_code(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Your card ending 4821 was charged. Never share your PIN.",
        "Card *4821 is blocked, code word unchanged",
        "Your order 482109 is on its way. We never ask for a password.",
        "Track parcel 482109 with your app password",
        "Call 482109 if you didn't ask for a code",
        "Your flight is on 12.05.2024 at 14:30. Never share a PIN.",
        "Use promo code 482109 today",
        "Your discount code: SAVE2024",
        "Update 4.82.109 is ready, no password needed",
        "See https://shop.example/code/482109",
        "Mail 482109@code.example about your code",
        "Your PIN was changed in 2024.",
        "077-120-344 is where your code comes from",
        "Your code from 12-05-2024 is old",
        "The code of user_4821 was changed",
        "Never share your verification code with anyone.",
        "Your code expires in 482 minutes",
        "Wait 4821 minutes for a code",
    ],
)
def test_a_number_that_is_something_else_is_not_a_code(text: str) -> None:
    assert value(text) is None


def test_a_bound_code_is_certain_and_shown_where_people_read_it() -> None:
    code = find("482109 is your Elm code\n\n@elm.example #482109")
    assert code is not None
    assert (code.value, code.span, code.reason) == ("482109", (0, 6), "bound to a web address")
    assert code.confidence > 0.95
    assert value("@elm.example #482109") == "482109"


def test_the_hash_of_an_android_app_is_not_a_code() -> None:
    assert value("<#> Your Elm code is 4821\nFA+9qCX9VSu") == "4821"
    assert value("Take the Elm code from your mail\n773012+Qxyz") is None


def test_a_code_that_stands_in_the_link_too_is_found_in_the_text() -> None:
    code = find("Hello 482109\nhttps://elm.example/v/482109")
    assert code is not None
    assert code.span == (6, 12)


def test_the_number_of_the_sender_is_not_a_code() -> None:
    assert value("Reply with your code to 48210", sender="48210") is None
    assert value("Your code is 48210", sender="48211") == "48210"


def test_a_reason_is_words_and_never_holds_the_code() -> None:
    for case in CASES:
        code = find(str(case["text"]))
        if code:
            assert len(code.reason.split()) >= 3, code.reason
            assert code.value not in code.reason


def holds(code: Code | None, text: str) -> None:
    if code is None:
        return
    start, end = code.span
    assert 0 <= start < end <= len(text)
    assert text[start:end] == code.shown
    assert re.fullmatch(r"[0-9A-Z]{3,18}", code.value)
    assert 0 <= code.confidence <= 1
    read = unicodedata.normalize("NFKC", folding.HIDDEN.sub("", code.shown))
    digits = [str(unicodedata.decimal(char)) for char in read if char.isdecimal()]
    assert digits == [char for char in code.value if char.isdigit()]


PIECES = [
    "code",
    "Your OTP is ",
    "1",
    "234",
    "567890",
    " ",
    "-",
    ".",
    "/",
    "@",
    "#",
    "\n",
    "http://",
    "<#>",
    "G-",
    "$",
    "+",
]
PIECES += [
    "\u200b",
    "\u202e",
    "\x00",
    "\ud800",
    "\udc00",
    "٣",
    "५",
    "𝟏",
    "é",
    "İ",
    "ß",
    "验证码",
    "код",
    "رمز",
    "コード",
    "😀",
    "：",
]


@given(
    st.one_of(st.text(st.characters()), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)),
    st.text(),
)
@example("@a.b #1-2\n@c.d #---", "")
@example("\ud835\udfcf2345 code", "\x00")
@settings(max_examples=400, deadline=None)
def test_no_text_breaks_it(text: str, sender: str) -> None:
    holds(find(text, sender), text)


@pytest.mark.parametrize("character", ["\x00", "\ud800", "\U0010ffff", "ﷺ", "ŉ", "ΐ", "ẞ", "İ", "ǰ"])
def test_a_character_that_grows_when_folded_moves_no_span(character: str) -> None:
    text = f"{character * 3} code: 482109 {character}"
    code = find(text)
    assert code is not None
    assert code.shown == "482109"
    holds(code, text)


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "1-",
        "a1",
        "a-",
        "123456 ",
        "code ",
        "code 1234 ",
        "http://",
        "a.",
        "@",
        "\n@a #",
        "1.",
        "1 - ",
        "验证码",
        "код ",
        "\u200b",
        "ABCD ",
        "use code QPLM ",
        "Q P L M ",
        "tan nr ",
    ],
)
def test_work_has_a_limit_however_long_the_text(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    weigh = finder._weigh_number

    def counted(folded: str, *rest: object) -> object:
        seen.append(len(folded))
        return weigh(folded, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(finder, "_weigh_number", counted)
    find((piece * 10_000)[:10_000])
    assert len(seen) <= 2 * candidates.MOST_NUMBERS
    assert max(seen, default=0) <= finder.LOOK_AT
    folded = folding.view((piece * 10_000)[: finder.LOOK_AT]).folded
    assert len(vocabulary.words(folded)) <= 2 * vocabulary.MOST_WORDS


def test_no_pattern_can_backtrack_over_a_long_text() -> None:
    """Every unbounded repeat in the patterns that scan a text is possessive, or nothing follows that could fail."""
    for pattern in (candidates._TOKEN, finder._BOUND, vocabulary._ADDRESS):
        bare = re.sub(r"\[[^\]]*\]", "[]", pattern.pattern).replace("\\d++", "").removesuffix(")*")
        assert not re.search(r"[\])\w][*+](?![+?])", bare), pattern


def test_a_code_beyond_the_limit_is_left_alone() -> None:
    assert value("." * finder.LOOK_AT + " Your code is 482109") is None
    assert value("." * (finder.LOOK_AT - 30) + " Your code is 482109") == "482109"


def plain(text: str | None) -> str | None:
    return re.sub(r"[\W_]", "", text).upper() if text else None


@pytest.mark.skipif(
    not (SHARED / "otp_dev.jsonl").exists(), reason="../shared/data/otp_dev.jsonl is not here"
)
def test_98_of_100_labelled_messages_are_read_exactly() -> None:
    rows = [json.loads(line) for line in (SHARED / "otp_dev.jsonl").read_text("utf-8").splitlines()]
    wrong = [
        row["id"]
        for row in rows
        if value(row["text"]) not in {plain(row["expected"]), *map(plain, row["accept"])}
    ]
    assert len(wrong) <= 0.02 * len(rows), wrong


@pytest.mark.skipif(
    not (SHARED / "sms_texts.jsonl").exists(), reason="../shared/data/sms_texts.jsonl is not here"
)
def test_ordinary_messages_have_no_code() -> None:
    rows = [json.loads(line) for line in (SHARED / "sms_texts.jsonl").read_text("utf-8").splitlines()]
    found = [row["text"] for row in rows if value(row["text"])]
    assert len(found) <= 0.005 * len(rows), found
