"""A request to a captured carrier, read once and within bounds."""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

import orjson

from inbox.sandbox import projects
from inbox.sandbox.models import Credential, Project
from tempsms.lib import this_machine
from tempsms.lib.asgi import Receive, Scope, headers_of, read_body

BODY_LIMIT = 64 * 1024
MOST_FIELDS = 200
KEPT_HEADERS = ("content-type", "user-agent", "accept")
"""Those that a kept request shows: none of them can prove who sent it."""
HIDDEN = "***"


class Unreadable(Exception):
    """The body or query is not what its carrier reads."""


class Unauthorized(Exception):
    """No project has the login."""


@dataclass(frozen=True)
class CarrierRequest:
    """A request before it is known who makes it; `parts` are the named parts of its path.

    `hidden` are the names of parameters that prove who asks: what is kept of the request does not show them.
    """

    method: str
    path: str
    parts: Mapping[str, str]
    direct: bool
    """Whether a program on this machine asks."""
    raw_query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    hidden: Collection[str] = ()

    @cached_property
    def text(self) -> str:
        """The body as text; raises `Unreadable`."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise Unreadable("the body is not UTF-8") from None

    @cached_property
    def query(self) -> dict[str, list[str]]:
        """The parameters of the address; raises `Unreadable`."""
        return _read_fields(self.raw_query)

    @cached_property
    def form(self) -> dict[str, list[str]]:
        """The parameters of the body; raises `Unreadable`."""
        return _read_fields(self.text)

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body as a JSON object without NUL characters; raises `Unreadable`."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            raise Unreadable("the body is not JSON") from None
        if not isinstance(found, dict):
            raise Unreadable("the body is not a JSON object")
        # The texts are gone through only where the bytes say that one may have a NUL
        if rb"\u0000" in self.body and "\0" in _join_texts(found):
            raise Unreadable("the body contains a NUL character")
        return found

    @property
    def basic_login(self) -> tuple[str, str]:
        """Name and password of HTTP Basic, or two empty texts."""
        scheme, _, encoded = self.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return "", ""
        # PostgreSQL cannot compare a text that has a NUL
        return (user, password) if scheme.lower() == "basic" and "\0" not in user else ("", "")

    def token(self, scheme: str) -> str:
        """What stands after a scheme in `Authorization`, such as `Bearer`, or an empty text."""
        name, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if name.lower() == scheme.lower() else ""

    def find_project(self, carrier: str, login: str, secret_name: str, secret: str) -> Project:
        """The project that has this login at the carrier; raises `Unauthorized`."""
        return self.find_credential(carrier, login, secret_name, secret).project

    def find_credential(self, carrier: str, login: str, secret_name: str, secret: str) -> Credential:
        """The credential with this login at the carrier; raises `Unauthorized`.

        The login that everybody knows works for programs on this machine only.
        """
        found = projects.find(carrier, login, secret_name, secret) if login and secret else None
        return self._check_local(found)

    def find_project_of(self, carrier: str, login: str) -> Project:
        """The same, where the login's name is all that is checked."""
        return self._check_local(projects.find_login(carrier, login) if login else None).project

    def _check_local(self, found: Credential | None) -> Credential:
        """The credential; raises `Unauthorized`."""
        if found is None or (found.project.local and not self.direct):
            raise Unauthorized
        return found

    def describe(self) -> dict[str, Any]:
        """What is kept of it, without its login."""
        query = f"?{self.raw_query}" if self.raw_query else ""
        return {
            "method": self.method,
            "path": self._hide(self.path + query),
            "headers": {name: self.headers[name] for name in KEPT_HEADERS if name in self.headers},
            "body": self._hide(self.body.decode(errors="replace")),
        }

    def _hide(self, text: str) -> str:
        """A text of the request without the values that prove who sent it, as a form, query or JSON has them."""
        for name in self.hidden:
            name = re.escape(name)
            text = re.sub(rf"((?:^|[?&]){name}=)[^&]*", rf"\g<1>{HIDDEN}", text)
            text = re.sub(rf'("{name}"\s*:\s*")(?:[^"\\]|\\.)*', rf"\g<1>{HIDDEN}", text)
        return text.replace("\0", "\ufffd")


async def read_request(
    scope: Scope, receive: Receive, parts: Mapping[str, str], limit: int, hidden: Collection[str]
) -> CarrierRequest:
    """Read a request whole; raises what `read_body` raises."""
    headers = headers_of(scope)
    return CarrierRequest(
        method=scope["method"],
        path=scope["path"],
        parts=parts,
        direct=this_machine.asks_directly(scope),
        # which never fails: what is not ASCII is in percent
        raw_query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await read_body(receive, headers, limit),
        hidden=hidden,
    )


def _read_fields(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Unreadable("the form is not UTF-8, or has too many fields") from None


def _join_texts(value: object) -> str:
    """All texts of JSON, names too."""
    if isinstance(value, dict):
        return "".join(name + _join_texts(item) for name, item in value.items())
    if isinstance(value, list):
        return "".join(map(_join_texts, value))
    return value if isinstance(value, str) else ""
