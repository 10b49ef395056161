"""What gateways hand on as bytes: read right, whatever charset is stated, and joined before it is decoded.

Each request goes through the door that the gateway calls, with the token in its address.
"""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from inbox.ingest import multipart
from numbers.carriers.toolkit import charsets, forms
from numbers.models import Account
from tempsms.lib import metrics
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number

NUMBER = "+447700900142"


def gateway(carrier: str) -> Account:
    account = make_account(carrier=carrier, secrets={"token": "t&ken"})
    make_lease(make_number(NUMBER, country="GB"), account)
    return account


@pytest.fixture
def kannel(transactional_db: None) -> Account:
    """A Kannel with a number."""
    return gateway("kannel")


@pytest.fixture
def jasmin(transactional_db: None) -> Account:
    """A Jasmin with a number."""
    return gateway("jasmin")


async def call(site: httpx.AsyncClient, account: Account, *queries: str, method: str = "GET") -> None:
    """What the gateway sends, one after the other: all of it is taken."""
    for query in queries:
        whole = f"{account.webhook_url}?token=t%26ken"
        if method == "GET":
            answer = await site.get(f"{whole}&{query}")
        else:
            headers = {"content-type": "application/x-www-form-urlencoded"}
            answer = await site.post(whole, content=query.encode(), headers=headers)
        assert answer.status_code == 200
        assert answer.content == (b"ACK/Jasmin" if account.carrier == "jasmin" else b"")


def stored(sql: Sql) -> list[tuple[str, list[str]]]:
    """Texts, whose codes lie elsewhere, and flags."""
    return [(body, flags) for body, flags in sql("SELECT body, flags FROM inbox_message ORDER BY id")]


async def shown(site: httpx.AsyncClient) -> list[str]:
    """Whole texts, as the number's page has them."""
    answer = await site.get(f"/numbers/{NUMBER[1:]}/poll/")
    return [frame["message"]["body"] for frame in answer.json()["frames"]]


FROM_TO = "from=447700900456&to=%2B447700900142"


BYTES = [
    ("raw=%5B%C6%78%01%00+%007%001%003%005&coding=2&charset=UTF-16BE", "密码 7135"),
    ("raw=caf%E9&coding=0&charset=ISO-8859-1", "café"),
    ("raw=caf%E9&coding=0&charset=UTF-8", "café"),
    ("raw=%D0%9A%D0%BE%D0%B4&coding=0&charset=UTF-8", "Код"),
    ("raw=%D8%3D%DE%02&coding=2&charset=UTF-16BE", "😂"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005&coding=2&charset=", "PIN 7135"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005&coding=2&charset=%25C", "PIN 7135"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005&coding=2", "PIN 7135"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005&coding=2&charset=UTF-8", "PIN 7135"),
    ("raw=%04%1A%04%3E%044&coding=2", "Код"),
    ("raw=%5B%C6%78%01&coding=2&charset=UTF-8", "密码"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005&coding=0&charset=UTF-8", "PIN 7135"),
    ("raw=%00P%00I%00N%00%20%007%001%003%005", "PIN 7135"),
    ("raw=%FF%FEP%00I%00N%00&coding=2&charset=UTF-16BE", "PIN"),
    ("raw=%EF%BB%BFPIN&coding=0&charset=UTF-8", "PIN"),
]


async def test_kannels_bytes_are_read_in_the_charset_that_fits(
    site: httpx.AsyncClient, kannel: Account, sql: Sql
) -> None:
    await call(site, kannel, *(f"{query}&{FROM_TO}&id=h{n}" for n, (query, _) in enumerate(BYTES)))
    assert await shown(site) == [text for _, text in BYTES]
    assert sql("SELECT count(*) FROM inbox_quarantined") == [(0,)]


async def test_binary_messages_are_stored_in_hex(site: httpx.AsyncClient, kannel: Account, sql: Sql) -> None:
    await call(site, kannel, f"raw=%00%FF%80&coding=1&charset=8-BIT&{FROM_TO}&id=h4")
    assert await shown(site) == ["00ff80"]
    assert sql("SELECT flags, body FROM inbox_message") == [(["binary"], "00ff80")], (
        "no code is cut out of hex"
    )


async def test_a_receipt_with_any_bytes_is_taken(site: httpx.AsyncClient, kannel: Account, sql: Sql) -> None:
    counted = metrics.webhooks("kannel", "receipt")._value
    before = counted.get()
    await call(site, kannel, "dlr=1&id=abc&reply=%C6%FF")
    assert counted.get() == before + 1
    assert sql("SELECT count(*) FROM inbox_quarantined") == [(0,)]


CODINGS = [
    ("coding=%08&content=%5B%C6%78%01&binary=5bc67801", "密码"),
    ("coding=%08&content=%5B%C6%78%01", "密码"),
    ("coding=8&content=%04%1A%04%3E%044", "Код"),
    ("coding=%00&content=a%00b", "a@b"),
    ("coding=%03&content=caf%E9", "café"),
    ("coding=0&content=%00P%00I%00N", "PIN"),
    ("coding=8&content=%FF%FEP%00I%00N%00+%007%001%003%005%00", "PIN 7135"),
    ("coding=8&content=%FE%FF%00P%00I%00N%00+%007%001%003%005", "PIN 7135"),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_jasmins_coding_is_a_byte(site: httpx.AsyncClient, jasmin: Account, method: str) -> None:
    told = "from=447700900456&to=447700900142"
    queries = [f"id=h{n}&{told}&{content}" for n, (content, _) in enumerate(CODINGS)]
    await call(site, jasmin, *queries, method=method)
    assert await shown(site) == [text for _, text in CODINGS]


async def test_a_byte_order_mark_is_no_part_of_the_text(
    site: httpx.AsyncClient, jasmin: Account, sql: Sql
) -> None:
    told = "id=h2&from=447700900456&to=447700900142&coding=8"
    await call(site, jasmin, f"{told}&content=%FF%FEP%00I%00N%00+%007%001%003%005%00")
    assert sql("SELECT body, segments, encoding FROM inbox_message") == [("PIN ", 1, "GSM-7")]
    assert sql("SELECT count(*) FROM inbox_code") == [(1,)]


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (
            ("coding=8&content=%05%00%03%91%02%01%04%1A", "coding=8&content=%05%00%03%91%02%02%04%3E%044"),
            "Код",
        ),
        (
            (
                "coding=8&content=%06%08%04%91%A2%02%01%04%1A",
                "coding=8&content=%06%08%04%91%A2%02%02%04%3E%044",
            ),
            "Код",
        ),
        (("coding=0&content=%05%00%03%91%02%01Hel", "coding=0&content=%05%00%03%91%02%02lo"), "Hello"),
        (("coding=0&content=%05%00%03%91%02%01a%1B", "coding=0&content=%05%00%03%91%02%02eb"), "a€b"),
    ],
)
async def test_a_header_that_was_left_in_the_text_is_recognised(
    site: httpx.AsyncClient, jasmin: Account, sql: Sql, pieces: tuple[str, str], text: str
) -> None:
    told = "from=447700900456&to=447700900142"
    await call(site, jasmin, *(f"id=h{n}&{told}&{piece}" for n, piece in enumerate(pieces)), method="POST")
    assert stored(sql) == [(text, [])]


