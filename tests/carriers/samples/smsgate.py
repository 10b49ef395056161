"""SMS Gateway: an event whose signature is computed here, as the app's documentation tells."""

import hashlib
import hmac
import json

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without

REF = "Ey6ECgOkVVFjz3CL48B8C"


def signed(key: str, body: bytes, at: int = NOW, url: str = URL) -> Request:
    """A request with this body."""
    signature = hmac.new(key.encode(), body + str(at).encode(), hashlib.sha256).hexdigest()
    return Request("POST", url, {"x-signature": signature, "x-timestamp": str(at)}, body)


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received SMS."""
    payload: dict[str, object] = {
        "messageId": "abc123",
        "message": TEXT,
        "sender": SENDER,
        "recipient": RECIPIENT,
        "simNumber": 1,
    }
    payload |= {"receivedAt": "2026-09-21T16:13:20.000+02:00"}

    def request(payload: dict[str, object]) -> Request:
        event = {"deviceId": "d1", "event": "sms:received", "id": REF, "webhookId": "w1", "payload": payload}
        return signed(key, json.dumps(event).encode(), now, url)

    login = {"base_url": "https://gate.example/3rdparty/v1"}
    return Sample(
        request(payload),
        "signing_key",
        key,
        "x-signature",
        segments=0,
        login=login,
        textless=request(without(payload, "message")),
        login_call="GET gate.example/3rdparty/v1/webhooks",
    )
