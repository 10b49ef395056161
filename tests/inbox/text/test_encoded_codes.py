"""Codes in raw requests are blanked however their text is escaped; the rest stays as it is."""

import json
import time
from urllib.parse import quote, quote_plus, urlencode

import pytest

from inbox.codes.encoded import STEP, blank

TEXT = "Your code is 48\u200b21\u200e09, thanks"
LEFT = "Your code is ••••••, thanks"

DOT = quote("•")


def blanked(raw: str) -> str:
    return blank(raw, "••••••")


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        (json.dumps({"text": TEXT}), json.dumps({"text": LEFT}, ensure_ascii=False)),
        (json.dumps({"text": TEXT}, ensure_ascii=False), json.dumps({"text": LEFT}, ensure_ascii=False)),
        (str(json.dumps({"text": TEXT}).encode()), f"b'{json.dumps({'text': LEFT}, ensure_ascii=False)}'"),
        (str(TEXT.encode()), f"b'{LEFT}'"),
        (urlencode({"text": TEXT}), f"text={quote_plus(LEFT).replace(DOT, '•')}"),
        (quote(TEXT), quote(LEFT).replace(DOT, "•")),
        (
            "<text>" + "".join(char if char.isascii() else f"&#x{ord(char):x};" for char in TEXT) + "</text>",
            f"<text>{LEFT}</text>",
        ),
        (
            "<text>" + "".join(char if char.isascii() else f"&#{ord(char)};" for char in TEXT) + "</text>",
            f"<text>{LEFT}</text>",
        ),
        ("Body=%34%38%32%31%30%39+is+your+code", "Body=••••••+is+your+code"),
        (r"Your code is \uff14\uff18\uff12\uff11\uff10\uff19", "Your code is ••••••"),
        ("%ff%e2%80", "%ff%e2%80"),
        ("&#x110000;&#9999999;\\ud800", "&#x110000;&#9999999;\\ud800"),
        ("", ""),
    ],
)
def test_a_code_is_blanked_in_every_escape(raw: str, left: str) -> None:
    assert blanked(raw) == left


def test_each_message_of_a_batch_is_blanked_however_long_it_is() -> None:
    batch = [
        {"id": n, "text": f"Your code is {481000 + n * 7}, valid for 5 minutes", "to": "+15005550006"}
        for n in range(200)
    ]
    left = blanked(json.dumps(batch))
    assert len(left) > 4 * STEP
    assert not any(str(481000 + n * 7) in left for n in range(200))
    assert left.count("+15005550006") == 200


@pytest.mark.parametrize("piece", ["%31", "1", "\\u0031", "code 123456 ", "&#", "%", "+"])
def test_work_is_linear(piece: str) -> None:
    started = time.process_time()
    blanked(piece * 40_000)
    assert time.process_time() - started < 20
