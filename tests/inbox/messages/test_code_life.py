"""A code from the webhook to its end: shown where it stands, cut out of the row, and nowhere once its life is over."""

import asyncio
import base64
from datetime import timedelta

import httpx
import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from inbox.messages import sealed_text
from inbox.models import Code, Message
from inbox.privacy import erasure
from numbers.models import Account
from tempsms.lib import vault
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_link, make_number, make_rental
from tests.sockets import Open, connect, frame

__all__ = ["connect"]

PAGE = "/numbers/15005550006/"
BLANK = sealed_text.BLANK


@pytest.fixture(autouse=True)
def no_budgets(settings: LazySettings) -> None:
    """These tests ask more often than a visitor may."""
    settings.VISITOR_LIMITS = False


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An account with +15005550006."""
    account = make_account()
    make_lease(account=account)
    return account


async def receive(site: httpx.AsyncClient, account: Account, body: str, **changes: str) -> None:
    """What the carrier posts."""
    post = signed(account.webhook_url, form(body, **changes))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def shown(site: httpx.AsyncClient) -> dict:  # type: ignore[type-arg]
    """The newest message as the poll has it."""
    found: dict = (await site.get(f"{PAGE}poll/?after=0")).json()["frames"][-1]  # type: ignore[type-arg]
    return found


def marks(html: str) -> list[str]:
    """What stands in `<mark>`."""
    return [piece.partition("</mark>")[0] for piece in html.split("<mark>")[1:]]


def end_of_codes(sql: Sql) -> None:
    """Their life is over, and the task that forgets them has run."""
    from django.db import connection

    from inbox.privacy import retention

    sql("UPDATE inbox_code SET expires_at = now() WHERE expires_at > now()")
    retention.forget_codes()
    connection.close()


def dump(sql: Sql) -> str:
    """Every row of every table of ours as text."""
    tables = sql(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
    )
    return "\n".join(str(row) for (table,) in tables for row in sql(f"SELECT t::text FROM {table} t"))


CASES = [
    # text, code that is offered, what stays for good
    ("Parcel 7713509: your Contoso code is 1350.", "1350", f"Parcel 7713509: your Contoso code is {BLANK}."),
    (
        "Contoso code AC31. Track it: https://ship.example/AC31Z9",
        "AC31",
        f"Contoso code {BLANK}. Track it: https://ship.example/AC31Z9",
    ),
    ("Your code is 713509. Type 713 509 or 713-509.", "713509", f"Your code is {BLANK}. Type {BLANK} or {BLANK}."),
    ("Your code: 713-509 (７１３５０９, ٧١٣٥٠٩)", "713509", f"Your code: {BLANK} ({BLANK}, {BLANK})"),
    ("Codes: 482109 or 771203", None, f"Codes: {BLANK} or {BLANK}"),
    (
        "Your code is 482109. https://elm.example/v/482109?c=482109&n=14821090",
        "482109",
        f"Your code is {BLANK}. https://elm.example/v/{BLANK}?c={BLANK}&n=14821090",
    ),
    (
        "Ref 4821090: 482109 is your code\n@elm.example #482109",
        "482109",
        f"Ref 4821090: {BLANK} is your code\n@elm.example #{BLANK}",
    ),
    (
        "Your code is 604 221. Enter 604221, not x604221y. https://elm.example/z604221y",
        "604221",
        f"Your code is {BLANK}. Enter {BLANK}, not x{BLANK}y. https://elm.example/z604221y",
    ),
    ("Use code ab12cd. AB12-CD works, too.", "AB12CD", f"Use code {BLANK}. {BLANK} works, too."),
    ("Your code is 1350. You pay 13.50 at 13:50.", "1350", f"Your code is {BLANK}. You pay 13.50 at 13:50."),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "left"), CASES)
async def test_a_code_is_cut_marked_and_blanked_where_it_stands_by_itself(
    site: httpx.AsyncClient, account: Account, sql: Sql, text: str, code: str | None, left: str
) -> None:
    await receive(site, account, text)
    row = await shown(site)
    message = row["message"]
    assert message["body"] == text
    assert (message["code"] and message["code"]["value"]) == code
    for start, end in message["code_spans"]:
        piece = "".join(filter(str.isalnum, message["body"][start:end])).upper()
        assert str(int(piece)) == code if piece.isdigit() else piece == code
    assert marks(row["html"]) == [message["body"][start:end] for start, end in message["code_spans"]]
    assert bool(marks(row["html"])) == (code is not None)
    (stored,) = sql("SELECT body, cuts FROM inbox_message")
    assert sealed_text.redacted(*stored).text == left
    await asyncio.to_thread(end_of_codes, sql)
    row = await shown(site)
    assert (row["message"]["body"], row["message"]["code"], row["message"]["flags"]) == (
        left,
        None,
        ["redacted"],
    )
    assert "<mark>" not in row["html"]
    assert "data-copy" not in row["html"]


PLANTED = [
    ("Your code is 713509. Type 713 509, not 713510.", "ACME", ["713509", "713 509"]),
    ("Codes: 482109 or 771203", "ACME", ["482109", "771203"]),
    ("Your code is 604221", "ACME 604221", ["604221"]),
    ("See the sender's name", "Code 604221", ["604221"]),
    ("Your code is 604221 https://elm.example/604221", "ACME", ["604221"]),
    ("Backup codes: 1350-2468, 9753-8642, 1122-3344", "ACME", ["1350-2468", "9753-8642", "1122-3344"]),
    ("٤٨٢١٠٩ هو رمز التحقق. أدخل 482109", "ACME", ["٤٨٢١٠٩", "482109"]),
    ("Code: QWMZKP. Type QWMZKP", "ACME", ["QWMZKP"]),
]


@pytest.mark.parametrize(("text", "sender", "secrets"), PLANTED)
async def test_no_candidate_outlives_its_time_anywhere(
    site: httpx.AsyncClient, account: Account, sql: Sql, text: str, sender: str, secrets: list[str],
    admin_client: Client, connect: Open,
) -> None:  # fmt: skip
    viewer = await connect()
    await receive(site, account, text, From=sender)
    live = await frame(viewer)
    polled = await shown(site)
    assert live["html"] == polled["html"], "an open page and one that loads now"
    assert (live["message"]["body"], live["message"]["from"]) == (text, sender)
    before = dump(sql)
    await asyncio.to_thread(end_of_codes, sql)
    everywhere = {"row": before, "dump": dump(sql)}
    for path in ("", "poll/?after=0", f"messages/{live['id']}/", "?q=code"):
        everywhere[path] = (await site.get(PAGE + path)).text
    assert 'class="message"' not in (await site.get(PAGE, params={"q": secrets[0]})).text
    for path in ("", f"{live['id']}/change/"):
        answer = await asyncio.to_thread(in_thread, admin_client.get, f"/admin/inbox/message/{path}")
        assert answer.status_code == 200
        everywhere[f"admin {path}"] = answer.content.decode()
    for secret in secrets:
        for spelling in (
            secret,
            secret.encode().hex(),
            base64.b64encode(secret.encode()).decode().rstrip("="),
        ):
            for where, found in everywhere.items():
                assert spelling not in found, (spelling, where)
    now = (await shown(site))["message"]
    assert BLANK in now["body"] or "•" in now["from"]


async def test_a_code_in_the_senders_name_is_shown_while_it_lives_and_dotted_afterwards(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await receive(site, account, "Your code is 604221", From="ACME 604221")
    row = await shown(site)
    assert row["message"]["from"] == "ACME 604221"
    assert '<bdi translate="no">ACME <span class="sealed">604221</span></bdi>' in row["html"]
    assert "?from=" not in row["html"], "an address with the code in it"
    await asyncio.to_thread(end_of_codes, sql)
    row = await shown(site)
    assert row["message"]["from"] == "ACME ••••••"
    assert "?from=" in row["html"]


@pytest.mark.parametrize("number", ["+12025550142", "+1 202 555 0142", "(202) 555-0142", "202.555.0142"])
async def test_a_phone_number_that_ends_in_the_code_stays_whole_and_is_hidden_before_and_after(
    site: httpx.AsyncClient, account: Account, sql: Sql, number: str
) -> None:
    await receive(site, account, f"Your Contoso code is 0142. Questions? Text {number}")
    before = await shown(site)
    assert before["message"]["code"]["value"] == "0142"
    assert marks(before["html"]) == ["0142"]
    await asyncio.to_thread(end_of_codes, sql)
    after = await shown(site)
    for row in (before, after):
        assert number not in row["html"]
        assert "555" not in row["html"].replace("15005550006", "")
    assert before["message"]["body"].replace("0142.", f"{BLANK}.") == after["message"]["body"]
    assert number in sql("SELECT body FROM inbox_message")[0][0]


async def test_a_person_whose_number_has_the_codes_digits_is_found(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await receive(site, account, "Your Contoso code is 0142. Questions? Text +12025550142")
    (message,) = (await asyncio.to_thread(in_thread, erasure.export, "+12025550142"))["messages"]
    assert "+12025550142" in message["body"]
    assert await asyncio.to_thread(in_thread, erasure.erase, "+12025550142") == {"messages blanked": 1}
    assert "5550142" not in dump(sql)
    assert (await shown(site))["message"]["code"]["value"] == "0142"


def in_thread(ask, *values):  # type: ignore[no-untyped-def]
    """Call with a connection of the thread's own."""
    from django.db import connection

    try:
        return ask(*values)
    finally:
        connection.close()


