"""Calls to a carrier's API, and their outcome if there is no clear answer."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

import httpx

from numbers.carriers.errors import CallFailed, Uncertain

# Raised before a byte of the request has left
_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Content(TypedDict, total=False):
    """What a call may say, all of it optional: query, headers, and one kind of body."""

    params: Mapping[str, str | Sequence[str]] | None
    headers: Mapping[str, str]
    form: Mapping[str, str | Sequence[str]]
    json: Any
    raw: bytes | None


def call(
    http: httpx.Client,
    method: str,
    url: str,
    auth: tuple[str, str] | None = None,
    **content: Unpack[Content],
) -> httpx.Response:
    """The carrier's answer: a 2xx, or a 4xx that says no.

    Anything else raises. `CallFailed` with `retry`: it was not done (not sent, too many requests, or only a GET).
    `Uncertain`: it was to change something, and there is no answer, or an inconclusive one.
    """
    try:
        response = http.request(
            method,
            url,
            auth=auth,
            params=content.get("params"),
            headers=content.get("headers"),
            data=content.get("form"),
            json=content.get("json"),
            content=content.get("raw"),
        )
    except _UNSENT as error:
        raise CallFailed(f"not reached: {type(error).__name__}", retry=True, fault="network") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise open_end(method, f"no answer: {type(error).__name__}") from error
    # A limit is applied before anything is done, so even a purchase may be tried again
    if response.status_code == 429:
        raise CallFailed("too many requests", code="429", retry=True, fault="us")
    # 408 is the server's time-out: the request may have been read and carried out
    if response.is_success or (response.is_client_error and response.status_code != 408):
        return response
    raise open_end(method, f"HTTP {response.status_code}", code=str(response.status_code))


def open_end(method: str, text: str, code: str = "") -> CallFailed:
    """The error for a call whose outcome is not known: harmless for a GET, `Uncertain` for everything else."""
    if method == "GET":
        return CallFailed(text, code=code, retry=True, fault="network" if not code else "carrier")
    return Uncertain(text, code=code, fault="network" if not code else "carrier")
