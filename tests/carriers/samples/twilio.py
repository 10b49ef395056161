"""Twilio, signed by the official SDK."""

from urllib.parse import parse_qsl, urlencode

from twilio.request_validator import RequestValidator

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A form with the fields that matter."""
    fields = {"FromCity": "", "MessageSid": "SM" + "0" * 32, "From": SENDER, "To": RECIPIENT, "Body": TEXT}
    fields |= {"NumSegments": "2", "NumMedia": "0"}

    def request(fields: dict[str, str]) -> Request:
        signature = RequestValidator(key).compute_signature(url, fields)
        headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", url, headers, urlencode(fields).encode())

    return Sample(
        request(fields),
        "auth_token",
        key,
        "x-twilio-signature",
        signs_url=True,
        same=same_form,
        other_headers=("x-twilio-webhooks-signature-settings",),
        textless=request(without(fields, "Body")),
        login_call="GET api.twilio.com/2010-04-01/Accounts/1.json",
    )


def same_form(one: bytes, other: bytes) -> bool:
    """Twilio signs the decoded form: %2b is %2B."""
    forms = [parse_qsl(body.decode("latin-1"), keep_blank_values=True) for body in (one, other)]
    return sorted(forms[0]) == sorted(forms[1])
