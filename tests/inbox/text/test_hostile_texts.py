"""Every kind of text that breaks things: stored byte-exact or refused for a reason, shown inert, never an exception."""

import asyncio
import html
import unicodedata
from dataclasses import replace

import httpx
import orjson
import pytest
from django.conf import LazySettings

from inbox.ingest import intake, multipart
from inbox.ingest.storable import storable
from inbox.messages import sealed_text
from inbox.messages.flags import Flag
from inbox.messages.redaction import shown_text
from numbers import carriers
from numbers.carriers.messages import Inbound, Media, Part
from numbers.models import Account
from tests.carrier_side import form, sid, signed
from tests.carriers.samples import TEXT
from tests.carriers.samples import get as get_sample
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.unprocessed_requests import unprocessed_requests

SCRIPTS = (0x0041, 0x00C0, 0x0370, 0x0400, 0x0531, 0x05D0, 0x0620, 0x0710, 0x0780, 0x0905, 0x0985, 0x0A05, 0x0A85,
           0x0B05, 0x0B85, 0x0C05, 0x0C85, 0x0D05, 0x0D85, 0x0E01, 0x0E81, 0x0F40, 0x1000, 0x10D0, 0x1100, 0x1200,
           0x13A0, 0x1401, 0x1681, 0x16A0, 0x1780, 0x1820, 0x2800, 0x2C80, 0x2D30, 0x3041, 0x30A1, 0x3105, 0x4E00,
           0xA000, 0xA500, 0xAC00, 0xFB00, 0xFF01, 0x10300, 0x10400, 0x12000, 0x13000, 0x1D400, 0x1F600,
           0x20000)  # fmt: skip
TEXTS = [
    # words that programs take for something else
    *["null", "None", "undefined", "NaN", "true", "-0", "1e309", "0x0", "1/0", "Infinity", "[object Object]", "\\N"],
    *["{{ 7*7 }}", "{% include 'x' %}", "${7*7}", "#{7*7}", "%s%n%x", "%(x)s", "{0}", "{body}", "$(id)", "`id`"],
    # markup and code
    *["<script>alert(1)</script>", "</textarea><script>alert(1)</script>", "<!--", "]]>", "<![CDATA[", "&lt;&amp;&#0;"],
    *["<a href=javascript:alert(1)>x</a>", "javascript:alert(1)", "data:text/html,<script>1</script>", "\" onload=x"],
    *["' OR 1=1 --", "1; DROP TABLE inbox_message", "') UNION SELECT 1", "../../etc/passwd", "file:///etc/passwd"],
    *["=1+1", "@SUM(1)", "+cmd|' /C calc'!A0", "-2+3", "\t=x"],
    # white space, controls, line ends
    *[" ", "\t", "\n", "\r\n\r"],
    *[ "\x0b\x0c", "\u00a0\u2003\u3000", "\u2028\u2029", "\x1b[31mred\x1b[0m", "\x07\x08\x7f"],
    "".join(map(chr, range(1, 32))),
    "".join(map(chr, range(0x7F, 0xA0))),
    # bidi, zero width, combining, variation, private use, non-characters
    *["\u202eevil\u202c", "\u2066a\u2069", "a\u200bb\u200cc\u200dd\ufeff", "Z" + "\u0300" * 500, "\ufe0f\u20e3"],
    *["\ue000\uf8ff", "\uffff\ufffe", "\U0010ffff", "\U000e0001\U000e0020", "\ufdd0", "\u0600\u06dd"],
    *["👩‍👩‍👧‍👦🏳️‍🌈👍🏿🇨🇭", "🏴\U000e0067\U000e0062\U000e007f", "﷽" * 40, "İıẞßǅ"],
    *["ﬁﬂ", "℀™①²", "１２３４５６", "٠١٢٣٤٥"],
    # lengths
    *["x" * 1601, "é" * 700, "🙂" * 335, "a" * 20_000, "1 " * 9_000, "(" * 9_000, "a@" * 9_000, "+1" * 9_000],
    *["".join(chr(first + n) for n in range(24)) for first in SCRIPTS],
]  # fmt: skip
SENDERS = [
    "<b>x",
    "'\"",
    "{{x}}",
    "\u202eknab",
    "+",
    "+0",
    "0" * 64,
    " ",
    "null",
    "ﬁ",
    "🙂",
    "a\tb",
    "-1",
    "%00",
]


