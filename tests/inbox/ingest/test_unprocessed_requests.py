"""What cannot be placed is kept for the operator: sealed, without its proof, and no longer than a message."""

import base64
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx
import psycopg
import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from inbox.ingest import unprocessed_requests as ingest_unprocessed_requests
from inbox.models import Quarantined
from inbox.privacy import erasure, retention
from numbers import carriers
from numbers.models import Account
from tempsms.lib import postgres
from tests.carrier_side import form, signed
from tests.carriers.door import KEY, deliver, make_account_at, sample_for
from tests.carriers.samples import smsgate
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.unprocessed_requests import unprocessed_requests

CODE = "71350942"


@pytest.fixture
def account(transactional_db: None) -> Account:
    """A Twilio account with +15005550006."""
    account = make_account()
    make_lease(account=account)
    return account


def spellings(code: str) -> list[bytes]:
    """How a code may lie in a dump: as it is, in hex, and in base64 wherever in a text it stands."""
    raw = code.encode()
    wide = code.encode("utf-16-be")
    found = [raw, raw.hex().encode(), raw.hex().upper().encode(), wide.hex().encode()]
    for shift in range(3):
        encoded = base64.b64encode(b"x" * shift + raw)
        # the characters at both ends depend on what is beside the code
        found.append(encoded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6])
    return found


def dump() -> bytes:
    """Every table's rows as PostgreSQL copies them."""
    found = []
    with psycopg.connect(postgres.conninfo()) as ours:
        tables = ours.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            with ours.cursor().copy(f'COPY (SELECT * FROM "{table}") TO STDOUT') as copy:
                found += [bytes(data) for data in copy]
    return b"".join(found)


def test_the_dump_would_show_a_code_in_any_spelling(account: Account, sql: Sql) -> None:
    """The search finds what the test below must not find."""
    for shift in range(3):
        text = "x" * shift + f"{CODE} is it"
        for planted in (text, text.encode().hex(), base64.b64encode(text.encode()).decode()):
            sql("UPDATE numbers_account SET label = %s", planted)
            assert any(spelling in dump() for spelling in spellings(CODE)), planted
    sql("UPDATE numbers_account SET label = 'x'")
    assert not any(spelling in dump() for spelling in spellings(CODE))


async def test_no_code_is_in_the_database_after_its_life(
    site: httpx.AsyncClient, account: Account, phone: Account, sql: Sql
) -> None:
    text = f"Your code is {CODE}"
    kinds: list[dict[str, str]] = [
        {},
        {"To": "+15005550999"},
        {"MessageSid": "", "SmsSid": ""},
        {"Body": f"{text}\0"},
        {"MessageStatus": f"delivered {CODE}"},
    ]
    for changes in kinds:
        post = signed(account.webhook_url, {**form(text), **changes})
        assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    for message in ({"payload": text}, {"payload": {"message": text, "sender": "+14155550100"}}):
        for kind in ("sms:received", f"rcs:{text}"):
            said = {"id": "e1", "event": kind, "deviceId": "d", **message}
            given = smsgate.signed(KEY, json.dumps(said).encode(), int(time.time()), phone.webhook_url)
            assert (await deliver(site, given)).status_code == 200
    assert {kept.reason for kept in unprocessed_requests(sql)} >= {"unparsable", "unknown number"}
    sql("UPDATE inbox_code SET expires_at = now()")
    sql("DELETE FROM inbox_code WHERE expires_at <= now()")
    found = dump()
    assert [spelling for spelling in spellings(CODE) if spelling in found] == []


@pytest.fixture
def phone(transactional_db: None) -> Account:
    """A phone that tells the number of its SIM."""
    return make_account_at("smsgate", "+15005550007")


@pytest.fixture(params=carriers.names())
def any_account(request: pytest.FixtureRequest, transactional_db: None) -> Account:
    """An account at each carrier, without the number that the sample is sent to."""
    return make_account_at(request.param, "+15005550008")


async def test_what_proves_a_request_is_not_kept(
    site: httpx.AsyncClient, any_account: Account, sql: Sql
) -> None:
    sample = sample_for(any_account)
    assert (await deliver(site, sample.request)).is_success
    (kept,) = unprocessed_requests(sql)
    assert kept.reason == "unknown number"
    assert kept.body == sample.request.body
    if sample.header:
        assert sample.header not in kept.headers
        assert sample.request.header(sample.header) not in json.dumps([kept.query, *kept.headers.values()])
    assert quote(sample.value, safe="") not in kept.query


async def test_the_same_request_again_only_counts_up(
    site: httpx.AsyncClient, account: Account, sql: Sql
) -> None:
    post = signed(account.webhook_url, {**form(), "To": "+15005550999"})
    for _ in range(3):
        assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200
    assert [kept.repeats for kept in unprocessed_requests(sql)] == [2]


