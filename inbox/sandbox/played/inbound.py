"""Messages from phones to programs, and what carriers make of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numbers.carriers.messages import Media


@dataclass(frozen=True, slots=True)
class PhoneMessage:
    """What a phone sends to a number of a program; `login` is that of the program's account.

    `details` are those of the last message that the program sent to the phone: a carrier with two APIs passes an
    answer on in the form of the one that was used.
    """

    sender: str
    recipient: str
    body: str
    segments: int
    login: str
    media: tuple[Media, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenInbound:
    """A message as its carrier passes it on, and the id that the carrier gave it.

    `more` are the bodies of further webhooks, where the carrier passes on the parts of a long message one by one.
    """

    ref: str
    content_type: str
    body: str
    more: tuple[str, ...] = ()
