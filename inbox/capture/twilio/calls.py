"""A request to Twilio's API as it is understood: who asks, by which project's login, and its parameters."""

import base64
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from inbox.capture.twilio.errors import TwilioError, refuse
from inbox.sandbox import projects
from inbox.sandbox.models import Credential, Project
from numbers import carriers
from tempsms.lib import this_machine
from tempsms.lib.asgi import Disconnected, Receive, Scope, TooLarge, TooSlow, headers_of, read_body

KEPT_HEADERS = ("content-type", "user-agent", "accept")
"""Those that a kept request shows: none of them can prove who sent it."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request before it is known who makes it."""

    method: str
    path: str
    sid: str
    """The account that the address names."""
    direct: bool
    """Whether a program on this machine asks."""
    login: tuple[str, str] = field(repr=False)
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    headers: dict[str, str]
    body: str = field(repr=False)

    def find_project(self) -> Project:
        """The project whose login it has; raises `TwilioError`. The address must name the same account."""
        user, password = self.login
        found: Credential | None = None
        if user == self.sid and password:
            found = projects.find("twilio", user, "auth_token", password)
        if found is None or (found.project.local and not self.direct):
            raise TwilioError(401, 20003, "Authenticate")
        return found.project

    def describe(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"method": self.method, "path": self.path, "headers": self.headers, "body": self.body}


async def read_call(scope: Scope, receive: Receive, sid: str) -> Call:
    """Read a request; raises `TwilioError` or `Disconnected`."""
    headers = headers_of(scope)
    try:
        body = (await read_body(receive, headers, carriers.get("twilio").body_limit)).decode()
        form, query = _read_fields(body), _read_fields(scope["query_string"].decode("latin-1"))
    except TooLarge:
        raise TwilioError(413, 20413, "The request is too large") from None
    except TooSlow:
        raise TwilioError(408, 20408, "The request is too slow") from None
    except Disconnected:
        raise
    except ValueError:
        raise refuse(20001, "The form is not UTF-8") from None
    return Call(
        method=scope["method"],
        path=scope["path"],
        sid=sid,
        direct=this_machine.asks_directly(scope),
        login=_read_login(headers.get("authorization", "")),
        query=query,
        form=form,
        headers={name: headers[name] for name in KEPT_HEADERS if name in headers},
        body=body,
    )


def _read_fields(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=200)


def _read_login(authorization: str) -> tuple[str, str]:
    """Name and password of HTTP Basic, or two empty texts."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not base64, not UTF-8
        return "", ""
    return (user, password) if scheme.lower() == "basic" and "\0" not in user else ("", "")
