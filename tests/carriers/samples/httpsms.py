"""httpSMS: a CloudEvent under a JWT made by PyJWT, with the claims of its webhook service."""

import json
import warnings
from collections.abc import Mapping

import jwt

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without

REF = "32343a19-da5e-4b1b-a767-3298a73703cb"


def token(key: str, changes: Mapping[str, object] | None = None) -> str:
    """Names issuer, address, user and twenty minutes; not the body."""
    claims = {
        "iss": "api.httpsms.com",
        "aud": [URL],
        "sub": "u1",
        "iat": NOW,
        "nbf": NOW - 600,
        "exp": NOW + 600,
    }
    with warnings.catch_warnings(action="ignore"):  # of short keys
        return jwt.encode({**claims, **(changes or {})}, key or "none", "HS256")


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message."""
    data: dict[str, object] = {"message_id": REF, "user_id": "u1", "owner": RECIPIENT, "contact": SENDER}
    data |= {"encrypted": False}
    data |= {"timestamp": "2026-09-21T16:13:20+02:00", "content": TEXT, "sim": "SIM1", "attachments": None}
    event = {
        "specversion": "1.0",
        "id": "e1",
        "source": "/v1/messages/receive",
        "type": "message.phone.received",
    }
    bearer = token(key, {"aud": [url], "nbf": now - 600, "exp": now + 600})
    headers = {"authorization": f"Bearer {bearer}", "x-event-type": "message.phone.received"}

    def request(data: dict[str, object]) -> Request:
        body = json.dumps({**event, "datacontenttype": "application/json", "data": data}).encode()
        return Request("POST", url, headers, body)

    return Sample(
        request(data),
        "signing_key",
        key,
        "authorization",
        signs_url=True,
        signs_body=False,
        segments=0,
        unsigned_headers=("x-event-type",),
        textless=request(without(data, "content")),
        login_call="GET api.httpsms.com/v1/phones",
    )
