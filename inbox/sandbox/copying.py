"""A captured message as something to run again: a request for curl, and a test for pytest."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from inbox.sandbox.models import CapturedMessage
from numbers.carriers.contract import first_secret
from tempsms.lib.vault import Unreadable

VARIABLE = "SANDBOX_SECRET"
"""The variable that has the secret of a project whose secrets are its own."""
_BASIC = {"twilio": "auth_token", "plivo": "auth_token", "vonage": "api_secret"}
"""Carriers whose requests can have their login as HTTP Basic, and what they call the secret."""
_BEARER = {"telnyx": "api_key"}
"""Those whose secret is all that proves who asks."""
_HIDDEN = re.compile(r"[=\"]\*\*\*(?:[&\"]|$)")
_FORM = "application/x-www-form-urlencoded"
_PLAIN_NAME = re.compile(r"[\w.\[\]-]{1,60}", re.ASCII)

_TEST = '''{needs}
import httpx

SANDBOX = httpx.Client(base_url={api}{key}, timeout=60)


def send() -> None:
    """Write here what makes your program send; this is the request that was captured."""
    answer = httpx.post(
        {url},
        {who},
        content={content}.encode(),
    )
    answer.raise_for_status()


def test_{name}() -> None:
    newest = SANDBOX.get("/messages", params={{"project": {project}, "limit": 1}}).json()["messages"]
    after = newest[0]["id"] if newest else 0
    send()
    wanted = {{"project": {project}, "to": {to}, "after": after, "timeout": 10}}
    message = SANDBOX.get("/messages/wait", params=wanted).json()["message"]
    assert message is not None, "no message came within 10 seconds"
    assert message["from"] == {sender}
    assert message["body"]{without_code} == {body}
    assert message["segments"] == {segments}
'''
_NEEDS = '"""Needs pytest and httpx."""\n'
_NEEDS_KEY = '''"""Needs pytest, httpx, the secret of the project in {variable}, and a key in TEMPSMS_KEY:
tempsms apikey create --name tests --scope sandbox --project {project}
"""

import os
'''
_KEY = ', headers={"Authorization": "Bearer " + os.environ["TEMPSMS_KEY"]}'


@dataclass(frozen=True, slots=True)
class Login:
    """What proves who sends; without a `secret` that is the project's own, and in a variable. A token has no `name`."""

    name: str
    secret: str

    @property
    def for_shell(self) -> str:
        """The option for curl."""
        text = f"{self.name}:" if self.name else "Authorization: Bearer "
        quoted = shlex.quote(text + self.secret) if self.secret else f'"{text}${VARIABLE}"'
        return f"{'-u' if self.name else '-H'} {quoted}"

    def for_python(self, headers: Mapping[str, str]) -> str:
        """The arguments for httpx, with the other headers."""
        secret = _write(self.secret) if self.secret else f'os.environ["{VARIABLE}"]'
        if self.name:
            return f"auth=({_write(self.name)}, {secret}),\n        headers={_write(headers)}"
        return f'headers={_write(headers)} | {{"authorization": "Bearer " + {secret}}}'


def as_curl(message: CapturedMessage, address: str) -> str:
    """The request that sent a message, for a shell; an empty text where none can be made.

    `address` is where the sandbox is. The secret is in the text where everybody knows it, and in a variable elsewhere.
    """
    login = _find_login(message)
    if login is None:
        return ""
    request = message.request
    return write_curl(f"{address}{request['path']}", request["headers"], request["body"], login.for_shell)


def write_curl(url: str, headers: Mapping[str, str], body: str, login: str = "") -> str:
    """A POST for a shell."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    # curl takes brackets and braces in an address for patterns
    option = "--globoff " if re.search(r"[\[\]{}]", url) else ""
    parts = [f"curl {option}{shlex.quote(url)}", *([login] if login else [])]
    fields = _read_fields(body) if kind.lower().startswith(_FORM) else None
    if fields is None:
        shown = {name: value for name, value in headers.items() if name.lower() != "user-agent"}
        parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in shown.items()]
        parts.append(f"--data-raw {shlex.quote(body)}")
    else:
        parts += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in fields]
    return " \\\n  ".join(parts)


def as_test(message: CapturedMessage, address: str, code: str) -> str:
    """A test that sends the message again and waits for it; an empty text where none can be made.

    A code that its text has, if there is one, may be another one the next time.
    """
    login = _find_login(message)
    if login is None:
        return ""
    # A code may be found in another spelling than the text has
    code = code if code and code in message.body else ""
    given: dict[str, Any] = {
        "api": f"{address}/api/v1/sandbox",
        "url": f"{address}{message.request['path']}",
        "content": message.request["body"],
        "project": message.project.name,
        "to": message.recipient,
        "sender": message.sender,
        "body": message.body.replace(code, "CODE") if code else message.body,
        "segments": message.segments,
    }
    is_open = message.project.local
    return _TEST.format(
        needs=_NEEDS if is_open else _NEEDS_KEY.format(variable=VARIABLE, project=message.project.name),
        key="" if is_open else _KEY,
        **{key: _write(value) for key, value in given.items()},
        who=login.for_python(message.request["headers"]),
        name=f"message_to_{re.sub(r'[^0-9a-z]+', '_', message.recipient.lower()).strip('_') or 'a_phone'}",
        without_code='.replace(message["code"]["value"], "CODE")' if code else "",
    )


def _find_login(message: CapturedMessage) -> Login | None:
    """The login that sends such a message again; None where that is not known."""
    request, carrier = message.request, message.carrier
    secret_name = _BASIC.get(carrier) or _BEARER.get(carrier)
    credential = message.project.credentials.filter(carrier=carrier).first()
    if not secret_name or credential is None or isinstance(credential.sealed, Unreadable):
        return None
    # a login that was in the body is not kept
    body = request.get("body", "")
    if request.get("method") != "POST" or not body or _HIDDEN.search(body):
        return None
    # Only a local project's secret is shown; the others have theirs in a variable
    secret = first_secret(credential.sealed, secret_name) if message.project.local else ""
    return Login(credential.login if carrier in _BASIC else "", secret)


def _write(value: Any) -> str:
    """A text, a number or a table of texts as Python writes it: JSON but for its three words."""
    return json.dumps(value, ensure_ascii=False)


def _read_fields(body: str) -> list[tuple[str, str]] | None:
    """The fields of a form that curl can encode itself, or None."""
    try:
        fields = parse_qsl(body, keep_blank_values=True, strict_parsing=True, max_num_fields=200)
    except ValueError:
        return None
    return fields if all(_PLAIN_NAME.fullmatch(name) for name, _ in fields) else None
