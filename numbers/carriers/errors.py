"""What can go wrong with a carrier.

    CarrierError
    ├── BadSignature     the request was not signed by the carrier: refuse it (403)
    ├── CannotVerify     nobody can tell now whether it was: the carrier should retry (503)
    ├── Unparsable       signed, but not in a shape we know: keep it raw, answer 2xx
    ├── Unsupported      the carrier has no such thing, by name
    └── CallFailed       a call to the carrier's API
        ├── Rejected     the carrier said no: nothing was done, nothing was spent
        │   └── NotSet   not asked: the account has no setting that the call needs
        └── Uncertain    no answer, or one we cannot read: the deed may have been done

A `CallFailed` says three things: whether trying again can help, whose fault it is, and what to tell a person.
"""

from collections.abc import Sequence
from typing import Any, Literal

Fault = Literal["us", "account", "carrier", "network"]


class CarrierError(Exception):
    """Any trouble with a carrier; its text never holds a secret or a message."""


class BadSignature(CarrierError):
    """The request does not prove that the carrier sent it; the text is the reason, for a counter."""


class CannotVerify(CarrierError):
    """What a signature is checked against cannot be had at the moment."""


class Unparsable(CarrierError):
    """A request with a good signature whose content we cannot use, or not all of it; the text says what is missing.

    `readable` are the events that can be used all the same.
    """

    def __init__(self, text: str, readable: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.readable = readable


class Unsupported(CarrierError):
    """The carrier has no such thing: `Unsupported("twilio", "search by colour")`."""

    def __init__(self, carrier: str, deed: str) -> None:
        super().__init__(f"{carrier} has no {deed}")
        self.carrier = carrier
        self.deed = deed


class CallFailed(CarrierError):
    """A call to the carrier's API that did not succeed."""

    def __init__(self, text: str, *, code: str = "", retry: bool = False, fault: Fault = "carrier") -> None:
        super().__init__(text)
        self.code = code
        self.retry = retry
        self.fault = fault


class Rejected(CallFailed):
    """The carrier answered that it did not do it."""


class NotSet(Rejected):
    """The account lacks a setting that the call needs, so the carrier was not asked."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the account has no {name}", fault="account")


class Uncertain(CallFailed):
    """Nobody knows whether it was done: never try again, list what we own and reconcile."""
