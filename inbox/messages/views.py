"""Messages: whole, and as their readers get them.

Only a view leaves this room: it names each of its fields, and each kind of reader gets values chosen here. A field that
is added to a message is shown to nobody until it is added here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from inbox.messages import file_types
from inbox.messages.redaction import Change, Span, redact, shown_in_view, shown_sender, visible

File = dict[str, str]
"""`url` and `content_type` of an attachment."""


@dataclass(frozen=True, slots=True)
class Code:
    """The one-time code that is offered, how certain it is (0 to 1), and why."""

    value: str
    confidence: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as a reader may see it; spans are (start, end) in code points of `body` or `sender`."""

    id: int
    number: str
    direction: str
    sender: str
    body: str
    received_at: datetime
    segments: int
    encoding: str
    code: Code | None
    code_spans: Sequence[Span]
    sealed_spans: Sequence[Span]
    sealed_sender_spans: Sequence[Span]
    sealed_until: datetime | None
    flags: Sequence[str]
    media: Sequence[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The message as pages, sockets and the API have it: times in RFC 3339, UTC, to the millisecond."""
        until = rfc3339(self.sealed_until) if self.sealed_until else None
        return {
            "id": self.id,
            "number": self.number,
            "direction": self.direction,
            "from": self.sender,
            "to": self.number,
            "body": self.body,
            "received_at": rfc3339(self.received_at),
            "segments": self.segments,
            "encoding": self.encoding,
            "code": self.code and _code_as_json(self.code, until),
            "code_spans": self.code_spans,
            "sealed": until
            and {"body": self.sealed_spans, "from": self.sealed_sender_spans, "expires_at": until},
            "flags": self.flags,
            "media": self.media,
        }


@dataclass(frozen=True, slots=True)
class WholeMessage:
    """A message as it arrived, before it is prepared for a reader.

    `code_spans` are those of its code, `sealed_spans` all that expires with the code at `sealed_until`, `blank_spans`
    those of what has expired.
    """

    id: int
    number: str
    direction: str
    sender: str
    body: str
    received_at: datetime
    segments: int
    encoding: str
    code: Code | None
    code_spans: Sequence[Span]
    sealed_spans: Sequence[Span]
    sealed_sender_spans: Sequence[Span]
    sealed_until: datetime | None
    flags: Sequence[str]
    media: Sequence[File]
    blank_spans: Sequence[Span] = ()

    def public(self) -> MessageView:
        """Return it as strangers get it: private numbers and addresses redacted, attachments only by known types."""
        files = [{"content_type": file_types.known(file["content_type"])} for file in self.media]
        return self._make_view(redact, shown_sender(self.sender), files)

    def for_holder(self) -> MessageView:
        """Return it as the renter of the number gets it: nothing redacted, but nothing that reorders or hides."""
        files = [
            {"content_type": file_types.bare(file["content_type"]), "fetchable": is_fetchable(file)}
            for file in self.media
        ]
        return self._make_view(visible, visible(self.sender), files)

    def _make_view(self, change: Change, sender: str, files: list[dict[str, Any]]) -> MessageView:
        body, places = shown_in_view(self.body, self.sealed_spans or self.blank_spans, change)
        sealed_in_sender: Iterable[Span] = ()
        if self.sealed_sender_spans:
            sender, moved = shown_in_view(self.sender, self.sealed_sender_spans, change)
            sealed_in_sender = moved.values()
        return MessageView(
            id=self.id,
            number=self.number,
            direction=self.direction,
            sender=sender,
            body=body,
            received_at=self.received_at,
            segments=self.segments,
            encoding=self.encoding,
            code=self.code if self.sealed_until else None,
            code_spans=[places[span] for span in self.code_spans if span in places],
            sealed_spans=list(places.values()) if self.sealed_spans else [],
            sealed_sender_spans=list(sealed_in_sender),
            sealed_until=self.sealed_until,
            flags=self.flags,
            media=files,
        )


def is_fetchable(file: File) -> bool:
    """Whether a file has an address; phones also name files that they keep to themselves."""
    return file["url"].lower().startswith("https://")


@lru_cache(maxsize=64)  # the messages of a batch have one time
def rfc3339(at: datetime) -> str:
    """Format a time in UTC with milliseconds: 2026-11-22T10:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _code_as_json(code: Code, until: str | None) -> dict[str, Any]:
    return {
        "value": code.value,
        "confidence": code.confidence,
        "reason": code.reason,
        "expires_at": until,
    }
