"""SignalWire: Twilio's form and algorithm under another header."""

from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from numbers.carriers.contract import Request
from tests.carriers.samples import NOW, RECIPIENT, SENDER, TEXT, URL, Sample, without
from tests.carriers.samples.twilio import same_form

LOGIN = {"space": "example", "price_local": "0.50", "price_toll_free": "1.00"}


def sample(key: str, url: str = URL, now: int = NOW) -> Sample:
    """A form with the fields that matter; ids are UUIDs."""
    fields = {
        "MessageSid": "0b4c9d7e-52a1-4f0e-8a33-6d1f7c2b9e10",
        "From": SENDER,
        "To": RECIPIENT,
        "Body": TEXT,
    }
    fields |= {"NumSegments": "2", "NumMedia": "0"}

    def request(fields: dict[str, str]) -> Request:
        signature = RequestValidator(key).compute_signature(url, fields)
        headers = {"X-SignalWire-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
        return Request("POST", url, headers, urlencode(fields).encode())

    return Sample(
        request(fields),
        "signing_key",
        key,
        "x-signalwire-signature",
        signs_url=True,
        same=same_form,
        login=LOGIN,
        textless=request(without(fields, "Body")),
        login_call="GET example.signalwire.com/api/laml/2010-04-01/Accounts/1",
    )
