"""Accounts in bad times: numbers without the carrier's id, secrets whose key is lost, carriers of a newer version."""

from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from inbox.ingest import recovery
from numbers import accounts, audit, canaries, logins, offers
from numbers.logins import Outcome
from numbers.models import Account, Canary, PoolTarget
from tempsms.lib import vault
from tests.carrier_side import form, signed
from tests.factories import make_account, make_lease, make_number

LOST_KEY = "A" * 43 + "="


@pytest.fixture
def lost() -> Account:
    """An account whose secrets were sealed with a key that is gone."""
    with override_settings(ENCRYPTION_KEYS=[LOST_KEY]):
        account = make_account(label="sealed elsewhere")
    account.refresh_from_db()
    return account


@pytest.mark.django_db
@pytest.mark.parametrize(("listed", "ref"), [("+15005550006", "PN6"), ("+15005550007", None)])
def test_a_number_adopted_without_an_id_is_pointed(
    monkeypatch: pytest.MonkeyPatch, listed: str, ref: str | None
) -> None:
    called: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        called.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        address = parse_qs(request.content.decode()).get("SmsUrl", [""])[0]
        number = {"sid": "PN6", "phone_number": listed, "sms_url": address, "capabilities": {"sms": True}}
        page = {"incoming_phone_numbers": [number], "next_page_uri": None}
        return httpx.Response(200, json=page if request.method == "GET" else number)

    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer)))
    account = make_account(secrets={"auth_token": "t" * 32, "account_sid": "AC" + "0" * 32})
    lease = make_lease(make_number(), account, carrier_ref="")
    if ref is None:
        with pytest.raises(accounts.Invalid, match="does not list"):
            accounts.point("+15005550006")
    else:
        accounts.point("+15005550006")
    lease.refresh_from_db()
    assert lease.carrier_ref == (ref or "")
    assert [call for call in called if call.startswith("POST")] == ([f"POST {ref}.json"] if ref else [])


@pytest.mark.django_db
def test_an_account_at_a_carrier_of_a_newer_version_stops_nothing() -> None:
    make_account(carrier="tomorrow", canary_sender="+15005550001")
    known = make_account(secrets={"auth_token": "t" * 32})
    make_lease(make_number(), known)
    assert list(Account.objects.enabled()) == [known]
    assert list(audit.audit_each()) == [known]  # it has no account_sid to ask with
    assert list(recovery.recover_each()[1]) == [known]
    canaries.send_due(timezone.now())


@pytest.mark.django_db
def test_what_no_key_opens_is_known_as_such_and_stored_as_it_came(lost: Account) -> None:
    before = sealed(lost)
    assert isinstance(lost.secrets, vault.Unreadable)
    for look in (lambda: lost.secrets["auth_token"], lambda: list(lost.secrets), lambda: len(lost.secrets)):
        with pytest.raises(vault.Unsealable):
            look()
    lost.save()
    assert sealed(lost) == before
    assert logins.attempt(lost).outcome is Outcome.NOT_TRIED


@pytest.mark.django_db
def test_its_page_says_so_and_takes_new_settings(lost: Account, admin_client: Client, offline: None) -> None:
    address = reverse("admin:numbers_account_change", args=[lost.pk])
    assert admin_client.get(reverse("admin:numbers_account_changelist")).status_code == 200
    assert vault.NO_KEY in admin_client.get(address).content.decode()
    fields = {"label": lost.label, "enabled": "on", "currency": "USD", "canary_price": "0.05"}
    saved = admin_client.post(address, {**fields, "new_secrets": "auth_token=" + "5" * 32})
    assert saved.status_code == 302
    lost.refresh_from_db()
    assert lost.secrets == {"auth_token": "5" * 32}


@pytest.mark.django_db
def test_a_new_account_is_offered_no_sender(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:numbers_account_add")).content.decode()
    assert "DatabaseDefault" not in page


async def test_its_webhooks_are_retried_and_its_login_is_refused(
    transactional_db: None, lost: Account, site: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    post = signed(lost.webhook_url, form())
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 503
    (line,) = caplog.messages
    assert line.startswith("webhook of twilio answered 503: Unsealable")
    path = "/capture/twilio/2010-04-01/Accounts/AC0/Messages.json"
    assert (await site.post(path, content=b"", auth=("AC0", "anything"))).status_code == 401


@pytest.mark.django_db
def test_the_pool_and_test_messages_go_on_without_it(lost: Account) -> None:
    lost.canary_sender, lost.monthly_ceiling = "ACME", 100
    lost.save()
    target = PoolTarget.objects.create(
        country="US", kind="local", capabilities=["sms"], count=1, monthly_ceiling=5
    )
    assert any(vault.NO_KEY in reason for reason in offers.find(target).reasons)
    first, second = (make_lease(make_number(f"+1500555000{n}"), make_account()) for n in (6, 7))
    assert canaries.send_due(timezone.now()) == 0
    found = Canary.objects.filter(number__in=[first.number, second.number])
    assert set(found.values_list("state", "price")) == {("refused", Decimal(0))}
    assert found.count() == 2


@pytest.mark.django_db
def test_the_other_accounts_are_resealed(lost: Account, capsys: pytest.CaptureFixture[str]) -> None:
    other, before = make_account(), sealed(lost)
    old = sealed(other)
    call_command("reseal")
    assert sealed(other) != old
    assert sealed(lost) == before
    printed = capsys.readouterr()
    assert printed.out == "1 accounts resealed\n"
    assert printed.err == f"not resealed: {lost}: {vault.NO_KEY}\n"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No carrier can be reached."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network in tests")

    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(fail)))


def sealed(account: Account) -> bytes:
    """What is stored of its secrets."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM numbers_account WHERE id = %s", [account.pk])
        row: Any = cursor.fetchone()
    return bytes(row[0])
