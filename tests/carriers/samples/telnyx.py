"""Telnyx: an event signed by PyNaCl, the library that the official SDK checks with."""

import base64
import hashlib
import json

from nacl.signing import SigningKey

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without

REF = "84cca175-9755-4859-b67f-4730d7f58aa3"


def signing_key(key: str) -> SigningKey:
    """A key pair of this name."""
    return SigningKey(hashlib.sha256(key.encode()).digest())


def public(key: str) -> str:
    """Its public half as Telnyx shows it; an empty name has none."""
    return base64.b64encode(bytes(signing_key(key).verify_key)).decode() if key else ""


def signed(key: str, body: bytes, at: int = NOW, url: str = URL) -> Request:
    """A request with this body."""
    signature = signing_key(key).sign(f"{at}|".encode() + body).signature
    headers = {"telnyx-signature-ed25519": base64.b64encode(signature).decode(), "telnyx-timestamp": str(at)}
    return Request("POST", url, {**headers, "content-type": "application/json"}, body)


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message."""
    payload: dict[str, object] = {
        "id": REF,
        "direction": "inbound",
        "type": "SMS",
        "from": {"phone_number": SENDER, "carrier": "", "line_type": ""},
        "to": [{"phone_number": RECIPIENT, "status": "webhook_delivered"}],
        "text": TEXT,
        "media": [],
        "parts": SEGMENTS,
        "received_at": "2026-09-21T14:13:20.000+00:00",
    }
    event = {"event_type": "message.received", "id": "e1", "occurred_at": "2026-09-21T14:13:20Z"}

    def request(payload: dict[str, object]) -> Request:
        said = {"data": {**event, "payload": payload}, "meta": {"attempt": 1}}
        return signed(key, json.dumps(said).encode(), now, url)

    return Sample(
        request(payload),
        "public_key",
        public(key),
        "telnyx-signature-ed25519",
        textless=request(without(payload, "text")),
        login_call="GET api.telnyx.com/v2/balance",
    )
