"""Infobip: a batch of one, with a login."""

import base64
import json

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without

REF = "ff4804ef-6ab6-4abd-984d-ab3b1387e852"


def login(password: str, name: str = "carrier") -> dict[str, str]:
    """The header of HTTP Basic (RFC 7617)."""
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message; numbers are written without the plus."""
    result: dict[str, object] = {
        "messageId": REF,
        "from": SENDER[1:],
        "to": RECIPIENT[1:],
        "text": TEXT,
        "cleanText": TEXT,
        "keyword": "K",
    }
    result |= {"receivedAt": "2026-09-21T14:13:20.000+0000", "smsCount": SEGMENTS, "callbackData": None}
    headers = {**login(key), "content-type": "application/json"}

    def request(result: dict[str, object]) -> Request:
        said = {"results": [result], "messageCount": 1, "pendingMessageCount": 0}
        return Request("POST", url, headers, json.dumps(said).encode())

    return Sample(
        request(result),
        "password",
        key,
        "authorization",
        signs_body=False,
        others={"username": "carrier"},
        login={"base": "xxxxx"},
        textless=request(without(result, "text", "cleanText")),
        login_call="GET xxxxx.api.infobip.com/numbers/1/numbers",
    )
