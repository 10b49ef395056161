"""Carriers by name: `numbers.carriers.get("twilio")`."""

from numbers.carriers.base import Answer, Carrier, Request
from numbers.carriers.errors import BadSignature, CarrierError, Unparsable, Unsupported
from numbers.carriers.simulated import Simulated
from numbers.carriers.twilio import Twilio

__all__ = [
    "Answer",
    "BadSignature",
    "Carrier",
    "CarrierError",
    "Request",
    "Unparsable",
    "Unsupported",
    "get",
    "names",
]

_CARRIERS: dict[str, Carrier] = {carrier.name: carrier for carrier in (Twilio(), Simulated())}


def get(name: str) -> Carrier:
    """The adapter of this carrier; KeyError names the ones that exist."""
    try:
        return _CARRIERS[name]
    except KeyError:
        raise KeyError(f"no carrier {name!r}; there are: {', '.join(names())}") from None


def names() -> list[str]:
    """Names of all carriers, sorted."""
    return sorted(_CARRIERS)
