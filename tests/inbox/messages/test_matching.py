"""What a filter of messages matches: sender, pattern and code, as the reader sees them."""

from typing import Any

import pytest

from inbox.messages.matching import BadFilter, MessageFilter, is_from
from inbox.messages.redaction import shown_sender


def message(body: str = "Your code is 482913", sender: str = "ACME", code: str = "482913") -> dict[str, Any]:
    """A message as readers get it, as far as filters look at it."""
    return {"body": body, "from": sender, "code": {"value": code} if code else None}


@pytest.mark.parametrize(
    "wanted",
    [
        "+14155550100",
        "0014155550100",
        "+1 (415) 555-0100",
        "14155550100",
        "+1 4••-•••-0100",
        " +14155550100 ",
    ],
)
def test_a_number_is_found_however_it_is_written(wanted: str) -> None:
    assert is_from(wanted, shown_sender("+14155550100"))  # as strangers see it
    assert is_from(wanted, "+14155550100") == ("•" not in wanted)  # as renters do


@pytest.mark.parametrize(
    ("wanted", "sender"),
    [("acme", "ACME"), ("ÉCOLE", "école"), ("32665", "32665"), ("ada@example.org", "ada@example.org")],
)
def test_a_name_is_found_in_any_case(wanted: str, sender: str) -> None:
    assert is_from(wanted, sender)
    assert is_from(wanted, shown_sender(sender))


@pytest.mark.parametrize(
    ("wanted", "sender"),
    [("+14155550101", "+14155550100"), ("ACM", "ACME"), ("326", "32665"), ("4155550100", "+14155550100")],
)
def test_another_sender_is_not(wanted: str, sender: str) -> None:
    assert not is_from(wanted, sender)


def test_digits_that_strangers_do_not_see_decide_nothing() -> None:
    """Or a number could be found out by trying."""
    assert is_from("+14990000100", shown_sender("+14155550100"))


def test_a_pattern_is_searched_in_the_text_and_its_case_counts() -> None:
    assert MessageFilter(match=r"code is (\d{6})$").matches(message())
    assert not MessageFilter(match="your").matches(message())
    assert MessageFilter(match="(?i)your").matches(message())
    assert not MessageFilter(match="ACME").matches(message())


def test_all_parts_of_a_filter_must_match() -> None:
    wanted = MessageFilter(sender="acme", match="code", needs_code=True)
    assert wanted.matches(message())
    assert not wanted.matches(message(code=""))
    assert not wanted.matches(message(sender="Other"))
    assert not wanted.matches(message(body="Hello"))
    assert MessageFilter().matches(message(code=""))


@pytest.mark.parametrize(
    ("field", "wanted", "why"),
    [
        ("match", MessageFilter(match="("), "not a valid RE2 pattern: missing ): ("),
        ("match", MessageFilter(match=r"(\d)\1"), "not a valid RE2 pattern: invalid escape sequence"),
        ("match", MessageFilter(match="a" * 501), "longer than 500 characters"),
        ("match", MessageFilter(match=r"\pL{1,200}"), "pattern too large"),
        ("match", MessageFilter(match="\ud800"), "surrogate"),
        ("from", MessageFilter(sender="a" * 65), "longer than 64 characters"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_reason(
    field: str, wanted: MessageFilter, why: str
) -> None:
    with pytest.raises(BadFilter, match=r".") as refused:
        wanted.check()
    assert refused.value.field == field
    assert why in str(refused.value)


def test_a_hostile_pattern_costs_no_more_than_the_text_is_long() -> None:
    assert not MessageFilter(match=r"(a|aa)*b|(a+)+c").matches(message(body="a" * 100_000))
