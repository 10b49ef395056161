"""SDKs that wait for their answers, pointed at our application inside this process."""

import asyncio
from io import BytesIO
from typing import Any

import httpx
import requests
from requests.adapters import HTTPAdapter

WITHIN = 60.0  # seconds


class Bridge(httpx.BaseTransport):
    """Leads the requests of an SDK on httpx, in a thread, to the application in an event loop."""

    def __init__(self, site: httpx.AsyncClient, loop: asyncio.AbstractEventLoop) -> None:
        self._site, self._loop = site, loop

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask in the loop, and wait for it."""
        asking = self._site.request(
            request.method, request.url, headers=request.headers, content=request.read()
        )
        answer = asyncio.run_coroutine_threadsafe(asking, self._loop).result(WITHIN)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class RequestsBridge(HTTPAdapter):
    """The same for an SDK on requests, whose addresses begin with `https://sandbox/`."""

    def __init__(self, site: httpx.AsyncClient, loop: asyncio.AbstractEventLoop, prefix: str) -> None:
        super().__init__()
        self._site, self._loop, self._prefix = site, loop, prefix

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Ask in the loop, and wait for it."""
        url = str(request.url).replace("https://sandbox", self._prefix)
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert body is None or isinstance(body, bytes)
        # a token is given as bytes
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        asking = self._site.request(str(request.method), url, headers=headers, content=body)
        found = asyncio.run_coroutine_threadsafe(asking, self._loop).result(WITHIN)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = found.status_code, str(found.url), request
        answer.headers.update(found.headers)
        answer.raw = BytesIO(found.content)
        return answer
