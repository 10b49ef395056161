"""Real input at full speed: every text of a corpus is stored once, byte-exact, and pages show the newest in order.

With ../shared/data/sms_texts.jsonl (5,171 real SMS, UCI SMS Spam Collection, CC BY 4.0) where it lies beside the
checkout; otherwise with as many texts made here, in many scripts and with every awkward character.
"""

import asyncio
import json
import random
import time
from collections import Counter
from typing import Any

import pytest

from inbox.codes import find
from inbox.messages.code_cutting import cut
from inbox.messages.redaction import shown_text
from inbox.safety.decide import decide
from tempsms import ROOT
from tests.bench import load
from tests.carrier_side import TOKEN, form, sid, signed
from tests.rig import Instance

pytestmark = pytest.mark.xdist_group("instance")

CORPUS = ROOT.parent / "shared" / "data" / "sms_texts.jsonl"
NUMBERS = [f"+150055502{n:02}" for n in range(12)]
IN_FLIGHT = 64
PIECES = [
    "Your code is {n:06d}",
    "שלום {n}",
    "رمزك {n}",
    "验证码 {n}",
    "Tür\r\n{n}",
    "🙂👩‍👩‍👧 {n}",
    "<b>&amp;{n}</b>",
    "\u202e{n}\u200b",
    "+%2B;={n}",
]
DUMP = """
import json
from inbox.messages import sealed_text as bodies
from inbox.models import Code, Message
sealed = dict(Code.objects.values_list("message_id", "sealed"))
found = {}
for pk, ref, body, cuts in Message.objects.values_list("pk", "carrier_ref", "body", "cuts"):
    # of tests before this one codes may have expired
    text = bodies.join(body, cuts, sealed[pk]).text if pk in sealed else body
    found.setdefault(ref, []).append([pk, text])
print(json.dumps(found))
"""


def texts() -> list[str]:
    """The corpus, or as many of our own."""
    if CORPUS.exists():
        return [json.loads(line)["text"] for line in CORPUS.read_text().splitlines()]
    return [PIECES[n % len(PIECES)].format(n=n) + " " * (n % 3) for n in range(5171)]


def test_every_text_is_stored_once_and_byte_exact_and_pages_show_the_newest(instance: Instance) -> None:
    sent = {sid(): text for text in texts()}
    account = instance.account("twilio", "texts", *NUMBERS, auth_token=TOKEN)
    number_of = {ref: NUMBERS[n % len(NUMBERS)] for n, ref in enumerate(sent)}
    requests = [
        signed(account["webhook_url"], form(text, MessageSid=ref, To=number_of[ref])).raw
        for ref, text in sent.items()
    ]
    for n in range(0, len(requests), 10):  # a tenth comes again, somewhat later
        requests.insert(min(len(requests), n + random.randrange(1, 200)), requests[n])
    start = time.perf_counter()
    answers: dict[str, Any] = asyncio.run(load.run("127.0.0.1", instance.port, IN_FLIGHT, requests))
    seconds = time.perf_counter() - start
    found: dict[str, list[Any]] = json.loads(instance.manage("shell", "-v0", "-c", DUMP))
    stored = {ref: rows for ref, rows in found.items() if ref in sent}
    pages = {number: frames(instance, number) for number in NUMBERS}
    print(f"{len(requests)} webhooks ({len(sent)} texts) in {seconds:.2f} s: {len(requests) / seconds:.0f}/s")
    assert answers["statuses"] == {"200": len(requests)}
    assert Counter(map(len, stored.values())) == {1: len(sent)}
    assert {ref: rows[0][1] for ref, rows in stored.items()} == sent
    for number, shown in pages.items():
        mine = (rows[0] for ref, rows in stored.items() if number_of[ref] == number)
        here = sorted((row for row in mine if not withheld(row[1])), reverse=True)
        assert [(frame["id"], frame["message"]["body"]) for frame in shown] == [
            (pk, as_shown(text)) for pk, text in here[:50]
        ]


def withheld(text: str) -> bool:
    """Whether public pages keep it back."""
    sender = "+14155550100"
    return decide(text, sender, find(text, sender)).withheld


def as_shown(text: str) -> str:
    """What strangers see of it."""
    return shown_text(text, cut(text, "+14155550100").spans)


def frames(instance: Instance, number: str) -> list[dict[str, Any]]:
    """What a page of the number shows, newest first."""
    found: list[dict[str, Any]] = instance.wait_for(f"/numbers/{number[1:]}/poll/").json()["frames"]
    return found[::-1]
