"""Requests as Twilio sends them, signed by its official SDK."""

from typing import Any
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import BadSignature
from numbers.carriers.messages import Inbound, Receipt

URL = "https://sms.example/webhooks/twilio/AbCdEf0123/"
TOKEN = "0123456789abcdef0123456789abcdef"
FORM = "application/x-www-form-urlencoded"
TWILIO = carriers.get("twilio")


def request(fields: Any, url: str = URL, method: str = "POST", **headers: str) -> Request:
    """A request signed by the official SDK."""
    signature = RequestValidator(TOKEN).compute_signature(url, fields if method == "POST" else {})
    body = urlencode(fields, doseq=True).encode() if method == "POST" else b""
    return Request(method, url, {"X-Twilio-Signature": signature, "Content-Type": FORM, **headers}, body)


def message(**changes: str) -> dict[str, str]:
    return {"MessageSid": "SM1", "From": "+14155550100", "To": "+15005550006", "Body": "hello", **changes}


def verified(given: Request, **secrets: str) -> bool:
    try:
        TWILIO.verify(given, secrets or {"auth_token": TOKEN}, 0)
    except BadSignature:
        return False
    return True


def read(**fields: str) -> Inbound | Receipt:
    (event,) = TWILIO.parse(request(fields))
    return event
