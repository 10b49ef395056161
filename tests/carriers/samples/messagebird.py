"""MessageBird: a form whose JWT is made by PyJWT, the library that the official SDK checks it with."""

import hashlib
import warnings
from collections.abc import Mapping
from urllib.parse import urlencode

import jwt

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without


def token(
    key: str, url: str, body: bytes, algorithm: str = "HS256", changes: Mapping[str, object] | None = None
) -> str:
    """The signature of a request."""
    claims: dict[str, object] = {"iss": "MessageBird", "nbf": NOW, "exp": NOW + 60, "jti": "1"}
    claims["url_hash"] = hashlib.sha256(url.encode()).hexdigest()
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    with warnings.catch_warnings(action="ignore"):  # of short keys
        return jwt.encode({**claims, **(changes or {})}, key or "none", algorithm)


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A message to a long number; numbers are written without the plus."""
    fields = {"id": "e8077d803532c0b5937c639b60216938", "originator": SENDER[1:], "recipient": RECIPIENT[1:]}
    fields |= {"body": TEXT, "createdDatetime": "2026-09-21T14:13:20+00:00"}

    def request(fields: dict[str, str]) -> Request:
        body = urlencode(fields).encode()
        headers = {"MessageBird-Signature-JWT": token(key, url, body, changes={"nbf": now, "exp": now + 60})}
        headers |= {"content-type": "application/x-www-form-urlencoded"}
        return Request("POST", url, headers, body)

    return Sample(
        request(fields),
        "signing_key",
        key,
        "messagebird-signature-jwt",
        signs_url=True,
        segments=0,
        answer=b"OK",
        login={"price_month": "1.50"},
        textless=request(without(fields, "body")),
        login_call="GET rest.messagebird.com/balance",
    )
