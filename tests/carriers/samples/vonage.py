"""Vonage: a message of the Messages API; its JWT is made by PyJWT, with which the official SDK checks it."""

import hashlib
import json
import warnings
from collections.abc import Mapping

import jwt

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without


def token(key: str, body: bytes, changes: Mapping[str, object] | None = None) -> str:
    """The signature of a request."""
    claims: dict[str, object] = {"iss": "Vonage", "iat": NOW, "jti": "1", "api_key": "abcd1234"}
    claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    with warnings.catch_warnings(action="ignore"):  # of short keys
        return jwt.encode({**claims, **(changes or {})}, key or "none", "HS256")


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message; numbers are written without the plus."""
    said: dict[str, object] = {
        "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        "to": RECIPIENT[1:],
        "from": SENDER[1:],
        "timestamp": "2026-09-21T14:13:20Z",
        "channel": "sms",
        "message_type": "text",
        "text": TEXT,
        "sms": {"num_messages": str(SEGMENTS), "keyword": "YOUR"},
    }

    def request(said: dict[str, object]) -> Request:
        body = json.dumps(said).encode()
        bearer = token(key, body, {"iat": now})
        headers = {"authorization": f"Bearer {bearer}", "content-type": "application/json"}
        return Request("POST", url, headers, body)

    return Sample(
        request(said),
        "signature_secret",
        key,
        "authorization",
        textless=request(without(said, "text")),
        login_call="GET rest.nexmo.com/account/get-balance",
    )
