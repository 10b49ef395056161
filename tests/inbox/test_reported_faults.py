"""Requests and texts that outsiders saw go wrong, to the letter, each under its number in their report.

Their kinds have tests of their own beside what they are about; these keep the very cases that were reported. Those of
browsers, servers and forms are not here: tests/browser/test_connection.py (b054) and test_translated.py (b060),
tests/tempsms/test_broker_tls.py (b066) and test_pgbouncer.py (b067), tests/numbers/targets/test_shortfalls.py (b068),
tests/numbers/accounts/test_forms.py (b073) and test_shapes.py (b074), tests/inbox/live/test_live.py (b064).
"""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client

from inbox import codes
from inbox.ingest import multipart
from inbox.messages import sealed_text
from inbox.safety.decide import decide
from numbers.carriers.contract import Request
from numbers.models import Account
from tempsms.lib import visitor
from tests.carrier_side import form
from tests.carrier_side import signed as signed_by_twilio
from tests.carriers.door import KEY, deliver, make_account_at
from tests.carriers.samples import httpsms, infobip, sinch, smsgate
from tests.carriers.samples.vonage import token
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number

OURS, SENDER = "+12025550142", "+447700900456"
GAP = multipart.GAP


@pytest.fixture(autouse=True)
def no_budgets(settings: LazySettings) -> None:
    """These tests ask more often than a visitor may."""
    settings.VISITOR_LIMITS = False


@pytest.fixture
def account(transactional_db: None, carrier: str) -> Account:
    """An account at the carrier that the test names."""
    if carrier in ("kannel", "jasmin"):
        made = make_account(carrier=carrier, secrets={"token": "token-1"})
        make_lease(make_number("+447700900142", country="GB"), made)
        return made
    return make_account_at(carrier, OURS)


def texts(sql: Sql) -> list[str]:
    """Whole texts of all messages, codes included, the oldest first."""
    rows = sql(
        "SELECT body, cuts, sealed FROM inbox_message m LEFT JOIN inbox_code c ON c.message_id = m.id ORDER BY m.id"
    )
    return [sealed_text.join(*row).text if row[2] else row[0] for row in rows]


async def shown(site: httpx.AsyncClient, number: str = OURS) -> list[dict[str, Any]]:
    """What the number's page shows, the oldest first."""
    frames = (await site.get(f"/numbers/{number[1:]}/poll/?after=0")).json()["frames"]
    return [frame["message"] for frame in frames]


# Gateways: a query each, with what is shown of them

TO = "from=447700900456&to=%2B447700900142"
FROM_JASMIN = "id={}&from=447700900456&to=447700900142"
UDH = "%05%00%03%91%02%0"
GATEWAYS = [
    (
        "b006",
        "jasmin",
        [f"{FROM_JASMIN.format('h1')}&coding=8&content={UDH}1%04%1A%04%3E%044"],
        ["Код" + GAP],
    ),
    (
        "b006 of 16 bits",
        "jasmin",
        [f"{FROM_JASMIN.format('h1')}&coding=8&content=%06%08%04%91%A2%02%01%04%1A%04%3E%044"],
        ["Код" + GAP],
    ),
    (
        "b006 in GSM-7",
        "jasmin",
        [f"{FROM_JASMIN.format('h1')}&coding=0&content={UDH}1Hello"],
        ["Hello" + GAP],
    ),
    (
        "b008",
        "jasmin",
        [f"{FROM_JASMIN.format('h2')}&coding=8&content=%FF%FEP%00I%00N%00+%007%001%003%005%00"],
        ["PIN 7135"],
    ),
    (
        "b008 big-endian",
        "jasmin",
        [f"{FROM_JASMIN.format('h2')}&coding=8&content=%FE%FF%00P%00I%00N%00+%007%001%003%005"],
        ["PIN 7135"],
    ),
    (
        "b011",
        "kannel",
        [f"raw=%00P%00I%00N%00%20%007%001%003%005&coding=2&charset=&{TO}&id=h3"],
        ["PIN 7135"],
    ),
    (
        "b012",
        "kannel",
        [
            f"udh=%05%00%03%2B%02%01&coding=2&charset=UTF-16BE&id=h8&{TO}&raw={'%00B' * 66}%D8%3D",
            f"udh=%05%00%03%2B%02%02&coding=2&charset=UTF-16BE&id=h9&{TO}&raw=%DE%02%00+%00o%00k",
        ],
        ["B" * 66 + "😂 ok"],
    ),
    (
        "b013",
        "kannel",
        [
            f"udh={UDH}1&raw=Your+PIN+is+71&coding=0&charset=UTF-8&id=h5&{TO}",
            f"udh={UDH}2&raw=35&coding=0&charset=UTF-8&id=h6&{TO}",
        ],
        ["Your PIN is 7135"],
    ),
    (
        "b013-token",
        "kannel",
        [f"raw=%5B%C6%78%01%00+%007%001%003%005&coding=2&charset=UTF-16BE&{TO}&id=h4"],
        ["密码 7135"],
    ),
    ("b013-token Latin 1", "kannel", [f"raw=caf%E9&coding=0&charset=ISO-8859-1&{TO}&id=h4"], ["café"]),
    ("b013-token binary", "kannel", [f"raw=%00%FF%80&coding=1&{TO}&id=h4"], ["00ff80"]),
]