def keep(account: Account, **changes: Any) -> Quarantined:
    """An unprocessed request."""
    values = {
        "account": account,
        "reason": "unparsable",
        "method": "POST",
        "body": b"x",
        "body_hash": "0" * 32,
    }
    return Quarantined.objects.create(**{**values, **changes})


def test_kept_requests_go_with_the_messages(account: Account, settings: LazySettings) -> None:
    settings.MESSAGE_RETENTION = timedelta(hours=3)
    row = keep(account)
    assert timedelta(hours=2, minutes=59) < row.expires_at - timezone.now() <= timedelta(hours=3)
    keep(account, body_hash="1" * 32, expires_at=timezone.now() - timedelta(seconds=1))
    assert ingest_unprocessed_requests.forget() == 1
    assert Quarantined.objects.get() == row


async def test_a_carriers_requests_expire_too(
    site: httpx.AsyncClient, account: Account, sql: Sql, settings: LazySettings
) -> None:
    settings.MESSAGE_RETENTION = timedelta(hours=3)
    post = signed(account.webhook_url, {**form(), "To": "+15005550999"})
    await site.post(post.url, content=post.body, headers=post.headers)
    assert sql("SELECT expires_at - received_at FROM inbox_quarantined") == [(timedelta(hours=3),)]


def test_how_long_repetitions_are_known() -> None:
    """Longer than any message, and as SECURITY.md says."""
    assert retention.SEEN_FOR == timedelta(days=365) > retention.LONGEST


@pytest.mark.parametrize(
    "where",
    [
        {"detail": "no number in +44 7700 900123"},
        {"query": "from=%2B447700900123"},
        {"headers": {"x-from": "+447700900123"}},
        {"body": b'{"from": "07700 900123"}'},
    ],
)
def test_a_person_is_found_in_what_is_sealed(account: Account, where: dict[str, Any]) -> None:
    keep(account, **where)
    keep(account, body_hash="1" * 32, body=b"+447700900124")
    found = erasure.export("+447700900123")["quarantined requests"]
    assert [row["found_in"] for row in found] == [list(where)]
    assert erasure.erase("+447700900123") == {"quarantined requests deleted": 1}
    assert bytes(Quarantined.objects.get().body) == b"+447700900124"


def test_a_request_whose_key_is_gone_holds_up_nobody(
    account: Account, sql: Sql, admin_client: Client
) -> None:
    row = keep(account)
    sql("UPDATE inbox_quarantined SET body = 'x', detail = 'x', query = 'x', headers = 'x'")
    assert erasure.erase("+447700900123") == {}
    page = admin_client.get(f"/admin/inbox/quarantined/{row.pk}/change/")
    assert "its key is no longer in ENCRYPTION_KEYS" in page.content.decode()


def test_operators_read_one_request_with_its_codes_blanked(account: Account, admin_client: Client) -> None:
    body = f"From=%2B14155550100&To=%2B15005550999&Body=Your+code+is+{CODE}".encode()
    row = keep(account, body=body, detail="no MessageSid", query=f"text=Your+code+is+{CODE}")
    page = admin_client.get(f"/admin/inbox/quarantined/{row.pk}/change/").content.decode()
    assert "no MessageSid" in page
    assert "To=%2B15005550999" in page
    assert CODE not in page
    assert page.count("Your+code+is+••••••") == 2
    listed = admin_client.get("/admin/inbox/quarantined/").content.decode()
    assert "unparsable" in listed
    assert "15005550999" not in listed


def test_rows_of_older_versions_are_sealed_or_dropped(account: Account, sql: Sql) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("inbox", "0004_rules_and_reports")])
    try:
        old = (
            "INSERT INTO inbox_quarantined (account_id, reason, detail, purpose, method, query, headers, body,"
            " body_hash, repeats, received_at) VALUES (%s, %s, 'no To', 'inbound', 'GET', 'token=t1&text=4711',"
            ' \'{"x-twilio-signature": "s1", "accept": "text/x4711"}\', \'Body=4711\', gen_random_uuid(), 3,'
            " now() - %s)"
        )
        sql(old, account.pk, "unparsable", timedelta(hours=1))
        sql(old, account.pk, "unmatched receipt", timedelta(hours=1))
        sql(old, account.pk, "unparsable", timedelta(days=40))
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    (kept,) = unprocessed_requests(sql)
    assert kept == (
        "unparsable", "no To", 3, "text=4711", {"accept": "text/x4711"}, b"Body=4711",
    )  # fmt: skip
    assert b"4711" not in dump()
    assert sql("SELECT expires_at > now() FROM inbox_quarantined") == [(True,)]
