"""The carrier's side of a webhook, signed by the official SDK."""

import secrets
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator

TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Post:
    """A signed request, ready to be sent."""

    url: str
    body: bytes
    headers: dict[str, str]

    @property
    def raw(self) -> bytes:
        """As bytes on the wire."""
        address = urlsplit(self.url)
        headers = {"Host": address.netloc, "Content-Length": str(len(self.body)), **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST {address.path} HTTP/1.1\r\n{lines}\r\n".encode() + self.body


def sid() -> str:
    """A message id like Twilio's."""
    return "SM" + secrets.token_hex(16)


def form(body: str = "Your code is 123456", **changes: str) -> dict[str, str]:
    """The fields of Twilio's inbound webhook."""
    message = changes.get("MessageSid") or sid()
    values = {
        "ToCountry": "US",
        "ToState": "CA",
        "SmsMessageSid": message,
        "NumMedia": "0",
        "ToCity": "BRENTWOOD",
        "FromZip": "94514",
        "SmsSid": message,
        "FromState": "CA",
        "SmsStatus": "received",
        "FromCity": "BRENTWOOD",
        "Body": body,
        "FromCountry": "US",
        "To": "+15005550006",
        "ToZip": "94514",
        "NumSegments": "1",
        "MessageSid": message,
        "AccountSid": "AC" + "0" * 32,
        "From": "+14155550100",
        "ApiVersion": "2010-04-01",
    }
    return {**values, **changes}


def signed(url: str, fields: dict[str, str], token: str = TOKEN) -> Post:
    """A Twilio webhook as Twilio would send it."""
    headers = {
        "X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields),
        "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
    }
    return Post(url, urlencode(fields).encode(), headers)
