"""The official Twilio SDK, pointed at our capture endpoint inside this process."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any, TypeVar

import httpx
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from inbox.api.threads import in_thread
from inbox.sandbox import projects

SID, TOKEN = "AC" + "0" * 32, "sandbox"
"""The fixed login of the first project."""
SERVICE = "MG" + "1" * 32
TO, FROM = "+61491570157", "+14155550100"
MESSAGES = f"/capture/twilio/2010-04-01/Accounts/{SID}/Messages.json"
_HOST = re.compile(r"\Ahttps://(api|messaging|verify|lookups)\.twilio\.com/")
_Result = TypeVar("_Result")


class ToCapture:
    """The SDK's HTTP client with the base address replaced: requests go to our ASGI application."""

    def __init__(self, site: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self.site, self.loop = site, loop

    def request(
        self, method: str, url: str, params: Any = None, data: Any = None, auth: Any = None, **_: Any
    ) -> Response:
        """What twilio.http.HttpClient.request does."""
        path, replaced = _HOST.subn("/capture/twilio/", url)
        assert replaced, url
        sending = self.site.request(method, path, params=params, data=data, auth=auth)
        answer = asyncio.run_coroutine_threadsafe(sending, self.loop).result(20)
        return Response(answer.status_code, answer.text)


async def ask(
    site: httpx.AsyncClient,
    work: Callable[[Client], _Result],
    sid: str = SID,
    token: str = TOKEN,
    account: str | None = None,
) -> _Result:
    """What is done with a client of the SDK, in a thread of its own; `account` where a key logs in."""
    client = Client(sid, token, account, http_client=ToCapture(site, asyncio.get_running_loop()))
    return await asyncio.to_thread(work, client)


async def refused(site: httpx.AsyncClient, work: Callable[[Client], Any], *login: str) -> tuple[int, int]:
    """The status and Twilio's code of the SDK's own exception; that of a list has only the answer."""
    with pytest.raises(TwilioException) as caught:
        await ask(site, work, *login)
    error = caught.value
    if isinstance(error, TwilioRestException):
        assert error.msg
        return error.status, error.code
    answer = json.loads(error.args[1].text)
    return answer["status"], answer["code"]


async def make_login(**values: Any) -> tuple[str, str]:
    """The account and token of a new project."""
    project = await in_thread(lambda: projects.make("tests", **values))
    assert project
    credential = await in_thread(lambda: project.credentials.get(carrier="twilio"))
    assert credential
    return credential.login, credential.sealed["auth_token"]


async def create(site: httpx.AsyncClient, sid: str = SID, token: str = TOKEN, **fields: Any) -> Any:
    """`client.messages.create(...)` of the SDK, from and to some number unless given."""
    values = {"to": TO, "body": "Your code is 482913", **fields}
    if "from_" not in fields and "messaging_service_sid" not in fields:
        values["from_"] = FROM
    given = {name: value for name, value in values.items() if value is not None}
    return await ask(site, lambda client: client.messages.create(**given), sid, token)
