"""What goes through a live socket: one JSON text a frame, made once for all viewers.

{"type": "message", "id": 7, "message": {...}, "html": "<li ...>"}
{"type": "redacted", "id": 7}    its code has expired
{"type": "withheld", "id": 7}    it was taken off public pages
{"type": "restored", "id": 7}    it may be shown again, and comes once more as a message
{"type": "retired", "id": 0}     the number or the rental has ended, or the link to it was revoked; the socket closes
{"type": "ask", "id": 0}         something may have been missed: ask the poll, within ten seconds or so
{"type": "beat", "id": 0}        nothing is new, but the connection lives: every 15 s

New types may join them: whoever reads frames passes over those that it does not know.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson
from django.conf import settings
from django.utils import translation

from inbox.live.rows import row_html
from inbox.messages.queries import Message


@dataclass(frozen=True)
class Frame:
    """A frame, and the message that it brings, if it brings one."""

    text: str
    message: Message | None = None

    @cached_property
    def as_event(self) -> bytes:
        """The frame as a server-sent event, made once for all who get it; only a message moves the cursor."""
        cursor = f"id: {self.message['id']}\n" if self.message else ""
        return f"{cursor}data: {self.text}\n\n".encode()


def message_frame_content(message: Message, *, private: bool = False) -> dict[str, Any]:
    """The frame of a new message, before it becomes JSON."""
    html = row_html(message, private=private)
    return {"type": "message", "id": message["id"], "message": message, "html": html}


def message_frame(message: Message, *, private: bool = False) -> Frame:
    """The frame of a new message, in English for viewers in all languages: they put their own words in."""
    with translation.override(settings.LANGUAGE_CODE):
        return Frame(orjson.dumps(message_frame_content(message, private=private)).decode(), message)


def notice_frame(kind: str, message_id: int = 0) -> Frame:
    """A frame that only names a message."""
    return Frame(orjson.dumps({"type": kind, "id": message_id}).decode())


BEAT, ASK = notice_frame("beat"), notice_frame("ask")


def channel(topic: str) -> str:
    """The Redis channel of an inbox, by `Inbox.topic`; without one, of every hub."""
    return f"live:{topic}"


def event(kind: str, **content: Any) -> bytes:
    """What is published on a channel."""
    return orjson.dumps({"type": kind, **content})
