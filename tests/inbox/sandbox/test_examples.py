"""The examples of the how-to do what it says: they are run, with requests led into this process."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response

from tempsms import ROOT
from tests.conftest import Sql
from tests.inbox.capture.bridging import Bridge

PAGE = ROOT / "docs" / "how-to" / "test-without-a-carrier.md"
CAPTURE = "http://127.0.0.1:8025/capture/twilio"


def read_examples() -> str:
    """The Python of the page, in its order."""
    blocks = re.findall(r"(?:^ {4}.*\n|^\n)+", PAGE.read_text(), re.MULTILINE)
    lines = [line.removeprefix("    ") for block in blocks for line in block.splitlines()]
    return "\n".join(line for line in lines if not line.startswith((".venv/bin/python", "VAR=")))


async def test_the_examples_of_the_how_to_work(
    site: httpx.AsyncClient, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    bridge = Bridge(site, loop)

    def ask(self: object, method: str, url: str, data: Any = None, auth: Any = None, **_: Any) -> Response:
        assert url.startswith(CAPTURE)
        asking = site.request(method, url, data=data, auth=auth)
        answer = asyncio.run_coroutine_threadsafe(asking, loop).result(60)
        return Response(answer.status_code, answer.text)

    class BridgedClient(httpx.Client):
        def __init__(self, **options: Any) -> None:
            super().__init__(transport=bridge, **options)

    monkeypatch.setattr(TwilioHttpClient, "request", ask)
    monkeypatch.setattr(httpx, "Client", BridgedClient)
    code = compile(read_examples(), str(PAGE), "exec")
    names: dict[str, Any] = {}
    await asyncio.to_thread(exec, code, names)
    assert names["found"]["message"]["from"] == "ACME"
    assert names["sent"]["direction"] == "in"
    assert sql("SELECT direction FROM sandbox_capturedmessage ORDER BY id") == [("out",), ("in",)]