async def test_rows_of_the_version_before_are_read_and_their_cut_numbers_hidden(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await receive(site, account, "Hello")
    await asyncio.to_thread(in_thread, make_an_old_row)
    row = await shown(site)
    assert (row["message"]["body"], row["message"]["code"]["value"]) == (
        "Code 0142. Text +12•••••0142",
        "0142",
    )
    assert marks(row["html"]) == ["0142"]
    await asyncio.to_thread(end_of_codes, sql)
    assert (await shown(site))["message"]["body"] == f"Code {BLANK}. Text +1202555{BLANK}"


def make_an_old_row() -> None:
    """A row whose code was cut out of a phone number as well, as it once was done."""
    message = Message.objects.get()
    Message.objects.filter(pk=message.pk).update(
        body="Code . Text +1202555", cuts=[5, 20], code_confidence=0.9
    )
    sealed = vault.seal('["0142", ["0142", "0142"]]').decode()
    Code.objects.create(
        message_id=message.pk, sealed=sealed, expires_at=timezone.now() + timedelta(minutes=5)
    )


async def test_who_rents_a_number_sees_the_same_places(site: httpx.AsyncClient, sql: Sql) -> None:
    account = await asyncio.to_thread(in_thread, make_account)
    lease = await asyncio.to_thread(in_thread, lambda: make_lease(make_number(public=False), account))
    path = await asyncio.to_thread(in_thread, lambda: make_link(make_rental(lease)))
    text = "\u200bCall +12025550142: code 713-509, or 713509?"
    await receive(site, account, text)
    row = (await site.get(f"{path}poll/?after=0")).json()["frames"][-1]
    assert row["message"]["body"] == text[1:]
    assert marks(row["html"]) == ["713-509", "713509"]
    assert [row["message"]["body"][start:end] for start, end in row["message"]["code_spans"]] == marks(
        row["html"]
    )
