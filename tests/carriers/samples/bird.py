"""Bird: an event signed by the reference implementation of Standard Webhooks."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

from standardwebhooks import Webhook

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without

REF = "sms_01krdgeqcxet5s7t44vh8rt9mg"


def secret(key: str) -> str:
    """A secret of this name, in its written form; an empty one stays empty."""
    return "whsec_" + base64.b64encode(key.encode()).decode() if key else ""


def signed(key: str, body: bytes, at: int = NOW, url: str = URL) -> Request:
    """A request with this body."""
    signer = Webhook(key.encode() or b"none")
    signature = signer.sign("evt_1", datetime.fromtimestamp(at, UTC), body.decode())
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": signature}
    return Request("POST", url, {**headers, "content-type": "application/json"}, body)


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message."""
    data = {
        "sms_id": REF,
        "workspace_id": "ws_1",
        "from": SENDER,
        "to": RECIPIENT,
        "text": TEXT,
        "segments": {"count": SEGMENTS, "encoding": "UCS2", "characters": 60},
        "carrier": None,
    }

    def request(data: dict[str, Any]) -> Request:
        event = {"type": "sms.received", "timestamp": "2026-09-21T14:13:20Z", "data": data}
        return signed(key, json.dumps(event).encode(), now, url)

    return Sample(
        request(data),
        "webhook_secret",
        secret(key),
        "webhook-signature",
        login={"api_key": "bk_us1_x"},
        textless=request(without(data, "text")),
        login_call="GET us1.platform.bird.com/v1/numbers",
    )