async def test_half_of_it_is_shown_partial_without_its_header(
    site: httpx.AsyncClient, jasmin: Account, sql: Sql
) -> None:
    told = "id=h1&from=447700900456&to=447700900142"
    await call(site, jasmin, f"{told}&coding=8&content=%05%00%03%91%02%01%04%1A%04%3E%044", method="POST")
    assert stored(sql) == []
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 minutes'")
    await asyncio.to_thread(multipart.join_due)
    assert stored(sql) == [("Код" + multipart.GAP, ["partial"])]


@pytest.mark.parametrize("header", ["%05%00%03%91%02%0", "%06%08%04%91%A2%02%0"])
async def test_a_header_that_went_through_kannels_conversion_is_recognised(
    site: httpx.AsyncClient, kannel: Account, sql: Sql, header: str
) -> None:
    """GSM 03.38 as UTF-8: é@¥ is 05 00 03, ùòè is 06 08 04, and references above 127 are dropped."""
    for n, text in ((1, "Hel"), (2, "lo")):
        raw = quote(f"{'é@¥' if header[2] == '5' else 'ùòè'}${'£$'[n - 1]}{text}")
        await call(site, kannel, f"raw={raw}&coding=0&charset=UTF-8&{FROM_TO}&id=k{n}")
    assert stored(sql) == [("Hello", [])]
    ucs2 = [
        f"raw={header}{n}{content}&coding=2&{FROM_TO}&id=u{n}" for n, content in ((1, "%00A"), (2, "%00B"))
    ]
    await call(site, kannel, *ucs2)
    assert stored(sql)[1:] == [("AB", [])]


@pytest.mark.parametrize(
    "header", ["%05%00%03%91%02%0", "%0A%0A%02%00%01%08%04%91%A2%02%0", "%05%00%03%2B%02%0"]
)
async def test_parts_are_joined_whatever_their_reference(
    site: httpx.AsyncClient, kannel: Account, sql: Sql, header: str
) -> None:
    told = f"coding=0&charset=UTF-8&{FROM_TO}"
    await call(
        site,
        kannel,
        f"udh={header}1&raw=Your+PIN+is+71&{told}&id=h5",
        f"udh={header}2&raw=35&{told}&id=h6",
    )
    assert await shown(site) == ["Your PIN is 7135"]


