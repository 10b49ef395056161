"""Messaging profiles with the official Telnyx SDK: made, read, listed, changed, deleted, and their webhooks called."""

from functools import partial
from typing import Any

import httpx
import pytest
import telnyx
from telnyx import Telnyx

from inbox.api.threads import in_thread
from inbox.capture.telnyx import profiles
from inbox.sandbox import tasks
from tests.forward_targets import Targets
from tests.inbox.capture.telnyx_sdk import BASE, KEY, ask, other_project, send

PATH = BASE.removeprefix("http://127.0.0.1:8000") + "/messaging_profiles"
HEADERS = {"authorization": f"Bearer {KEY}"}
WHITELIST = ["*"]


def create(name: str, client: Telnyx, **values: Any) -> Any:
    """Make a profile with the SDK."""
    return client.messaging_profiles.create(name=name, whitelisted_destinations=WHITELIST, **values).data


async def test_profiles_are_made_read_listed_changed_and_deleted(site: httpx.AsyncClient) -> None:
    made = [await ask(site, partial(create, name)) for name in ("one", "two", "three")]
    first = made[0]
    assert (first.record_type, first.name, first.webhook_api_version) == ("messaging_profile", "one", "2")
    assert (first.enabled, first.whitelisted_destinations) == (True, WHITELIST)
    listed = await ask(site, lambda client: list(client.messaging_profiles.list(page_size=2)))
    assert [one.id for one in listed] == [one.id for one in made]
    found = await ask(site, lambda client: list(client.messaging_profiles.list(filter_name_contains="T")))
    assert [one.name for one in found] == ["two", "three"]
    changed: Any = await ask(
        site, lambda client: client.messaging_profiles.update(first.id, name="uno", enabled=False).data
    )
    assert (changed.name, changed.enabled, changed.whitelisted_destinations) == ("uno", False, WHITELIST)
    read: Any = await ask(site, lambda client: client.messaging_profiles.retrieve(first.id).data)
    assert read == changed
    gone: Any = await ask(site, lambda client: client.messaging_profiles.delete(first.id).data)
    assert gone.id == first.id
    with pytest.raises(telnyx.NotFoundError):
        await ask(site, lambda client: client.messaging_profiles.retrieve(first.id))


async def test_a_profiles_webhook_is_called_unless_the_message_says_otherwise(
    site: httpx.AsyncClient,
) -> None:
    with Targets() as web:
        url = web.url("/ok/profile")
        profile = await ask(site, lambda client: create("mine", client, webhook_url=url))
        kept = await send(site, messaging_profile_id=profile.id)
        await send(site, messaging_profile_id=profile.id, use_profile_webhooks=False)
        await send(site, messaging_profile_id=profile.id, webhook_url=web.url("/ok/own"))
        await in_thread(tasks.call_back)
        told = [request.event["data"]["payload"]["id"] for request in web.at("/ok/profile")]
        assert told == [kept.id] * 2
        assert len(web.at("/ok/own")) == 2


async def test_another_projects_profiles_do_not_exist(site: httpx.AsyncClient) -> None:
    profile = await ask(site, partial(create, "mine"))
    _, key = await other_project()
    assert await ask(site, lambda client: list(client.messaging_profiles.list()), key) == []
    for work in (
        lambda client: client.messaging_profiles.retrieve(profile.id),
        lambda client: client.messaging_profiles.update(profile.id, name="x"),
        lambda client: client.messaging_profiles.delete(profile.id),
    ):
        with pytest.raises(telnyx.NotFoundError):
            await ask(site, work, key)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "", "whitelisted_destinations": ["*"]},
        {"name": 5, "whitelisted_destinations": ["*"]},
        {"name": "x", "whitelisted_destinations": "US"},
        {"name": "x", "whitelisted_destinations": ["*"], "enabled": "yes"},
        {"name": "x", "whitelisted_destinations": ["*"], "webhook_url": "example.com"},
        {"name": "x", "whitelisted_destinations": ["*"], "webhook_api_version": "3"},
        {"name": "x", "whitelisted_destinations": ["*"] * 5000},
        {"name": "x" * 9000, "whitelisted_destinations": ["*"]},
    ],
)
async def test_what_is_no_profile_is_refused(site: httpx.AsyncClient, body: dict[str, Any]) -> None:
    answer = await site.post(PATH, json=body, headers=HEADERS)
    assert (answer.status_code, bool(answer.json()["errors"])) == (422, True)
    assert (await site.get(PATH, headers=HEADERS)).json()["meta"]["total_results"] == 0


@pytest.mark.parametrize(
    "query", ["page[size]=0", "page[size]=251", "page[number]=x", "page[number]=-1", "page[size]=%C2%B2"]
)
async def test_pages_that_are_none_are_refused(site: httpx.AsyncClient, query: str) -> None:
    assert (await site.get(f"{PATH}?{query}", headers=HEADERS)).status_code == 422
    assert (await site.get(f"{PATH}?filter[name]=%00", headers=HEADERS)).status_code == 200


async def test_a_project_has_so_many_and_no_more(
    site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "MOST", 1)
    await ask(site, partial(create, "one"))
    with pytest.raises(telnyx.UnprocessableEntityError):
        await ask(site, partial(create, "two"))
