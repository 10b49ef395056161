"""Sinch: a callback whose signature is computed here; the official SDK checks it in its own tests."""

import base64
import hashlib
import hmac
import json

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without

REF = "01FC66621XXXXX119Z8PMV1QPA"
HEADER = "x-sinch-webhook-signature"


def signed(key: str, body: bytes, at: int = NOW, url: str = URL) -> Request:
    """A request with this body."""
    signature = hmac.new(key.encode(), body + f".n1.{at}".encode(), hashlib.sha256).digest()
    headers = {
        HEADER: base64.b64encode(signature).decode(),
        f"{HEADER}-nonce": "n1",
        f"{HEADER}-timestamp": str(at),
    }
    return Request("POST", url, {**headers, f"{HEADER}-algorithm": "HmacSHA256"}, body)


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message; numbers are written without the plus."""
    said = {"type": "mo_text", "id": REF, "from": SENDER[1:], "to": RECIPIENT[1:], "body": TEXT}
    said |= {"operator_id": "310260", "received_at": "2026-09-21T14:13:20Z"}
    return Sample(
        signed(key, json.dumps(said).encode(), now, url),
        "webhook_secret",
        key,
        HEADER,
        segments=0,
        unsigned_headers=(f"{HEADER}-algorithm",),  # a name, whatever its case
        login={"region": "eu"},
        textless=signed(key, json.dumps(without(said, "body")).encode(), now, url),
        login_call="GET numbers.api.sinch.com/v1/projects/1/activeNumbers",
    )
