"""Requests that no application could use: refused with one line before any work is done, and not logged.

Both servers pass on more than RFC 9110 allows. An application without a proxy in front is as safe as one behind it.
"""

import re

from tempsms.lib.asgi import (
    HEADER_BYTES,
    HEADERS,
    ONE_HEADER_BYTES,
    PATH_BYTES,
    QUERY_BYTES,
    App,
    Receive,
    Scope,
    Send,
    respond,
)
from tempsms.middleware.refusals import refuse

HOST_BYTES = 255 + 6
API = "/api/v1/"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# RFC 9112 section 3.2.2: servers must take the absolute form, which uvicorn reduces to a path and daphne does not
_ABSOLUTE = re.compile(r"https?://[^/?#]*(?P<path>/.*)?", re.IGNORECASE | re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]*)(:\d*)?")


def usable_requests(app: App) -> App:
    """An application that gets only requests of a sane size and shape."""

    async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif scope.get("method") == "OPTIONS" and scope["path"] == "*":
            await respond(send, 204, extra=[("allow", ", ".join(METHODS))])
        elif reason := _reason_to_refuse(_with_plain_path(scope)):
            await refuse(scope, send, *reason)
        else:
            await app(scope, receive, send)

    return bounded


def _with_plain_path(scope: Scope) -> Scope:
    """The scope, its path without scheme and host."""
    found = None if scope["path"].startswith("/") else _ABSOLUTE.fullmatch(scope["path"])
    if found:
        scope["path"] = found["path"] or "/"
        scope["raw_path"] = scope["path"].encode()
    return scope


def _reason_to_refuse(scope: Scope) -> tuple[int, str] | None:
    """Status and text for what cannot be used, or None."""
    path = scope["path"]
    # the API's own answer says which methods an address has
    if scope["type"] == "http" and scope["method"] not in METHODS and not path.startswith(API):
        return 405, "method not allowed"
    if len(path) > PATH_BYTES or len(scope["query_string"]) > QUERY_BYTES:
        return 414, "address too long"
    if not path.startswith("/") or _CONTROLS.search(path):
        return 404, "no such address"
    return _reason_in_headers(scope["headers"])


def _reason_in_headers(headers: list[tuple[bytes, bytes]]) -> tuple[int, str] | None:
    sizes = [len(name) + len(value) for name, value in headers]
    if len(sizes) > HEADERS or sum(sizes) > HEADER_BYTES or max(sizes, default=0) > ONE_HEADER_BYTES:
        return 431, "headers too large"
    hosts = [value for name, value in headers if name == b"host"]
    # Two Host headers: a proxy may have checked the other one (RFC 9112, 3.2 demands a 400)
    if len(hosts) > 1 or any(len(host) > HOST_BYTES or not _HOST.fullmatch(host) for host in hosts):
        return 400, "not a host of ours"
    return None
