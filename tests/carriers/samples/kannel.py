"""Kannel: everything in the query; nothing is signed, the token stands in the address."""

from collections.abc import Mapping
from urllib.parse import urlencode

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A message."""
    fields = {
        "token": key,
        "from": SENDER,
        "to": RECIPIENT,
        "raw": TEXT.encode("utf-16-be").decode("latin-1"),  # its bytes
        "coding": "2",
        "charset": "UTF-16BE",
        "udh": "",
        "ts": "2026-09-21 14:13:20",
        "id": "b9a3a5c0-15c6-4f6d-a8ed-5f6f3b7e0a01",
    }

    def request(fields: Mapping[str, str]) -> Request:
        return Request("GET", f"{url}?{urlencode(fields, encoding='latin-1')}", {})

    return Sample(
        request(fields),
        "token",
        key,
        "",
        signs_body=False,
        segments=0,
        login={"base_url": "http://gate.example:13013"},
        unsigned=request({**fields, "token": ""}),
        textless=request(without(fields, "raw")),
    )
