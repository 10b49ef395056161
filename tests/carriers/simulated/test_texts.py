"""Composed messages vary as real ones do, can be sent, and are counted as they are billed."""

import random
from collections import Counter

import pytest

from inbox.segments import count
from numbers.carriers.simulated import texts as simulated_texts
from numbers.carriers.simulated.stock import NUMBERS


def test_there_are_many_texts_in_many_languages() -> None:
    assert len(simulated_texts.TEMPLATES) >= 40
    assert len({template.text for template in simulated_texts.TEMPLATES}) == len(simulated_texts.TEMPLATES)
    assert len({template.language for template in simulated_texts.TEMPLATES}) >= 15
    assert {template.sender for template in simulated_texts.TEMPLATES} >= {"person", "short"}


@pytest.mark.parametrize("template", simulated_texts.TEMPLATES, ids=lambda template: template.text[:20])
def test_every_text_can_be_sent(template: simulated_texts.Template) -> None:
    rng = random.Random(7)
    texts = {simulated_texts.fill(template.text, rng) for _ in range(20)}
    sender = simulated_texts.sender(template, rng)
    assert len(texts) > 1 or "{" not in template.text
    for text in texts:
        assert "{" not in text
        assert simulated_texts.segments(text) == count(text).segments, text
    assert (
        sender in NUMBERS
        or (len(sender) == 5 and sender.isdigit())
        or (sender.isascii() and len(sender) <= 11)
    )


@pytest.mark.parametrize("char", ["a", "€", "я", "👍", "a€", "aя", "я👍"])
@pytest.mark.parametrize(
    "length", [0, 1, 35, 36, 66, 67, 70, 71, 76, 77, 80, 81, 134, 135, 153, 160, 161, 306, 307]
)
def test_segments_are_counted_as_they_are_billed(char: str, length: int) -> None:
    text = (char * length)[:length]
    assert simulated_texts.segments(text) == max(1, count(text).segments)


def test_a_code_that_stands_twice_is_the_same_code() -> None:
    text = simulated_texts.fill("{6} and {6}, {3-3}, {6a}, {6٠}", random.Random(1))
    first, rest = text.split(" and ")
    assert rest.startswith(f"{first}, ")
    hyphened, mixed, arabic = rest.split(", ")[1:]
    assert [len(part) for part in hyphened.split("-")] == [3, 3]
    assert (len(mixed), len(arabic)) == (6, 6)
    assert all("٠" <= digit <= "٩" for digit in arabic)


def test_composed_messages_vary_in_sender_length_and_script() -> None:
    rng = random.Random(3)
    composed = [simulated_texts.compose(rng) for _ in range(400)]
    kinds = Counter(
        "number" if sender[0] == "+" else "short" if sender.isdigit() else "letters" for sender, _ in composed
    )
    assert min(kinds[kind] for kind in ("number", "short", "letters")) > 20
    assert max(simulated_texts.segments(text) for _, text in composed) >= 3
    assert len({text for _, text in composed}) > 350