@pytest.mark.parametrize("ref", ["", "&id=%25I"])
async def test_a_message_without_an_id_leaves_no_hash_that_its_code_can_be_tried_on(
    site: httpx.AsyncClient, kannel: Account, sql: Sql, ref: str
) -> None:
    """Neither a whole message nor a part: all that is stored is under our key."""
    whole = f"raw=Your+PIN+is+713509&coding=0&charset=UTF-8&ts=2026-09-21+10:00:00&{FROM_TO}{ref}"
    await call(site, kannel, whole, whole, f"udh=%05%00%03%2B%02%01&{whole}")
    assert await shown(site) == ["Your PIN is 713509"], "the repetition is known"
    told = dict(forms.raw_pairs(whole.encode()))
    fields = (b"from", b"to", b"ts", b"udh", b"raw", b"text")
    tried = {
        hashlib.new(name, b"\0".join(udh if field == b"udh" else told.get(field, b"") for field in fields))
        for name in ("sha256", "sha1", "md5")
        for udh in (b"", b"\5\0\3\x2b\2\1")
    }
    kept = str([sql(f"SELECT to_jsonb(t) FROM {table} t") for table in ("inbox_message", "inbox_part")])
    assert not [digest.name for digest in tried if digest.hexdigest() in kept]
    ((first,), (second,)) = (sql("SELECT carrier_ref FROM inbox_message"), sql("SELECT ref FROM inbox_part"))
    assert first[0].startswith("keyed:")
    assert second[0].startswith("keyed:")
    assert first != second


async def test_parts_without_an_id_are_joined_once(
    site: httpx.AsyncClient, kannel: Account, sql: Sql
) -> None:
    told = f"coding=0&charset=UTF-8&{FROM_TO}"
    parts_of_one = [f"udh=%05%00%03%2B%02%0{n}&raw={text}&{told}" for n, text in ((1, "one+"), (2, "two"))]
    await call(site, kannel, parts_of_one[0], *parts_of_one)
    another = [f"udh=%05%00%03%2C%02%0{n}&raw={text}&{told}" for n, text in ((1, "red+"), (2, "blue"))]
    await call(site, kannel, *another)
    assert stored(sql) == [("one two", []), ("red blue", [])]


async def test_a_character_that_two_parts_share_is_whole(
    site: httpx.AsyncClient, kannel: Account, sql: Sql
) -> None:
    told = f"coding=2&charset=UTF-16BE&{FROM_TO}"
    await call(
        site,
        kannel,
        f"udh=%05%00%03%2B%02%01&raw={'%00B' * 66}%D8%3D&{told}&id=h8",
        f"udh=%05%00%03%2B%02%02&raw=%DE%02%00+%00o%00k&{told}&id=h9",
    )
    assert stored(sql) == [("B" * 66 + "😂 ok", [])]


async def test_half_a_character_is_left_out_while_the_rest_is_missing(
    site: httpx.AsyncClient, kannel: Account, sql: Sql
) -> None:
    told = f"coding=2&charset=UTF-16BE&{FROM_TO}"
    await call(site, kannel, f"udh=%05%00%03%2B%02%01&raw=%00H%00i%00+%D8%3D&{told}&id=h8")
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 minutes'")
    await asyncio.to_thread(multipart.join_due)
    assert stored(sql) == [("Hi " + multipart.GAP, ["partial"])]
    await call(site, kannel, f"udh=%05%00%03%2B%02%02&raw=%DE%02&{told}&id=h9")
    assert stored(sql) == [("Hi 😂", [])]


async def test_parts_that_were_kept_as_text_are_joined_as_such(
    site: httpx.AsyncClient, kannel: Account, sql: Sql
) -> None:
    """By an older version, whose parts have no bytes."""
    old: dict[str, Any] = {
        "ref": "a",
        "sender": "+1",
        "recipient": NUMBER,
        "body": "one ",
        "sent_at": None,
        "flags": [],
    }
    pieces = {
        1: {**old, "part": {"group": "2b/2", "index": 1, "total": 2}},
        2: {
            **old,
            "part": {"group": "2b/2", "index": 2, "total": 2, "content": b"two".hex(), "charset": "utf-8"},
        },
    }
    pieces[2]["body"] = "two"
    assert multipart.join_text(pieces, 2) == "one two"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-11-28+10:00:05", datetime(2026, 11, 28, 10, 0, 5, tzinfo=UTC)),
        ("2026-11-28+10:00", datetime(2026, 11, 28, 10, 0, tzinfo=UTC)),
        ("yesterday", None),
    ],
)
async def test_kannels_time_has_seconds(
    site: httpx.AsyncClient, kannel: Account, sql: Sql, written: str, at: datetime | None
) -> None:
    to = "from=Contoso&to=%2B447700900142"
    await call(site, kannel, f"{to}&raw=hello&coding=0&charset=UTF-8&ts={written}&id=h7")
    assert sql("SELECT sent_at FROM inbox_message") == [(at,)]


def test_pieces_of_text_are_joined_across_characters_charsets_and_marks() -> None:
    assert charsets.join([(b"\xd0", "utf-8"), (b"\x9a", "utf-8")]) == "К"
    assert charsets.join([(b"a\xd0", "utf-8")], torn=True) == "a"
    assert charsets.join([(b"\x9aa", "utf-8")], torn=True) == "a"
    assert charsets.join([(b"a", "utf-8"), (b"\0b", charsets.UCS2)]) == "ab"
    assert charsets.join([(b"\xff\xfeP\0", charsets.UCS2), (b"\xff\xfeI\0", charsets.UCS2)]) == "PI"
