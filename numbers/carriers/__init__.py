"""Carriers by name: `numbers.carriers.get("twilio")` reads their webhooks, `connect` calls their APIs."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import httpx

from numbers.carriers.contract import Answer, Api, Carrier, Feature, Request, Secrets
from numbers.carriers.errors import BadSignature, CannotVerify, CarrierError, Unparsable, Unsupported

__all__ = [
    "Answer",
    "Api",
    "BadSignature",
    "CannotVerify",
    "Carrier",
    "CarrierError",
    "Request",
    "Unparsable",
    "Unsupported",
    "connect",
    "features",
    "get",
    "names",
    "register",
]

# A folder each, whose package names the `Api`; it is imported when it is first needed, so that a process that never
# meets a carrier does not pay for it
_FOLDERS = frozenset(
    (
        *("aws", "bandwidth", "bird", "httpsms", "infobip", "jasmin", "kannel", "messagebird"),
        *("plivo", "signalwire", "simulated", "sinch", "smsgate", "telnyx", "twilio", "vonage"),
    )
)
_adapters: dict[str, tuple[Carrier, type[Api]]] = {}


def get(name: str) -> Carrier:
    """The adapter that reads this carrier's webhooks; KeyError names the carriers that exist."""
    return _load_adapter(name)[0]


def connect(name: str, secrets: Secrets, http: httpx.Client | None = None) -> Api:
    """The carrier's API for the account with these secrets, to be used as a context manager; KeyError as with `get`."""
    return _load_adapter(name)[1](secrets, http)


def features(name: str) -> frozenset[Feature]:
    """What this carrier's adapter can do; KeyError as with `get`."""
    return _load_adapter(name)[1].features()


def names() -> list[str]:
    """Names of all carriers, sorted."""
    return sorted(_FOLDERS | _adapters.keys())


@contextmanager
def register(api: type[Api]) -> Iterator[None]:
    """Add an adapter, in place of the one with its name if there is one, for the time of a `with` block."""
    name = api.carrier.name
    before = _adapters.get(name)
    _adapters[name] = api.carrier(), api
    try:
        yield
    finally:
        del _adapters[name]
        if before:
            _adapters[name] = before


def _load_adapter(name: str) -> tuple[Carrier, type[Api]]:
    if name not in _adapters:
        if name not in _FOLDERS:
            raise KeyError(f"no carrier {name!r}; there are: {', '.join(names())}")
        api: type[Api] = import_module(f"numbers.carriers.{name}").Api
        _adapters[name] = api.carrier(), api
    return _adapters[name]
