"""A signed inbound message of each carrier: `tests.carriers.samples.get("twilio", key)`; one module a carrier."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from importlib import import_module
from typing import Any

from numbers.carriers.contract import Request, Secrets

NOW = 1_790_000_000
URL = "https://sms.example/webhooks/carrier/AbCdEf0123/"
TEXT = "Your code is 123456 – don't share it! שלום 👋"
SENDER, RECIPIENT, SEGMENTS = "+14155550100", "+15005550006", 2


@dataclass(frozen=True)
class Sample:
    """A message that says SENDER, RECIPIENT, TEXT and perhaps SEGMENTS, signed at NOW for URL, and what is signed.

    `secret` names the setting that checks the signature; `value` is what it must hold (a key's public half, say),
    `others` are settings that verifying needs beside it. `header` carries the signature; when none does it is "",
    and `unsigned` is the request without what proves it. `textless` is a signed message that has neither a field for
    its text nor a file.
    `unsigned_headers` beside it are not signed (content-type never is); `other_headers` would change how it is checked.
    `answer` is the body of a plain answer. Whether the API is called by HTTP, `calls_http` says.
    `same` says whether two bodies are one to the signer. `login` are settings whose form the API's calls check,
    `login_call` ("GET host/path") is what `log_in` asks for with them and all others 1, `login_answer` what lets it in.
    """

    request: Request
    secret: str
    value: str
    header: str
    _: KW_ONLY
    textless: Request
    signs_url: bool = False
    signs_body: bool = True
    segments: int = SEGMENTS
    unsigned_headers: tuple[str, ...] = ()
    other_headers: tuple[str, ...] = ()
    answer: bytes = b""
    calls_http: bool = True
    same: Callable[[bytes, bytes], bool] = bytes.__eq__
    others: Mapping[str, str] = field(default_factory=dict)
    login: Mapping[str, str] = field(default_factory=dict)
    login_call: str = ""
    login_answer: bytes = b"{}"
    unsigned: Request | None = None

    def secrets(self, *values: str) -> Secrets:
        """Settings with these values of the secret; with the right one when none is given."""
        return {**self.others, self.secret: list(values or [self.value])}


def without(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The same without some of its fields."""
    return {name: value for name, value in said.items() if name not in names}


def get(name: str, key: str, url: str = URL, now: int = NOW) -> Sample:
    """The sample of a carrier, signed with a key of this name (an empty one included) for an address and a time."""
    found: Sample = import_module(f"tests.carriers.samples.{name}").sample(key, url, now)
    return found
