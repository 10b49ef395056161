"""Programs near the sandbox use its first project without a key: of this machine, and of networks that are named."""

from ipaddress import ip_network
from typing import Any

import httpx
import pytest

from inbox.api.threads import in_thread
from inbox.sandbox import projects, reach
from inbox.sandbox.models import Project
from tempsms.asgi import application
from tests.inbox.api.test_operations import problem
from tests.inbox.capture.sdk import FROM, MESSAGES, SID, TO, TOKEN
from tests.inbox.sandbox.keeping import keep

API = "/api/v1/sandbox/messages"


def from_address(address: str) -> httpx.AsyncClient:
    """A client at an address."""
    transport = httpx.ASGITransport(app=application, client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


async def test_this_machine_reads_waits_and_deletes_without_a_key(
    site: httpx.AsyncClient, default: Project
) -> None:
    await in_thread(lambda: keep(default))
    (message,) = (await site.get(API)).json()["messages"]
    assert message["code"]["value"] == "482913"
    found = await site.get(f"{API}/wait", params={"require": "code", "timeout": 0})
    assert found.json()["message"]["id"] == message["id"]
    assert (await site.delete(API)).json() == {"deleted": 1}


async def test_without_a_key_there_is_the_first_project_and_nothing_else(
    site: httpx.AsyncClient, default: Project
) -> None:
    await in_thread(lambda: projects.make("other"))
    assert problem(await site.get(API, params={"project": "other"})) == (404, "not_found")
    assert problem(await site.get("/api/v1/rentals")) == (401, "unauthenticated")
    assert (await site.get("/api/v1/numbers")).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "192.0.2.7"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Authorization": "Bearer tempsms_wrong"},
    ],
)
async def test_what_comes_from_elsewhere_needs_a_key(
    site: httpx.AsyncClient, default: Project, headers: dict[str, str]
) -> None:
    assert (await site.get(API, headers=headers)).status_code == 401


async def test_networks_that_are_named_count_as_this_machine(
    site: httpx.AsyncClient, default: Project, settings: Any
) -> None:
    form = {"To": TO, "From": FROM, "Body": "hi"}
    async with from_address("172.18.0.5") as container, from_address("172.32.0.1") as stranger:
        for named, client, statuses in [
            ("10.0.0.0/8", container, (401, 401, 302)),
            ("172.16.0.0/12", container, (200, 201, 200)),
            ("172.16.0.0/12", stranger, (401, 401, 302)),
        ]:
            settings.SANDBOX_NETWORKS = [ip_network(named)]
            read = await client.get(API)
            sent = await client.post(MESSAGES, data=form, auth=(SID, TOKEN))
            page = await client.get("/sandbox/default/")
            assert (read.status_code, sent.status_code, page.status_code) == statuses
        # and metrics stay this machine's
        assert (await container.get("/metrics")).status_code == 403


def test_callbacks_go_there_too(default: Project, settings: Any) -> None:
    assert not reach.reach_of(default, "http://app:5000/sms").allows("172.18.0.5")
    settings.SANDBOX_NETWORKS = [ip_network("172.16.0.0/12")]
    assert reach.reach_of(default, "http://app:5000/sms").allows("172.18.0.5")
    assert not reach.reach_of(default, "http://app:5000/sms").allows("172.32.0.1")
