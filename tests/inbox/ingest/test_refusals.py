"""A webhook that is refused is told: a finding for its account, a line in the log an hour, a column in the admin."""

import logging
from datetime import timedelta

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from inbox.ingest import refusals
from numbers import audit
from numbers.models import Account, Finding
from tempsms.lib import postgres
from tests.conftest import Sql
from tests.factories import make_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account() -> Account:
    """A Kannel."""
    return make_account(carrier="kannel", secrets={"token": "right"})


@pytest.fixture
def other() -> Account:
    """A Jasmin."""
    return make_account(carrier="jasmin", secrets={"token": "right"})


FOUND = """
SELECT account_id, what, times, detail, seen_at > now() - interval '1 minute' FROM numbers_finding
WHERE settled_at IS NULL ORDER BY account_id
"""


async def refuse(site: httpx.AsyncClient, account: Account, times: int, token: str = "wrong") -> None:
    for _ in range(times):
        answer = await site.get(f"{account.webhook_url}?token={token}&from=1&to=2&raw=x")
        assert answer.status_code == 403


def open_ones() -> list[tuple[int, str, int]]:
    found = Finding.objects.filter(settled_at=None).order_by("pk")
    return [(item.account_id, item.detail, item.times) for item in found]


async def test_refusals_are_counted_by_account_with_time_and_reason(
    site: httpx.AsyncClient, account: Account, other: Account, sql: Sql, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await refuse(site, account, 3)
        await refuse(site, account, 1, token="")
        await refuse(site, other, 2)
        await refusals.close()
        await refuse(site, account, 2)
        await refusals.close()
    assert sql(FOUND) == [
        (account.pk, "refused", 6, "bad signature: token", True),
        (other.pk, "refused", 2, "bad signature: token", True),
    ]
    lines = [line for line in caplog.messages if line.startswith("refused a webhook")]
    assert len(lines) == 2, "one an hour and account"
    assert not any("wrong" in line or account.key in line for line in lines)


async def test_the_log_is_told_again_after_an_hour(
    site: httpx.AsyncClient,
    account: Account,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await refuse(site, account, 1)
    monkeypatch.setitem(refusals._logged, account.pk, refusals._logged[account.pk] - refusals.LOGGED_EVERY)
    await refuse(site, account, 1)
    assert len([line for line in caplog.messages if line.startswith("refused a webhook")]) == 2


async def test_nothing_is_forgotten_while_the_database_is_away(
    site: httpx.AsyncClient, account: Account, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    await refuse(site, account, 2)
    await postgres.close()
    with monkeypatch.context() as patched:
        patched.setattr(postgres, "conninfo", lambda: "host=127.0.0.1 port=1 dbname=x")
        await refusals._counters.get().write()
    await refuse(site, account, 1)
    await refusals.close()
    assert [times for _, _, times, _, _ in sql(FOUND)] == [3]


async def test_a_signed_request_is_no_refusal(site: httpx.AsyncClient, account: Account, sql: Sql) -> None:
    answer = await site.get(f"{account.webhook_url}?token=right&raw=%C6")
    assert answer.status_code == 200
    await refusals.close()
    assert sql(FOUND) == []


def test_a_day_without_one_settles_it_and_an_audit_does_not(account: Account) -> None:
    values = {"account": account, "what": Finding.What.REFUSED, "detail": "bad signature: token", "times": 2}
    finding = Finding.objects.create(seen_at=timezone.now() - timedelta(hours=23), **values)
    audit.audit_all()
    assert open_ones() == [(account.pk, "bad signature: token", 2)]
    Finding.objects.filter(pk=finding.pk).update(seen_at=timezone.now() - timedelta(hours=25))
    audit.audit_all()
    assert open_ones() == []


def test_an_audit_of_the_account_leaves_it_open(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    twilio = make_account()
    Finding.objects.create(account=twilio, what=Finding.What.REFUSED, seen_at=timezone.now())
    monkeypatch.setattr("numbers.carriers.twilio.api.TwilioApi.owned", lambda self: [])
    monkeypatch.setattr("numbers.prices.with_list_prices", lambda account, api, owned: owned)
    audit.audit(twilio)
    assert len(open_ones()) == 1


def test_operators_see_it(account: Account, admin_client: Client) -> None:
    values = {"account": account, "what": Finding.What.REFUSED, "detail": "bad signature: token", "times": 7}
    Finding.objects.create(seen_at=timezone.now(), **values)
    for path in (
        "/admin/numbers/account/",
        f"/admin/numbers/account/{account.pk}/change/",
        "/admin/numbers/finding/",
    ):
        page = admin_client.get(path).content.decode()
        assert "bad signature: token" in page, path
        assert "7" in page
