"""Kannel: everything in the query; nothing is signed, the token stands in the address."""

from urllib.parse import urlencode

from numbers.carriers.base import Request
from tests.carrier_samples import RECIPIENT, SENDER, TEXT, URL, Sample


def sample(key: str) -> Sample:
    """A message."""
    fields = {"token": key, "from": SENDER, "to": RECIPIENT, "text": TEXT, "raw": TEXT, "coding": "2"}
    fields |= {
        "charset": "UTF-8",
        "udh": "",
        "ts": "2026-09-21 14:13",
        "id": "b9a3a5c0-15c6-4f6d-a8ed-5f6f3b7e0a01",
    }
    request = Request("GET", f"{URL}?{urlencode(fields)}", {})
    login = {"base_url": "http://gate.example:13013"}
    unsigned = Request("GET", f"{URL}?{urlencode({**fields, 'token': ''})}", {})
    return Sample(request, "token", key, "", signs_body=False, segments=0, login=login, unsigned=unsigned)
