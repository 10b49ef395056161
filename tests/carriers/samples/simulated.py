"""The simulated carrier."""

import json

from numbers.carriers.contract import Request
from numbers.carriers.simulated.webhooks import signature_header
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """Its JSON."""
    said: dict[str, object] = {"id": "SX1", "from": SENDER, "to": RECIPIENT, "text": TEXT, "segments": 2}

    def request(said: dict[str, object]) -> Request:
        body = json.dumps(said).encode()
        return Request("POST", url, signature_header(key, now, body), body)

    return Sample(
        request(said),
        "signing_key",
        key,
        "x-simulated-signature",
        calls_http=False,
        textless=request(without(said, "text")),
    )
