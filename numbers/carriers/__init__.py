"""Carriers by name: `numbers.carriers.get("twilio")`."""

from functools import cache
from importlib import import_module

from numbers.carriers.contract import Answer, Carrier, Request
from numbers.carriers.errors import BadSignature, CannotVerify, CarrierError, Unparsable, Unsupported

__all__ = [
    "Answer",
    "BadSignature",
    "CannotVerify",
    "Carrier",
    "CarrierError",
    "Request",
    "Unparsable",
    "Unsupported",
    "get",
    "names",
]

_CLASSES = {
    "aws": "Aws",
    "bandwidth": "Bandwidth",
    "bird": "Bird",
    "httpsms": "HttpSms",
    "infobip": "Infobip",
    "jasmin": "Jasmin",
    "kannel": "Kannel",
    "messagebird": "MessageBird",
    "plivo": "Plivo",
    "signalwire": "SignalWire",
    "simulated": "Simulated",
    "sinch": "Sinch",
    "smsgate": "SmsGate",
    "telnyx": "Telnyx",
    "twilio": "Twilio",
    "vonage": "Vonage",
}


def get(name: str) -> Carrier:
    """The adapter of this carrier; KeyError names the ones that exist."""
    if name not in _CLASSES:
        raise KeyError(f"no carrier {name!r}; there are: {', '.join(names())}")
    return _load(name)


@cache  # loaded when it is first needed: a process that never meets a carrier does not pay for it
def _load(name: str) -> Carrier:
    adapter: Carrier = getattr(import_module(f"numbers.carriers.{name}"), _CLASSES[name])()
    return adapter


def names() -> list[str]:
    """Names of all carriers, sorted."""
    return sorted(_CLASSES)
