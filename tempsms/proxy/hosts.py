"""The hosts of the carriers that the sandbox captures, and the path of each in it."""

from collections.abc import Collection, Iterable

_REGION = r"(\.[a-z0-9-]+){0,2}"
"""Twilio's edge and region, as in api.sydney.au1.twilio.com."""
HOSTS = {
    # their paths differ, so they share one
    "twilio": {rf"(api|messaging|verify|lookups){_REGION}\.twilio\.com": ""},
    "vonage": {r"(rest|api|api-[a-z]+)\.nexmo\.com": "", r"(api|api-[a-z]+)\.vonage\.com": ""},
    "telnyx": {r"api\.telnyx\.com": ""},
    "plivo": {r"api\.plivo\.com": ""},
    "aws": {r"(sns|sms-voice)\.[a-z0-9-]+\.amazonaws\.com": ""},
    "sinch": {r"(us|eu|au|br|ca)\.sms\.api\.sinch\.com": ""},
    "bandwidth": {r"messaging\.bandwidth\.com": ""},
    "infobip": {r"([a-z0-9]+\.)?api\.infobip\.com": ""},
    "messagebird": {r"rest\.messagebird\.com": ""},
}
"""By carrier: an expression that matches all of a host's name, and what its paths have before them."""


def list_paths(captured: Collection[str]) -> Iterable[tuple[str, str]]:
    """The hosts of carriers that are captured, each with its path in the sandbox."""
    for carrier, hosts in HOSTS.items():
        if carrier in captured:
            for host, prefix in hosts.items():
                yield host, f"/capture/{carrier}{prefix}"
