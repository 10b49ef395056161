"""Errors of carriers and of calls to their APIs.

    CarrierError
    ├── BadSignature     the request was not signed by the carrier: refuse it (403)
    ├── CannotVerify     the signature cannot be checked at the moment: the carrier should retry (503)
    ├── Unparsable       signed, but not in a known shape: keep it raw, answer 2xx
    ├── Unsupported      the carrier or our adapter does not support a feature
    └── CallFailed       a call to the carrier's API
        ├── Rejected     the carrier said no: nothing was done, nothing was spent
        │   └── NotSet   no call was made: the account lacks a setting that it needs
        └── Uncertain    no answer, or an unreadable one: the change may have been made

A `CallFailed` has a text for people, and says whether a retry can help and whose fault it is.
"""

from collections.abc import Sequence
from typing import Any, Literal

Fault = Literal["us", "account", "carrier", "network"]


class CarrierError(Exception):
    """Any problem with a carrier; the text never contains a secret or a message."""


class BadSignature(CarrierError):
    """The request is not proven to come from the carrier; the text is the reason, for a counter."""


class CannotVerify(CarrierError):
    """What is needed to check a signature is not available at the moment."""


class Unparsable(CarrierError):
    """A correctly signed request whose content cannot be used, at least in part; the text says what is wrong.

    `readable` are the events that can be used.
    """

    def __init__(self, text: str, readable: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.readable = readable


class Unsupported(CarrierError):
    """The carrier or our adapter lacks a feature: `Unsupported("twilio", "searching by colour")`."""

    def __init__(self, carrier: str, feature: str) -> None:
        super().__init__(f"{carrier} does not support {feature}")
        self.carrier = carrier
        self.feature = feature


class CallFailed(CarrierError):
    """A call to the carrier's API that did not succeed."""

    def __init__(self, text: str, *, code: str = "", retry: bool = False, fault: Fault = "carrier") -> None:
        super().__init__(text)
        self.code = code
        self.retry = retry
        self.fault = fault


class Rejected(CallFailed):
    """The carrier refused: it did not do what was asked."""


def unanswered(refused: Rejected) -> CallFailed:
    """The error for a refused question about a change: it does not say whether the change was made."""
    return CallFailed(str(refused), code=refused.code, retry=True, fault=refused.fault)


class NotSet(Rejected):
    """The account lacks a setting that the call needs, so the carrier was not asked."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the account's setting {name} is missing", fault="account")


class Uncertain(CallFailed):
    """The outcome is unknown: never retry; list what we own and reconcile."""
