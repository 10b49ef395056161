"""Jasmin: UCS-2 bytes in a form; nothing is signed, the token stands in the address."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, urlencode

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A message, whose content is UTF-16 as the SMSC sent it."""
    raw = TEXT.encode("utf-16-be")
    fields = {
        "id": "16fd2706-8baf-433b-82eb-8c7fada847da",
        "from": SENDER,
        "to": RECIPIENT[1:],
        "coding": "\x08",
    }
    fields |= {"origin-connector": "demo", "content": raw.decode("latin-1"), "binary": raw.hex()}
    headers = {"content-type": "application/x-www-form-urlencoded"}
    address = f"{url}?token={quote(key, safe='')}"

    def request(fields: Mapping[str, str]) -> Request:
        return Request("POST", address, headers, urlencode(fields, encoding="latin-1").encode())

    return Sample(
        request(fields),
        "token",
        key,
        "",
        signs_body=False,
        segments=0,
        answer=b"ACK/Jasmin",
        login={"base_url": "http://gate.example:1401"},
        unsigned=replace(request(fields), url=url),
        textless=request(without(fields, "content", "binary")),
        login_call="GET gate.example/balance",
    )
