"""Twilio, signed by the official SDK."""

from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from numbers.carriers.base import Request
from tests.carrier_samples import RECIPIENT, SENDER, TEXT, URL, Sample


def sample(key: str) -> Sample:
    """A form with the fields that matter."""
    fields = {"FromCity": "", "MessageSid": "SM" + "0" * 32, "From": SENDER, "To": RECIPIENT, "Body": TEXT}
    fields |= {"NumSegments": "2", "NumMedia": "0"}
    signature = RequestValidator(key).compute_signature(URL, fields)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    request = Request("POST", URL, headers, urlencode(fields).encode())
    return Sample(request, "auth_token", key, "x-twilio-signature", signs_url=True, same=same_form)


def same_form(one: bytes, other: bytes) -> bool:
    """Twilio signs the decoded form: %2b is %2B."""
    forms = [parse_qsl(body.decode("latin-1"), keep_blank_values=True) for body in (one, other)]
    return sorted(forms[0]) == sorted(forms[1])
