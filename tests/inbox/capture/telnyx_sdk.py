"""The official Telnyx SDK, pointed at our capture endpoint inside this process."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
from telnyx import Telnyx

from inbox.api.threads import in_thread
from inbox.sandbox import projects
from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import Project
from tests.inbox.capture.bridging import Bridge

FIXED = CARRIERS["telnyx"].fixed
KEY, PUBLIC_KEY = FIXED.secrets["api_key"], FIXED.secrets["public_key"]
"""Those of the first project."""
BASE = "http://127.0.0.1:8000/capture/telnyx/v2"
PROFILE = "11111111-2222-4333-8444-555555555555"
TO, FROM = "+61491570157", "+14155550100"
_Result = TypeVar("_Result")


async def ask(site: httpx.AsyncClient, work: Callable[[Telnyx], _Result], key: str = KEY) -> _Result:
    """What is done with a client of the SDK, in a thread of its own; it tries nothing twice."""
    http = httpx.Client(transport=Bridge(site, asyncio.get_running_loop()))
    client = Telnyx(api_key=key, public_key=PUBLIC_KEY, base_url=BASE, http_client=http, max_retries=0)
    return await asyncio.to_thread(work, client)


async def send(site: httpx.AsyncClient, key: str = KEY, **fields: Any) -> Any:
    """`client.messages.send(...)` of the SDK, from and to some number unless given."""
    values = {"to": TO, "from_": FROM, "text": "Your code is 482913", **fields}
    given = {name: value for name, value in values.items() if value is not None}
    return (await ask(site, lambda client: client.messages.send(**given), key)).data


async def other_project(**values: object) -> tuple[Project, str]:
    """Another project, and its key."""
    project = await in_thread(lambda: projects.make("tests", **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="telnyx"))
    assert credential
    return project, credential.sealed["api_key"]
