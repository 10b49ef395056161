"""Settings are taken as they are pasted, kept when they are not given again, and refused in words."""

from html import unescape
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, transaction
from django.test import Client

from numbers.models import Account, Lease
from tests.factories import make_account, make_lease, make_number
from tests.numbers.accounts.forms import TOKEN, add, save

pytestmark = pytest.mark.django_db
BLANKS = ["\u00a0", "\u200b", "\ufeff", "\u2060", "\u202f", "\u3000", "\r\n", "\t", "\u200e"]


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_around_names_and_values_are_dropped_by_the_command(blank: str) -> None:
    account = add(f"{blank}auth_token{blank}={blank}{TOKEN}{blank}\n")
    assert account.secrets == {"auth_token": TOKEN}


@pytest.mark.parametrize("blank", [blank for blank in BLANKS if blank != "\r\n"])
def test_blanks_around_names_and_values_are_dropped_by_the_form(admin_client: Client, blank: str) -> None:
    save(admin_client, new_secrets=f"\n{blank}auth_token {blank}={blank}{TOKEN}{blank} \r\n{blank}\r\n")
    assert Account.objects.get().secrets == {"auth_token": TOKEN}


@pytest.mark.parametrize("value", ["", " ", "\u200b\u00a0", "\r\n"])
def test_a_value_of_nothing_is_refused_in_words(admin_client: Client, value: str) -> None:
    with pytest.raises(CommandError, match="auth_token has no value"):
        add(f"auth_token={value}")
    assert "auth_token has no value" in save(admin_client, new_secrets=f"auth_token={value}")
    assert Account.objects.count() == 0


@pytest.mark.parametrize("given", ["", "api_key=SK" + "1" * 32])
def test_a_form_without_a_needed_setting_is_refused_in_words(admin_client: Client, given: str) -> None:
    assert "twilio needs auth_token=..." in save(admin_client, new_secrets=given)
    with pytest.raises(CommandError, match="twilio needs --set auth_token"):
        add(*[given] if given else [])
    assert Account.objects.count() == 0


def test_settings_that_are_kept_need_not_be_given_again(admin_client: Client) -> None:
    account = make_account(secrets={"auth_token": TOKEN})
    page = save(admin_client, account.pk, label="renamed", new_secrets="")
    account.refresh_from_db()
    assert (account.label, account.secrets) == ("renamed", {"auth_token": TOKEN})
    assert TOKEN not in page
    save(admin_client, account.pk, new_secrets=f"auth_token=new\nauth_token={TOKEN}")
    account.refresh_from_db()
    assert account.secrets == {"auth_token": ["new", TOKEN]}


def test_a_form_with_rubbish_is_no_error_of_ours(admin_client: Client) -> None:
    assert "valid choice" in save(admin_client, carrier="nobody", new_secrets="a=b")
    assert "KEY=VALUE" in save(admin_client, new_secrets="no equals sign")
    assert "unknown setting for twilio: colour" in save(
        admin_client, new_secrets=f"colour=red\nauth_token={TOKEN}"
    )
    assert Account.objects.count() == 0


def test_a_simulated_account_gets_its_settings_by_itself(admin_client: Client) -> None:
    save(admin_client, carrier="simulated", new_secrets="")
    assert sorted(Account.objects.get().secrets) == ["books", "signing_key"]


def test_an_account_stays_at_its_carrier(admin_client: Client) -> None:
    account = make_account(secrets={"auth_token": TOKEN})
    save(admin_client, account.pk, carrier="kannel", new_secrets="")
    account.refresh_from_db()
    assert account.carrier == "twilio"


def test_the_sender_of_test_messages_is_one_of_the_accounts_numbers(admin_client: Client) -> None:
    account = make_account(label="main", secrets={"auth_token": TOKEN})
    make_lease(make_number("+15005550006"), account)
    make_lease(make_number("+15005550007"), make_account())
    given: dict[str, Any] = {"new_secrets": "", "monthly_ceiling": "10"}
    assert "valid choice" in save(admin_client, account.pk, canary_sender="+15005550007", **given)
    assert "valid choice" in save(admin_client, account.pk, canary_sender="anything", **given)
    assert "Test messages cost money: set a monthly ceiling" in save(
        admin_client, account.pk, canary_sender="+15005550006", new_secrets="", monthly_ceiling=""
    )
    save(admin_client, account.pk, canary_sender="+15005550006", **given)
    account.refresh_from_db()
    assert account.canary_sender == "+15005550006"
    Lease.objects.update(state="released")
    page = admin_client.get("/admin/numbers/account/").content.decode()
    assert "+15005550006 is not an active number of this account" in unescape(page)


@pytest.mark.parametrize(
    "bad",
    [
        {"currency": "usd"},
        {"currency": "€"},
        {"currency": "US"},
        {"canary_sender": "any old text"},
        {"canary_sender": "<b>Bank</b>"},
        {"canary_sender": "+0123456789012"},
        {"canary_price": -1},
        {"monthly_ceiling": -1},
    ],
)
def test_the_database_refuses_what_the_accounts_form_refuses(bad: dict[str, Any]) -> None:
    make_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.update(**bad)
