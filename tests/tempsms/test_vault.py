"""What must not lie readable in the database does not, and its keys can be changed."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from numbers.models import Account
from tempsms.lib import vault
from tests.factories import make_account


def stored() -> bytes:
    """The only account's secrets as the database holds them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT secrets FROM numbers_account")
        (value,) = cursor.fetchone() or (b"",)
    return bytes(value)


@pytest.mark.django_db
def test_secrets_are_encrypted_at_rest_and_shown_nowhere() -> None:
    account = make_account(secrets={"auth_token": "canary-secret"})
    assert b"canary" not in stored()
    assert Account.objects.get().secrets == {"auth_token": "canary-secret"}
    assert "canary" not in repr(account) + str(account)


@pytest.mark.django_db
def test_a_key_is_rotated_by_putting_one_in_front_resealing_and_dropping_the_old(settings: Any) -> None:
    make_account(secrets={"auth_token": "kept"})
    old, new = settings.ENCRYPTION_KEYS, Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *old]
    assert Account.objects.get().secrets == {"auth_token": "kept"}
    call_command("reseal")
    settings.ENCRYPTION_KEYS = [new]
    assert Account.objects.get().secrets == {"auth_token": "kept"}
    settings.ENCRYPTION_KEYS = old
    with pytest.raises(vault.Unsealable):
        len(Account.objects.get().secrets)


def test_a_keyed_hash_depends_on_purpose_key_and_where_parts_end(settings: Any) -> None:
    first = vault.keyed_hash("seen", "1", "2")
    assert len(first) == 16
    assert first == vault.keyed_hash("seen", b"1", "2")
    assert first != vault.keyed_hash("visitor", "1", "2")
    assert first != vault.keyed_hash("seen", "12", "")
    settings.SECRET_KEY = "another"
    assert first != vault.keyed_hash("seen", "1", "2")
