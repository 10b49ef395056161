"""Plivo: a form signed V3 by the official SDK."""

from urllib.parse import urlencode

from plivo.utils.signature_v3 import construct_post_url, get_signature_v3

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SEGMENTS, SENDER, TEXT, URL, Sample, without
from tests.carriers.samples.twilio import same_form

REF = "5b40a428-bfc7-4daf-9d06-726c558bf3b8"


def signature(key: str, url: str, fields: dict[str, str], nonce: str = "n1") -> str:
    """The V3 signature of a POST."""
    address = construct_post_url(url, dict(fields)).decode()
    made: bytes = get_signature_v3(key.encode(), address, nonce)
    return made.decode()


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A received message; numbers are written without the plus."""
    fields = {"From": SENDER[1:], "To": RECIPIENT[1:], "Text": TEXT, "Type": "sms", "MessageUUID": REF}
    fields |= {"Units": str(SEGMENTS), "TotalRate": "0", "TotalAmount": "0"}

    def request(fields: dict[str, str]) -> Request:
        headers = {"x-plivo-signature-ma-v3": signature(key, url, fields), "x-plivo-signature-v3-nonce": "n1"}
        headers |= {"content-type": "application/x-www-form-urlencoded"}
        return Request("POST", url, headers, urlencode(fields).encode())

    return Sample(
        request(fields),
        "auth_token",
        key,
        "x-plivo-signature-ma-v3",
        signs_url=True,
        same=same_form,
        textless=request(without(fields, "Text")),
        login_call="GET api.plivo.com/v1/Account/1/",
    )
