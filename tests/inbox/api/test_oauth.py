"""An OAuth client exchanges its id and secret for a short token, which may do what its key may."""

import json
from io import StringIO
from typing import Any

import httpx
import pytest
from django.contrib import admin
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from oauth2_provider.models import Application

from inbox.api import keys, oauth
from inbox.api.models import ApiKey
from inbox.api.scopes import Scope
from inbox.api.threads import in_thread
from tests.conftest import Sql
from tests.inbox.api.conftest import bearer
from tests.inbox.api.test_operations import problem

API = "/api/v1"


async def make_client(*scopes: Scope) -> dict[str, str]:
    """A client's id and secret, as a form has them."""

    def make() -> tuple[str, str]:
        key, _ = keys.create("client", scopes)
        return oauth.make_client(key)

    client_id, secret = await in_thread(make) or ("", "")
    return {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}


async def token(site: httpx.AsyncClient, form: dict[str, str]) -> dict[str, Any]:
    """The answer with a token."""
    answer = await site.post("/o/token/", data=form)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_token_may_do_what_its_key_may(site: httpx.AsyncClient, sql: Sql) -> None:
    form = await make_client(Scope.NUMBERS_READ, Scope.RENTALS)
    given = await token(site, form)
    assert given["token_type"].lower() == "bearer"
    assert given["expires_in"] <= 900
    assert set(given["scope"].split()) == {"numbers:read", "rentals"}
    headers = bearer(given["access_token"])
    assert (await site.get(f"{API}/numbers", headers=headers)).status_code == 200
    assert (await site.get(f"{API}/rentals", headers=headers)).status_code == 200
    refused = await site.get(f"{API}/offers?country=US", headers=headers)
    assert problem(refused) == (403, "insufficient_scope")
    stored = repr(sql("SELECT * FROM oauth2_provider_accesstoken")) + repr(
        sql("SELECT * FROM oauth2_provider_application")
    )
    assert given["access_token"] not in stored
    assert form["client_secret"] not in stored


async def test_a_secret_is_hashed_as_what_nobody_can_guess(site: httpx.AsyncClient) -> None:
    """A slow hash would cost half a second a token; secrets that have one are still accepted."""
    form = await make_client(Scope.NUMBERS_READ)
    stored = await in_thread(lambda: Application.objects.get().client_secret)
    assert str(stored).startswith("pbkdf2_sha256_random$1$")
    slow = make_password(form["client_secret"])  # by the hasher of passwords
    assert not slow.startswith("pbkdf2_sha256_random")
    await in_thread(lambda: Application.objects.update(client_secret=slow))
    await token(site, form)


async def test_a_token_may_have_fewer_scopes_but_no_others(site: httpx.AsyncClient) -> None:
    form = await make_client(Scope.NUMBERS_READ, Scope.RENTALS)
    given = await token(site, {**form, "scope": "numbers:read"})
    assert given["scope"] == "numbers:read"
    answer = await site.get(f"{API}/rentals", headers=bearer(given["access_token"]))
    assert problem(answer) == (403, "insufficient_scope")
    answer = await site.post("/o/token/", data={**form, "scope": "numbers:read usage"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_a_token_ends_with_its_time_and_with_its_key(site: httpx.AsyncClient, sql: Sql) -> None:
    form = await make_client(Scope.NUMBERS_READ)
    headers = bearer((await token(site, form))["access_token"])
    assert (await site.get(f"{API}/numbers", headers=headers)).status_code == 200
    sql("UPDATE oauth2_provider_accesstoken SET expires = now()")
    assert problem(await site.get(f"{API}/numbers", headers=headers)) == (401, "invalid_token")
    assert await in_thread(oauth.forget) == 1
    headers = bearer((await token(site, form))["access_token"])
    await in_thread(lambda: keys.revoke(ApiKey.objects.get()))
    assert problem(await site.get(f"{API}/numbers", headers=headers)) == (401, "invalid_token")
    for asked in (form, {**form, "scope": "numbers:read"}):
        answer = await site.post("/o/token/", data=asked)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "admin", "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "other"}, 400, "unsupported_grant_type"),
    ],
)
async def test_other_requests_get_no_token(
    site: httpx.AsyncClient, changes: dict[str, str], status: int, error: str
) -> None:
    form = await make_client(Scope.NUMBERS_READ)
    answer = await site.post("/o/token/", data={**form, **changes})
    assert (answer.status_code, answer.json()["error"]) == (status, error)


@pytest.mark.django_db
def test_a_client_is_made_by_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    out = StringIO()
    call_command("apikey", "create", "--name", "CI", "--scope", "usage", "--oauth", stdout=out)
    made = json.loads(out.getvalue())
    assert set(made) == {"client_id", "client_secret"}
    key = ApiKey.objects.get()
    assert key.application
    assert key.application.client_id == made["client_id"]
    assert Application not in admin.site._registry, "an application without a key could do nothing"
