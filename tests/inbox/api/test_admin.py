"""Operators create keys in the admin, see each once, and revoke them."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from inbox.api import keys
from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from tests.factories import make_lease

pytestmark = pytest.mark.django_db
ADD = "/admin/api/apikey/add/"


def test_a_new_key_is_shown_once(admin_client: Client) -> None:
    lease = make_lease()
    assert admin_client.get(ADD).status_code == 200
    given = {
        "name": "CI",
        "scopes": ["rentals"],
        "expires_at": "2099-01-31T12:00",
        "numbers": [lease.number_id],
    }
    answer = admin_client.post(ADD, given)
    found = re.search(r'id="key"[^>]*>([^<]+)<', answer.content.decode())
    assert found
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.hash == keys.hash_of(found[1])
    assert (key.scopes, key.bound, list(key.numbers.all())) == (["rentals"], True, [lease.number])
    for path in ("/admin/api/apikey/", f"/admin/api/apikey/{key.pk}/change/"):
        page = admin_client.get(path).content.decode()
        assert "valid" in page
        assert found[1] not in page
        assert key.start in page


@pytest.mark.parametrize(
    "given", [{"name": "new", "scopes": []}, {"name": "old", "scopes": ["rentals"]}, {"scopes": ["rentals"]}]
)
def test_what_is_wrong_is_said_and_no_key_is_made(admin_client: Client, given: dict[str, object]) -> None:
    keys.create("old", [Scope.USAGE])
    answer = admin_client.post(ADD, given)
    assert b'id="key"' not in answer.content
    assert ApiKey.objects.count() == 1


def test_the_limits_of_a_key_are_changed_and_nothing_else_of_it(admin_client: Client) -> None:
    key, _ = keys.create("one", [Scope.USAGE], per_minute=50)
    given = {"per_minute": "", "monthly_ceiling": "40", "name": "two", "scopes": ["verify"]}
    admin_client.post(f"/admin/api/apikey/{key.pk}/change/", given)
    key.refresh_from_db()
    assert (key.per_minute, key.monthly_ceiling) == (None, Decimal(40))
    assert (key.name, key.scopes) == ("one", ["usage"])
    admin_client.post(f"/admin/api/apikey/{key.pk}/change/", {"per_minute": "0", "monthly_ceiling": "-1"})
    key.refresh_from_db()
    assert (key.per_minute, key.monthly_ceiling) == (None, Decimal(40))


def test_a_key_is_revoked(admin_client: Client, client: Client) -> None:
    key, _ = keys.create("one", [Scope.USAGE])
    admin_client.post("/admin/api/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert client.get(ADD).status_code == 302, "only operators"


def test_an_oauth_client_is_made_its_secret_shown_once_and_it_is_revoked(
    admin_client: Client, client: Client
) -> None:
    given = {"name": "CI", "scopes": ["usage", "rentals"], "oauth": "on", "monthly_ceiling": "12.50"}
    page = admin_client.post(ADD, given).content.decode()
    shown = dict(re.findall(r'id="(client-id|client-secret)"[^>]*>([^<]+)<', page))
    key = ApiKey.objects.get()
    assert key.application
    assert (key.monthly_ceiling, key.application.client_id) == (Decimal("12.50"), shown["client-id"])
    grant = {
        "grant_type": "client_credentials",
        "client_id": shown["client-id"],
        "client_secret": shown["client-secret"],
    }
    token = client.post("/o/token/", grant)
    assert token.status_code == 200
    assert set(token.json()["scope"].split()) == {"usage", "rentals"}
    for path in ("/admin/api/apikey/", f"/admin/api/apikey/{key.pk}/change/"):
        page = admin_client.get(path).content.decode()
        assert shown["client-id"] in page
        assert shown["client-secret"] not in page
    admin_client.post("/admin/api/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    refused = client.post("/o/token/", grant)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
