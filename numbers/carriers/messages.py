"""Messages as adapters read and send them, and their delivery receipts."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with an MMS, still at the carrier."""

    url: str
    content_type: str = ""


_SMIL_TYPES = ("application/smil", "application/smil+xml")
_VAGUE_TYPES = (
    "",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain",
    "text/xml",
    "application/xml",
)
_SMIL_NAME = re.compile(r"(?:\A|/)(?:[^/]*\.smil?|smil(?:\.xml)?)\Z", re.IGNORECASE)


def is_presentation(content_type: str, name: str) -> bool:
    """Whether a part of an MMS only says how the others are laid out (SMIL), and is not an attachment.

    `name` is a file's name or path. It counts where the type says nothing (OMA MMS Conformance, section 7).
    """
    kind = content_type.partition(";")[0].strip().lower()
    return kind in _SMIL_TYPES or (kind in _VAGUE_TYPES and bool(_SMIL_NAME.search(name)))


@dataclass(frozen=True, slots=True)
class Part:
    """The place of a text in a message whose parts come one by one: `index` of `total`, counted from 1.

    `group` is the same for all parts of a message, and for no other message of that sender and recipient soon.
    `content` are the bytes of the text where the carrier hands on bytes: a part may end in the middle of a character,
    so they are joined before they are decoded by `charset` (see `charsets`). Without them the bodies are joined.
    """

    group: str
    index: int
    total: int
    content: bytes = b""
    charset: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One SMS or MMS that came in, or one part of it.

    `ref` is the carrier's id of the message (of the part, where parts come one by one), the same on every
    repetition; empty where the carrier gave none, and then `identity` is not. `recipient` is E.164 with `+` or a
    short code; `sender` is whatever the carrier reports: E.164, a
    short code or letters. `segments` is the carrier's own count, 0 if it reports none. A binary body is given in
    hex, with the flag "binary". `identity` is what a repetition has in common where the carrier's id is the event's and
    not the message's; it may hold the text, so only a keyed hash of it is stored. A presentation part among
    `media` is left out, whatever the adapter gives.
    """

    ref: str
    sender: str
    recipient: str
    body: str
    sent_at: datetime | None = None
    segments: int = 0
    media: tuple[Media, ...] = ()
    flags: tuple[str, ...] = ()
    part: Part | None = None
    identity: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        # Here, so that no adapter can forget it: pages counted the layout as an attachment
        kept = (item for item in self.media if not is_presentation(item.content_type, _path(item.url)))
        object.__setattr__(self, "media", tuple(kept))


def _path(url: str) -> str:
    """The path of an address, which may be malformed."""
    return url.partition("?")[0].partition("#")[0]


class Status(StrEnum):
    """Statuses of a message that we sent; they only move forward."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Receipt:
    """A delivery report for a message that we sent; `word` is the carrier's own status."""

    ref: str
    status: Status
    word: str = ""
    error_code: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent. `sender` is one of our numbers, or letters; `status_url` receives its delivery receipts."""

    sender: str
    recipient: str
    body: str
    media: tuple[str, ...] = ()
    status_url: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the carrier has accepted: its id there, and its size and price if the carrier reports them."""

    ref: str
    segments: int = 0
    price: Decimal | None = None
    currency: str = ""
