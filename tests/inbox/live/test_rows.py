"""A row made by putting words into an outline is the row that the template makes of them."""

from itertools import product
from typing import Any

import pytest
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import mark_safe

from inbox.live import rows
from inbox.live.rows import row_html

EXPIRES = "2026-11-29T10:10:00.000Z"
HOSTILE = "<b onclick='x'>&amp; \" \x00id\x00 482913"
FILES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"content_type": "image/png", "fetchable": True}, {"content_type": "", "fetchable": False}],
    [{"content_type": "<i>/" + "x" * 50, "fetchable": True}],
)


def messages() -> list[dict[str, Any]]:
    """One of each kind, with hostile words."""
    made = []
    for number, (sender, body, code, sealed, flags, media) in enumerate(
        product(
            ("+1 4••", ""), (HOSTILE, ""), (True, False), (True, False), ([], ["redacted", "new_one"]), FILES
        )
    ):
        spans = [[len(HOSTILE) - 6, len(HOSTILE)]] if body else []
        made.append(
            {
                "id": 1000 + number,
                "from": sender and sender + HOSTILE,
                "body": body,
                "received_at": "2026-11-29T10:00:07.123Z",
                "code": {"value": "<482913>", "expires_at": EXPIRES} if code else None,
                "code_spans": spans if code else [],
                "sealed": {"body": spans, "from": [[0, 2]] if sender else [], "expires_at": EXPIRES}
                if sealed
                else None,
                "flags": flags,
                "media": media,
            }
        )
    return made


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
@pytest.mark.parametrize(("private", "alone"), [(False, False), (False, True), (True, False), (True, True)])
def test_a_row_is_what_the_template_makes_of_its_words(language: str, private: bool, alone: bool) -> None:
    template = get_template("inbox/message.html")
    with translation.override(language):
        for message in messages():
            outline = rows._outline_of(message, private=private, alone=alone)
            words = {name: mark_safe(text) for name, text in rows._words_of(message, private=private).items()}
            whole = template.render({"outline": outline, "words": words})
            assert row_html(message, private=private, alone=alone) == whole
            assert row_html(message, private=private, alone=alone) == whole  # from memory


def test_no_word_of_a_message_becomes_markup() -> None:
    for message, private, alone in product(messages(), (False, True), (False, True)):
        html = row_html(message, private=private, alone=alone)
        assert "<b onclick" not in html
        assert "<i>/" not in html
        assert "<482913>" not in html
        # what looks like a mark is a word like any other
        assert html.count("\x00id\x00") == bool(message["from"]) + bool(message["body"])


def test_nothing_of_a_rentals_message_is_kept() -> None:
    message = {
        **messages()[0],
        "body": "for the holder",
        "media": [{"content_type": "x-own/kind", "fetchable": True}],
    }
    assert "x-own/kind" in row_html(message, private=True)
    kept = repr(vars(rows._rows))
    assert "x-own/kind" not in kept
    assert "for the holder" not in kept
