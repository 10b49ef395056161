"""A project is an account of Twilio's; its keys log in wherever the account does, but to the account itself."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import keys
from tempsms.asgi import application
from tests.conftest import Sql
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN, ask, make_login, refused

KEYS = MESSAGES.replace("Messages", "Keys")


async def make_key(site: httpx.AsyncClient, *login: str) -> Any:
    """A key that the SDK made."""
    return await ask(site, lambda client: client.new_keys.create(friendly_name="tests"), *login)


async def test_the_account_is_fetched(site: httpx.AsyncClient) -> None:
    account = await ask(site, lambda client: client.api.accounts(SID).fetch())
    assert (account.sid, account.friendly_name, account.status) == (SID, "default", "active")
    assert (account.auth_token, account.type) == (TOKEN, "Full")
    assert account.subresource_uris["messages"].endswith(f"/{SID}/Messages.json")
    (listed,) = await ask(site, lambda client: client.api.accounts.list())
    assert listed.sid == SID


async def test_another_account_is_not(site: httpx.AsyncClient) -> None:
    other, _ = await make_login()
    assert await refused(site, lambda client: client.api.accounts(other).fetch()) == (401, 20003)


async def test_a_key_logs_in_for_all_but_the_account(site: httpx.AsyncClient, sql: Sql) -> None:
    key = await make_key(site)
    assert key.sid.startswith("SK")
    login = (key.sid, key.secret, SID)
    sent = await ask(site, lambda client: client.messages.create(to=TO, from_=FROM, body="a"), *login)
    assert (sent.account_sid, sent.body) == (SID, "a")
    (listed,) = await ask(site, lambda client: client.messages.list(), *login)
    assert listed.sid == sent.sid
    assert sql("SELECT hash LIKE %s FROM sandbox_accesskey", f"%{key.secret}%") == [(False,)]
    attempts: list[Callable[[Client], Any]] = [
        lambda client: client.api.accounts(SID).fetch(),
        lambda client: client.api.accounts.list(),
        lambda client: client.keys.list(),
        lambda client: client.new_keys.create(),
        lambda client: client.keys(key.sid).delete(),
    ]
    for attempt in attempts:
        assert await refused(site, attempt, *login) == (401, 20003)


async def test_keys_are_listed_renamed_and_deleted(site: httpx.AsyncClient) -> None:
    made = [await make_key(site) for _ in range(3)]
    listed = await ask(site, lambda client: client.keys.list(page_size=2))
    assert [key.sid for key in listed] == [key.sid for key in reversed(made)]
    first = made[0].sid
    renamed = await ask(site, lambda client: client.keys(first).update(friendly_name="ci"))
    assert renamed.friendly_name == "ci"
    assert (await ask(site, lambda client: client.keys(first).fetch())).friendly_name == "ci"
    assert await ask(site, lambda client: client.keys(first).delete())
    assert await refused(site, lambda client: client.keys(first).fetch()) == (404, 20404)
    gone = (first, made[0].secret, SID)
    assert await refused(site, lambda client: client.messages.list(), *gone) == (401, 20003)


async def test_a_key_is_its_own_projects_only(site: httpx.AsyncClient) -> None:
    login = await make_login()
    own, other = await make_key(site, *login), await make_key(site)
    assert await refused(site, lambda client: client.keys(own.sid).fetch()) == (404, 20404)
    # the key of one project, and the account of another
    for key, account in ((own, SID), (other, login[0])):
        wrong = (key.sid, key.secret, account)
        assert await refused(site, lambda client: client.messages.list(), *wrong) == (401, 20003)
    assert await ask(site, lambda client: client.messages.list(), own.sid, own.secret, login[0]) == []


async def test_a_key_of_the_first_project_works_on_this_machine_only(site: httpx.AsyncClient) -> None:
    local, own = await make_key(site), await make_login()
    ours = await make_key(site, *own)
    transport = httpx.ASGITransport(app=application, client=("192.0.2.7", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as stranger:
        assert await refused(
            stranger, lambda client: client.messages.list(), local.sid, local.secret, SID
        ) == (401, 20003)
        assert await ask(stranger, lambda client: client.messages.list(), ours.sid, ours.secret, own[0]) == []


@pytest.mark.parametrize(
    ("form", "code"), [({"FriendlyName": "x" * 65}, 20001), ({"FriendlyName": "a\0b"}, 20001)]
)
async def test_names_are_checked(site: httpx.AsyncClient, sql: Sql, form: dict[str, str], code: int) -> None:
    answer = await site.post(KEYS, data=form, auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert sql("SELECT count(*) FROM sandbox_accesskey") == [(0,)]


async def test_a_project_has_so_many_keys_and_no_more(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST", 1)
    await make_key(site)
    assert await refused(site, lambda client: client.new_keys.create()) == (400, 20001)


@pytest.mark.parametrize("secret", ["", "wrong", "é"])
async def test_a_wrong_secret_is_refused(site: httpx.AsyncClient, secret: str) -> None:
    key = await make_key(site)
    answer = await site.get(MESSAGES, auth=(key.sid, secret))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


@pytest.mark.parametrize("query", ["PageSize=0", "Page=x", "PageToken=PAx", "PageToken=%00"])
async def test_pages_that_are_none_are_refused(site: httpx.AsyncClient, query: str) -> None:
    answer = await site.get(f"{KEYS}?{query}", auth=(SID, TOKEN))
    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


async def test_a_key_that_the_command_makes_logs_in(
    site: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    await in_thread(partial(call_command, "project", "key", "default", "--name", "ci"))
    made = json.loads(capsys.readouterr().out)
    assert made["login"] == SID
    assert await ask(site, lambda client: client.messages.list(), made["key"], made["secret"], SID) == []
    (key,) = await ask(site, lambda client: client.keys.list())
    assert (key.sid, key.friendly_name) == (made["key"], "ci")