@pytest.mark.parametrize(
    ("carrier", "queries", "seen"), [case[1:] for case in GATEWAYS], ids=[case[0] for case in GATEWAYS]
)
async def test_what_gateways_send(
    site: httpx.AsyncClient, account: Account, sql: Sql, queries: list[str], seen: list[str]
) -> None:
    for query in queries:
        assert (await site.get(f"{account.webhook_url}?token=token-1&{query}")).status_code == 200
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 minutes' WHERE joined_at IS NULL")
    await asyncio.to_thread(multipart.join_due)
    assert [message["body"] for message in await shown(site, "+447700900142")] == seen
    assert sql("SELECT count(*) FROM inbox_quarantined") == [(0,)]


@pytest.mark.parametrize("carrier", ["kannel"])
async def test_b009_a_time_of_sending_with_seconds(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    query = "from=Contoso&to=%2B447700900142&raw=hello&coding=0&charset=UTF-8&ts=2026-11-28+10:00:05&id=h7"
    assert (await site.get(f"{account.webhook_url}?token=token-1&{query}")).status_code == 200
    assert sql("SELECT to_char(sent_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') FROM inbox_message") == [
        ("2026-11-28 10:00:05",)
    ]


# A phone's app: events one after the other, with all texts in the end


def sms(message_id: str, text: str, at: str, **changes: Any) -> dict[str, Any]:
    said = {"messageId": message_id, "message": text, "sender": SENDER, "recipient": OURS, "simNumber": 1}
    return {**said, "receivedAt": at, **changes}


def mms(subject: str | None, body: str | None, **changes: Any) -> dict[str, Any]:
    said = {"messageId": "9", "sender": SENDER, "recipient": OURS, "simNumber": 1, "body": body}
    return {**said, "subject": subject, "attachments": [], "receivedAt": "2026-11-28T10:00:00Z", **changes}


ONE = sms("5c1e90aa", "Contoso PIN 7135", "2026-11-28T10:00:07.000+01:00")
HOUR = [sms(f"{n}{n}aa", f"text {n}", f"2026-11-28T10:{n:02}:00.000+01:00") for n in (0, 5, 10, 12)]
BATCH = [
    sms("55ee", "one 1357", "2026-11-28T10:20:00Z"),
    sms("66ff", "two 2468", "2026-11-28T10:21:00Z"),
]
Events = list[tuple[str, dict[str, Any]]]
PHONES: list[tuple[str, Events, list[str]]] = [
    ("b001", [("sms:received", ONE)] * 2, ["Contoso PIN 7135"]),
    (
        "b001, two that are alike",
        [("sms:received", ONE), ("sms:received", {**ONE, "messageId": "b", "receivedAt": "2026-11-28T10:00:10+01:00"})],
        ["Contoso PIN 7135"] * 2,
    ),
    (
        "b003",
        [("sms:received", said) for said in [*HOUR[:3], *HOUR]],
        ["text 0", "text 5", "text 10", "text 12"],
    ),
    ("b003-batch", [("sms:batch:received", {"messages": BATCH})], ["one 1357", "two 2468"]),
    ("b004", [("mms:downloaded", mms("Contoso PIN 7135", None))], ["Contoso PIN 7135"]),
    (
        "b004 with a body",
        [("mms:downloaded", mms("Contoso PIN 7135", "for you"))],
        ["Contoso PIN 7135\nfor you"],
    ),
    (
        "b005",
        [
            ("mms:downloaded", mms(None, "hello", sender=f"{SENDER}/TYPE=PLMN")),
            ("sms:received", sms("8", "hi", "2026-11-28T10:01:00Z")),
        ],
        ["hello", "hi"],
    ),
]  # fmt: skip


@pytest.mark.parametrize("carrier", ["smsgate"])
@pytest.mark.parametrize(("events", "seen"), [case[1:] for case in PHONES], ids=[case[0] for case in PHONES])
async def test_what_phones_send(
    site: httpx.AsyncClient, account: Account, sql: Sql, events: Events, seen: list[str]
) -> None:
    for n, (kind, payload) in enumerate(events):
        said = {"id": f"evt-{n}", "event": kind, "deviceId": "phone-1", "payload": payload}
        request = smsgate.signed(KEY, json.dumps(said).encode(), int(time.time()), account.webhook_url)
        assert (await deliver(site, request)).status_code == 200
    assert texts(sql) == seen
    assert sql("SELECT DISTINCT sender FROM inbox_message") == [(SENDER,)]


# Other carriers


@pytest.mark.parametrize("carrier", ["sinch"])
async def test_b004_sinch_a_subject_is_text(site: httpx.AsyncClient, account: Account) -> None:
    files = [{"url": "https://files.example/1", "content_type": "image/jpeg"}]
    said = {
        "type": "mo_media",
        "id": "m-8",
        "from": SENDER[1:],
        "to": OURS[1:],
        "received_at": "2026-11-28T10:00:00Z",
    }
    body = json.dumps({**said, "body": {"subject": "Contoso PIN 7135", "media": files}}).encode()
    assert (
        await deliver(site, sinch.signed(KEY, body, int(time.time()), account.webhook_url))
    ).status_code == 200
    (message,) = await shown(site)
    assert (message["body"], message["code"]["value"], len(message["media"])) == (
        "Contoso PIN 7135",
        "7135",
        1,
    )


@pytest.mark.parametrize("carrier", ["infobip"])
async def test_b017_a_text_in_parts_of_a_message(site: httpx.AsyncClient, account: Account) -> None:
    parts = [
        {"contentType": "text/plain", "value": "Contoso PIN 7135"},
        {"contentType": "image/png", "url": "https://files.example/2"},
    ]
    result = {
        "messageId": "h9",
        "from": SENDER[1:],
        "to": OURS[1:],
        "receivedAt": "2026-11-28T10:00:00.000+0000",
    }
    said = {"results": [{**result, "message": parts}], "messageCount": 1, "pendingMessageCount": 0}
    headers = {**infobip.login(KEY), "content-type": "application/json"}
    request = Request("POST", account.webhook_url, headers, json.dumps(said).encode())
    assert (await deliver(site, request)).status_code == 200
    (message,) = await shown(site)
    assert (message["body"], message["code"]["value"], len(message["media"])) == (
        "Contoso PIN 7135",
        "7135",
        1,
    )


def by_vonage(account: Account, **said: str) -> Request:
    """A signed message of the classic API."""
    body = json.dumps({"msisdn": SENDER[1:], "to": OURS[1:], "type": "text", **said}).encode()
    bearer = token(KEY, body, {"iat": int(time.time())})
    headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
    return Request("POST", account.webhook_url, headers, body)


def part(account: Account, place: int, at: str, text: str, ref: str = "9") -> Request:
    """A part of two."""
    concat = {"concat": "true", "concat-ref": ref, "concat-total": "2", "concat-part": str(place)}
    said = {
        "messageId": f"{ref}-{place}-{at}",
        "text": text,
        "message-timestamp": f"2026-11-28 {at}",
        **concat,
    }
    return by_vonage(account, **said)


@pytest.mark.parametrize("carrier", ["vonage"])
async def test_b015_messages_with_one_reference(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    arrivals = [
        (1, "10:00:00", "RED "),
        (1, "10:03:00", "BLUE "),
        (2, "10:03:01", "pin 2468"),
        (2, "10:00:01", "pin 1357"),
    ]
    for arrival in arrivals:
        assert (await deliver(site, part(account, *arrival))).status_code == 200
    assert sorted(texts(sql)) == ["BLUE pin 2468", "RED pin 1357"]


@pytest.mark.parametrize("carrier", ["vonage"])
async def test_b039_a_code_at_a_seam(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    first = "Thank you for your visit. " * 4 + "Here it is, as you asked: your Contoso PIN is 71"
    first = "." * (153 - len(first)) + first
    await deliver(site, part(account, 1, "10:00:00", first))
    sql("UPDATE inbox_part SET received_at = received_at - interval '3 minutes'")
    await asyncio.to_thread(multipart.join_due)
    (partial,) = await shown(site)
    assert (partial["flags"], partial["code"], partial["code_spans"]) == (["partial"], None, [])
    await deliver(site, part(account, 2, "10:00:01", "35. Tell nobody."))
    (whole,) = await shown(site)
    assert (whole["body"], whole["code"]["value"]) == (f"{first}35. Tell nobody.", "7135")


@pytest.mark.parametrize("carrier", ["vonage"])
async def test_b077_a_long_service_number(site: httpx.AsyncClient, account: Account) -> None:
    request = by_vonage(account, msisdn="106550200012345678", messageId="h6", text="x")
    assert (await deliver(site, request)).status_code == 200
    (message,) = await shown(site)
    assert message["from"] == "106550200012345678"


@pytest.mark.parametrize("carrier", ["twilio"])
@pytest.mark.parametrize(
    ("coding", "status"),
    [("UTF-8", 200), ("Identity", 200), ("", 200), ("gzip", 415)],
    ids=lambda case: f"b026-{case}",
)
async def test_content_encodings(site: httpx.AsyncClient, account: Account, coding: str, status: int) -> None:
    request = signed_by_twilio(account.webhook_url, form(To=OURS), token=KEY)
    headers = {**request.headers, "content-encoding": coding}
    assert (await site.post(request.url, content=request.body, headers=headers)).status_code == status


@pytest.mark.parametrize("carrier", ["twilio"])
@pytest.mark.parametrize("end", ["", "/status", "//"], ids=lambda case: f"b031-{case}")
async def test_misspelt_ends_of_addresses(
    site: httpx.AsyncClient, account: Account, sql: Sql, end: str
) -> None:
    request = signed_by_twilio(account.webhook_url.rstrip("/") + end, form(To=OURS), token=KEY)
    assert (await site.post(request.url, content=request.body, headers=request.headers)).status_code == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


@pytest.mark.parametrize("carrier", ["httpsms"])
async def test_b036_one_address_in_several_spellings(
    site: httpx.AsyncClient, account: Account, settings: LazySettings
) -> None:
    settings.PUBLIC_URL = "https://inbox.example.net"
    path = account.webhook_url.removeprefix(settings.PUBLIC_URL)
    origins = {
        "https://Inbox.Example.net": True,
        "https://inbox.example.net:443": True,
        "HTTPS://inbox.example.net": True,
        "https://inbox.example.net:8443": False,
        "https://inbox.example.org": False,
    }
    for origin, is_ours in origins.items():
        request = httpsms.sample(KEY, origin + path, int(time.time())).request
        headers = {**request.headers, "host": "inbox.example.net"}
        answer = await site.post(account.webhook_url, content=request.body, headers=headers)
        assert (answer.status_code == 403) is not is_ours, origin


# Texts, addresses and visitors


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Contoso: usa el codigo QPLM para entrar en tu cuenta.", "QPLM"),
        ("Contoso: use code QPLM to sign in to your account", "QPLM"),
        ("RWTK is your Contoso sign-in code", "RWTK"),
        ("Parcel 7713509: your Contoso code is 1350.", "1350"),
        ("Contoso code AC31. Track it: https://ship.example/AC31Z9", "AC31"),
        ("Your Contoso code is 0142. Questions? Text +12025550142", "0142"),
    ],
    ids=["b041 Spanish", "b041", "b041 first", "b044", "b044 in a link", "b044-masking"],
)
def test_codes(text: str, code: str) -> None:
    found = codes.find(text)
    assert found
    assert (found.value, text[slice(*found.span)]) == (code, code)


@pytest.mark.parametrize(
    ("sender", "text"),
    [
        ("106550200012345678", "【中国银行】验证码 713509，您正在支付订单，请勿泄露。"),
        ("106550200012345678", "【邮储银行】验证码为713509，5分钟内有效"),
        ("28107", "[ICBC] 713509 is your verification code"),
    ],
    ids=lambda case: f"b082-{case[:6]}",
)
def test_banks_that_sign_in_the_text(sender: str, text: str) -> None:
    assert decide(text, sender).category == "bank"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["+447700900142/", "%2B447700900142/", "%2B447700900142"], ids=lambda case: f"b061-{case}"
)
def test_pasted_numbers(client: Client, path: str) -> None:
    make_lease(make_number("+447700900142", country="GB"))
    answer = client.get(f"/numbers/{path}")
    assert (answer.status_code, answer["location"]) == (302, "/numbers/447700900142/")


def test_b063_visitors_behind_a_proxy() -> None:
    written = ["192.0.2.7:51234", "198.51.100.9:40001", "[2001:db8::1]:443", "[2001:db8:1::2]"]
    assert len({visitor.prefix(visitor.client_address("10.0.0.1", one, 1)) for one in written}) == 4
    assert visitor.prefix("192.0.2.7:51234") == visitor.prefix("192.0.2.7:1") == visitor.prefix("192.0.2.7")
