"""The simulated carrier."""

import json

from numbers.carriers.base import Request
from numbers.carriers.simulated import signature_header
from tests.carrier_samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample


def sample(key: str) -> Sample:
    """Its JSON."""
    said = {"id": "SX1", "from": SENDER, "to": RECIPIENT, "text": TEXT, "segments": 2}
    body = json.dumps(said).encode()
    return Sample(
        Request("POST", URL, signature_header(key, NOW, body), body),
        "signing_key",
        key,
        "x-simulated-signature",
    )
