"""Every kind of request to a webhook has one defined answer."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from inbox import webhooks
from inbox.ingest import rows
from inbox.ingest.batcher import Batcher
from inbox.ingest.rows import Row, prepare
from inbox.safety.policy import Policy
from numbers.carriers.messages import Inbound
from numbers.models import Account, Lease
from tempsms.lib import metrics, postgres
from tests.carrier_side import form, sid, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease, make_number
from tests.unprocessed_requests import unprocessed_requests


@pytest.fixture
def account(transactional_db: None) -> Account:
    """An account with +15005550006 leased."""
    account = make_account()
    make_lease(account=account)
    return account


@pytest.fixture
def other(transactional_db: None) -> Account:
    """An account without numbers."""
    return make_account()


async def send(site: httpx.AsyncClient, url: str, fields: dict[str, str], **changes: str) -> httpx.Response:
    """Post a signed form."""
    post = signed(url, fields)
    return await site.post(post.url, content=post.body, headers={**post.headers, **changes})


async def test_a_signed_message_is_stored_and_answered_with_empty_twiml(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    answer = await send(site, account.webhook_url, form("Hello Wörld ✓"))
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/xml")
    assert b"<Response" in answer.content
    assert b"<Message" not in answer.content
    assert sql("SELECT body, sender, segments FROM inbox_message") == [("Hello Wörld ✓", "+14155550100", 1)]
    assert len(sql("SELECT * FROM inbox_outbox")) == 1


@pytest.fixture
def short_code(transactional_db: None) -> Lease:
    """A private short code."""
    return make_lease(make_number("72345", kind="short_code", public=False))


async def test_a_message_to_a_short_code_is_stored_with_it(
    site: httpx.AsyncClient, short_code: Lease, sql: Sql
) -> None:
    answer = await send(site, short_code.account.webhook_url, form("To a short code", To="72345"))
    assert answer.status_code == 200
    assert sql("SELECT number_id, body, public FROM inbox_message") == [
        (short_code.number_id, "To a short code", False)
    ]


async def test_a_repeated_message_is_answered_the_same_and_stored_once(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    fields = form()
    answers = await asyncio.gather(*(send(site, account.webhook_url, fields) for _ in range(20)))
    again = await send(site, account.webhook_url, fields)
    assert {answer.status_code for answer in [*answers, again]} == {200}
    assert sql("SELECT count(*) FROM inbox_message") == [(1,)]


async def test_an_id_stays_used_after_its_message_is_gone(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    fields = form()
    await send(site, account.webhook_url, fields)
    sql("DELETE FROM inbox_message")
    assert (await send(site, account.webhook_url, fields)).status_code == 200
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


async def test_two_accounts_may_use_the_same_id(
    site: httpx.AsyncClient, account: Account, other: Account, sql: Sql
) -> None:
    fields = form()
    await send(site, account.webhook_url, fields)
    sql("UPDATE numbers_lease SET account_id = %s", other.pk)
    await send(site, other.webhook_url, fields)
    assert sql("SELECT count(*) FROM inbox_message") == [(2,)]


@pytest.mark.parametrize("altered", ["body", "signature", "url", "missing"])
async def test_one_altered_byte_is_refused_and_stored_nowhere(
    site: httpx.AsyncClient, account: Account, sql: Sql, altered: str
) -> None:
    from tempsms.lib import metrics

    counter = metrics.WEBHOOKS.labels("twilio", "bad signature")
    before = counter._value.get()
    post = signed(account.webhook_url, form())
    url, body, headers = post.url, post.body, dict(post.headers)
    if altered == "body":
        body = body.replace(b"123456", b"123457")
    elif altered == "signature":
        first = headers["X-Twilio-Signature"][0]
        headers["X-Twilio-Signature"] = ("B" if first == "A" else "A") + headers["X-Twilio-Signature"][1:]
    elif altered == "url":
        url += "?a=1"
    else:
        del headers["X-Twilio-Signature"]
    answer = await site.post(url, content=body, headers=headers)
    assert answer.status_code == 403
    assert counter._value.get() == before + 1
    for table in ("inbox_message", "inbox_quarantined", "inbox_seen", "inbox_outbox", "inbox_code"):
        assert sql(f"SELECT count(*) FROM {table}") == [(0,)], table


async def test_the_signed_address_is_the_public_one_whatever_host_is_asked(
    site: httpx.AsyncClient, account: Account
) -> None:
    answer = await send(site, account.webhook_url, form(), Host="evil.example")
    assert answer.status_code == 200


async def test_unknown_accounts_and_paths_are_404(site: httpx.AsyncClient, account: Account) -> None:
    for path in (
        "twilio/nobody/",
        "nothing/x/",
        f"simulated/{account.key}/",
        f"twilio/{account.key}/x",
        "x",
        "",
    ):
        assert (await site.post(f"/webhooks/{path}")).status_code == 404, path


async def test_a_disabled_account_is_404(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    sql("UPDATE numbers_account SET enabled = false")
    assert (await send(site, account.webhook_url, form())).status_code == 404


async def test_other_methods_are_405_and_compressed_bodies_415(
    site: httpx.AsyncClient, account: Account
) -> None:
    assert (await site.put(account.webhook_url)).status_code == 405
    assert (await send(site, account.webhook_url, form(), **{"Content-Encoding": "gzip"})).status_code == 415


async def test_an_oversized_body_is_413_with_and_without_a_length(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    assert (await send(site, account.webhook_url, form("x" * 70_000))).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(70):
            yield b"x" * 1024

    assert (await site.post(account.webhook_url, content=chunks())).status_code == 413
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"MessageSid": "", "SmsSid": "", "SmsMessageSid": ""}, "unparsable"),
        ({"To": ""}, "unparsable"),
        ({"To": "+15005550007"}, "unknown number"),
        ({"To": "+1500555\x000006"}, "unstorable text"),
    ],
)
async def test_a_signed_request_that_cannot_be_placed_is_kept_raw_and_answered(
    site: httpx.AsyncClient, account: Account, sql: Sql, change: dict[str, str], reason: str
) -> None:
    fields = {**form(), **change}
    for _ in range(2):
        answer = await send(site, account.webhook_url, fields)
        assert answer.status_code == 200
    (kept,) = unprocessed_requests(sql)
    assert (kept.reason, kept.repeats, kept.body) == (reason, 1, signed(account.webhook_url, fields).body)
    assert kept.headers["content-type"] == "application/x-www-form-urlencoded; charset=UTF-8"
    assert "x-twilio-signature" not in kept.headers
    assert sql("SELECT count(*) FROM inbox_message") == [(0,)]


async def test_a_row_that_the_database_refuses_fails_alone(
    site: httpx.AsyncClient, account: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "storable", lambda message: message)  # let a NUL through to PostgreSQL
    monkeypatch.setattr(webhooks, "storable", lambda message: message)
    bodies = [f"n{n}" for n in range(20)] + ["poison\x00"] + [f"n{n}" for n in range(20, 40)]
    answers = await asyncio.gather(*(send(site, account.webhook_url, form(body)) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}
    assert sql("SELECT count(*) FROM inbox_message WHERE body LIKE 'n%%'") == [(40,)]
    assert [kept[:2] for kept in unprocessed_requests(sql)] == [("unstorable text", "22P05")]


async def test_receipts_are_accepted_and_counted(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    counted = metrics.webhooks("twilio", "receipt")._value
    before = counted.get()
    fields = {
        "MessageSid": sid(),
        "MessageStatus": "delivered",
        "To": "+1",
        "From": "+1",
        "AccountSid": "AC1",
    }
    for _ in range(3):
        answer = await send(site, account.status_url, {**fields, "MessageSid": sid()})
        assert answer.status_code in (200, 204)
    assert counted.get() == before + 3
    assert unprocessed_requests(sql) == [], "they would be a row each, for ever"


async def test_a_number_of_another_account_is_unknown(
    site: httpx.AsyncClient, account: Account, other: Account, sql: Sql
) -> None:
    await send(site, other.webhook_url, form())
    assert sql("SELECT reason FROM inbox_quarantined") == [("unknown number",)]


async def test_a_late_message_of_a_quarantined_number_is_kept_off_the_page(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    sql("UPDATE numbers_lease SET state = 'quarantined'")
    await send(site, account.webhook_url, form())
    assert sql("SELECT public FROM inbox_message") == [(False,)]


async def test_a_released_number_is_unknown(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    sql("UPDATE numbers_lease SET state = 'released'")
    await send(site, account.webhook_url, form())
    assert sql("SELECT reason FROM inbox_quarantined") == [("unknown number",)]


async def test_the_code_is_not_in_the_message_row(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    await send(site, account.webhook_url, form("Your Acme code is 482913. Do not share 482913."))
    ((row, cuts),) = sql("SELECT m::text, cuts FROM inbox_message m")
    assert "482913" not in row
    assert len(cuts) == 2
    assert "482913" not in str(sql("SELECT * FROM inbox_code"))
    page = await site.get("/numbers/15005550006/poll/")
    (frame,) = page.json()["frames"]
    assert frame["message"]["body"] == "Your Acme code is 482913. Do not share 482913."
    assert frame["message"]["code"]["value"] == "482913"


async def test_beyond_the_queue_carriers_are_asked_to_come_again(
    site: httpx.AsyncClient, account: Account, settings: Any
) -> None:
    settings.INGEST_QUEUE_LIMIT = 5
    fields = [form(f"n{n}") for n in range(60)]
    answers = await asyncio.gather(*(send(site, account.webhook_url, one) for one in fields))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "5")}
    assert (await send(site, account.webhook_url, fields[-1])).status_code == 200


async def test_two_writers_with_crossed_repeats_do_not_hinder_each_other(account: Account, sql: Sql) -> None:
    both = [Batcher(postgres.conninfo(), lambda stored: None) for _ in range(2)]

    def row(text: str) -> Row:
        return prepare(account.pk, Inbound(sid(), "+14155550100", "+15005550006", text), Policy())

    for writer in both:
        await writer.submit(row("warm"))
    for _ in range(8):
        rows = [row(f"n{n}") for n in range(200)]
        orders = (rows, rows[::-1])
        await asyncio.gather(
            *(writer.submit(one) for writer, order in zip(both, orders, strict=True) for one in order)
        )
    for writer in both:
        await writer.close()
    assert sql("SELECT count(*) FROM inbox_message") == [(2 + 8 * 200,)]


async def test_a_status_that_no_text_column_can_hold_is_counted_all_the_same(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    post = signed(account.status_url, {"MessageSid": sid(), "MessageStatus": "deli\0vered"})
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def test_a_key_that_no_account_can_have_is_unknown(site: httpx.AsyncClient, account: Account) -> None:
    for key in ("%00", "%C3%A9", "%ED%A0%80"):
        assert (await site.post(f"/webhooks/twilio/{key}/", content=b"")).status_code == 404
