"""Bandwidth: a list of one event, with a login."""

import json

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without
from tests.carriers.samples.infobip import login

REF = "14762070468292kw2fuqty55yp2b2"


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message."""
    message: dict[str, object] = {
        "id": REF,
        "owner": RECIPIENT,
        "applicationId": "a1",
        "time": "2026-09-21T14:13:20.000Z",
    }
    message |= {"segmentCount": SEGMENTS, "direction": "in", "to": [RECIPIENT], "from": SENDER, "text": TEXT}
    headers = {**login(key), "content-type": "application/json; charset=utf-8"}

    def request(message: dict[str, object]) -> Request:
        event = {"time": "2026-09-21T14:13:21Z", "type": "message-received", "to": RECIPIENT}
        return Request("POST", url, headers, json.dumps([{**event, "message": message}]).encode())

    return Sample(
        request(message),
        "password",
        key,
        "authorization",
        signs_body=False,
        others={"username": "carrier"},
        login={"price_month": "0.35"},
        textless=request(without(message, "text")),
        login_call="GET dashboard.bandwidth.com/api/v1/accounts/1/inserviceNumbers",
        login_answer=b"<TNs><TotalCount>0</TotalCount></TNs>",
    )