@pytest.fixture(autouse=True)
def no_budgets(settings: LazySettings) -> None:
    """These tests ask more often than a visitor may."""
    settings.VISITOR_LIMITS = False


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An account with +15005550006 leased."""
    account = make_account()
    make_lease(account=account)
    return account


async def test_every_text_is_stored_byte_exact_and_shown_inert(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    stored = {}
    for start in range(0, len(TEXTS), 40):
        some = {sid(): text for text in TEXTS[start : start + 40]}
        for ref, text in some.items():
            post = signed(account.webhook_url, form(text, MessageSid=ref, From="ACME"))
            answer = await site.post(post.url, content=post.body, headers=post.headers)
            assert (answer.status_code, repr(text)[:80]) == (200, repr(text)[:80])
        page = await site.get("/numbers/15005550006/")
        assert page.status_code == 200
        main = page.text.partition('id="messages"')[2].partition("</ol>")[0]
        frames = orjson.loads((await site.get("/numbers/15005550006/poll/?after=0")).content)["frames"]
        shown = {frame["id"]: frame for frame in frames}
        for pk, body, cuts, public, sealed in sql(
            "SELECT m.id, body, cuts, public, sealed FROM inbox_message m LEFT JOIN inbox_code c ON c.message_id = m.id"
            " WHERE carrier_ref = ANY(%s)",
            list(some),
        ):
            whole = sealed_text.join(body, cuts, sealed) if cuts else sealed_text.WholeText(body, "", ())
            stored[pk] = whole.text
            if public:
                seen = shown_text(whole.text, whole.spans)
                assert shown[pk]["message"]["body"] == seen
                inside = shown[pk]["html"].replace("<mark>", "").replace("</mark>", "")
                assert html.escape(seen).replace("&#x27;", "&#39;") in inside.replace("&#x27;", "&#39;")
                assert shown[pk]["html"].strip() in main
        for tag in ("<script", "<img", "<svg", "<iframe", "<b>x", "<!--", "<![CDATA"):
            assert tag not in main.replace("&lt;", "")
    assert [stored[pk] for pk in sorted(stored)] == TEXTS
    assert not [
        c for pk in stored for c in shown_text(stored[pk]) if unicodedata.bidirectional(c) in ("RLO", "LRO")
    ]


@pytest.mark.parametrize(
    ("text", "sender", "shown", "named"),
    [
        ("a\0b", "ACME", "a\ufffdb", "ACME"),
        ("\0", "ACME", "\ufffd", "ACME"),
        ("Your code is 482913\0\0", "ACME", "Your code is 482913\ufffd\ufffd", "ACME"),
        ("Hello", "AC\0ME", "Hello", "AC\ufffdME"),
    ],
)
async def test_one_forbidden_character_hides_no_text_and_the_request_is_kept_raw(
    site: httpx.AsyncClient, account: Account, sql: Sql, text: str, sender: str, shown: str, named: str
) -> None:
    post = signed(account.webhook_url, form(text, From=sender))
    for _ in range(2):  # a repetition stays one
        assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    (frame,) = orjson.loads((await site.get("/numbers/15005550006/poll/?after=0")).content)["frames"]
    message = frame["message"]
    assert (message["body"], message["from"], message["flags"]) == (shown, named, ["unreadable"])
    assert "Unreadable characters" in frame["html"]
    assert (message["code"] or {}).get("value") == ("482913" if "482913" in text else None)
    ((reason, detail, *_),) = kept = unprocessed_requests(sql)
    assert reason == "unstorable text"
    assert detail.startswith("stored without")
    assert post.body in kept[0]


def test_a_lone_surrogate_in_json_hides_no_text() -> None:
    sample = get_sample("httpsms", "key")
    for escape in (b"\\ud83d", b"\\udc4b", b"\xff", b"\x01"):
        body = sample.request.body.replace(b'"content": "', b'"content": "' + escape)
        (inbound,) = carriers.get("httpsms").parse(replace(sample.request, body=body))
        assert isinstance(inbound, Inbound)
        fit = storable(inbound)
        assert fit.body.endswith(TEXT)
        fit.body.encode()
        assert (Flag.UNREADABLE in fit.flags) == (escape != b"\x01")


def test_an_id_that_cannot_be_stored_is_replaced_by_the_same_one_each_time() -> None:
    odd = [
        Inbound(ref, "ACME", "+15005550006", "Hello") for ref in ("a\0", "a\0", "b\0", "c" * 129, "d\ud800")
    ]
    refs = [storable(message).ref for message in odd]
    assert refs[0] == refs[1]
    assert len(set(refs)) == 4
    assert all(len(ref) <= 128 and ref.isascii() and "\0" not in ref for ref in refs)
    assert not any(storable(message).flags for message in odd)
    assert storable(Inbound("r", "A" * 65, "+15005550006", "Hello")).sender == "A" * 63 + "…"
    plain = Inbound(
        "r", "ACME", "+15005550006", "Hello 👋", media=(Media("https://x.example/1"),), part=Part("7", 1, 2)
    )
    assert storable(plain) is plain


async def test_media_and_parts_with_forbidden_characters_are_stored(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    media = (Media("https://x.example/\ud800", "image/\0png"),)
    message = Inbound("r", "ACME", "+15005550006", "Hello", media=media)
    neighbours = [intake.accept(account.pk, replace(message, ref=f"n{n}", media=())) for n in range(5)]
    stored = await asyncio.gather(intake.accept(account.pk, message), *neighbours)
    assert all(outcome.id for outcome in stored)
    for index, body in ((1, "one\0 "), (2, "two\ud800")):
        await multipart.accept(
            account.pk, replace(message, ref=f"p{index}", body=body, media=(), part=Part("7", index, 2))
        )
    bodies_now = [body for (body,) in sql("SELECT body FROM inbox_message ORDER BY id")]
    assert bodies_now[-1] == "one\ufffd two\ufffd"
    assert sql("SELECT count(*) FROM inbox_message WHERE 'unreadable' = ANY(flags)") == [(2,)]


async def test_a_text_of_a_hundred_thousand_characters_is_refused_at_the_door(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    post = signed(account.webhook_url, form("x" * 100_000))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 413
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


async def test_every_sender_is_shown_inert(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    for sender in SENDERS:
        post = signed(account.webhook_url, form("Hello", MessageSid=sid(), From=sender))
        assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    page = (await site.get("/numbers/15005550006/")).text
    main = page.partition('id="messages"')[2].partition("</ol>")[0]
    assert "<b>x" not in main
    assert "\u202e" not in main
    count = (
        sql("SELECT count(*) FROM inbox_message")[0][0] + sql("SELECT count(*) FROM inbox_quarantined")[0][0]
    )
    assert count == len(SENDERS)
