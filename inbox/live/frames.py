"""What goes through a live socket: one JSON text a frame, made once for all viewers.

{"type": "message", "id": 7, "message": {...}, "html": "<li ...>"}
{"type": "redacted", "id": 7}    its code has expired
{"type": "withheld", "id": 7}    it was taken off public pages
{"type": "restored", "id": 7}    it may be shown again, and comes once more as a message
{"type": "retired", "id": 0}     the number or the rental has ended, or the link to it was revoked; the socket closes
{"type": "beat", "id": 0}        nothing is new, but the connection lives: every 15 s

New types may join them: whoever reads frames passes over those that it does not know.
"""

import time
from hashlib import blake2b
from typing import Any

import orjson
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe

from inbox.messages.queries import Message

ROWS_HELD_FOR = 60.0  # seconds
MOST_ROWS = 4096  # some 2 kB each


class _Rows:
    """Rows as they were made, by all that they are made of; for so short a time that no text outlives its day here."""

    def __init__(self) -> None:
        self._html: dict[tuple[str | None, bytes], SafeString] = {}
        self._since = 0.0

    def make(self, message: Message) -> SafeString:
        """The row of a public page, made now or a little while ago."""
        if time.monotonic() - self._since > ROWS_HELD_FOR or len(self._html) >= MOST_ROWS:
            self._html, self._since = {}, time.monotonic()
        # By all of the content, so that a row whose code has expired is another row
        key = translation.get_language(), blake2b(orjson.dumps(message), digest_size=16).digest()
        html = self._html.get(key)
        if html is None:
            html = self._html[key] = _render_row(message, private=False)
        return html


_rows = _Rows()


def row_html(message: Message, *, private: bool = False) -> SafeString:
    """The message as a list item, in the language at hand: rendered once for page, socket and poll."""
    # what only a holder may see is not kept by a process
    return _render_row(message, private=True) if private else _rows.make(message)


def _render_row(message: Message, *, private: bool) -> SafeString:
    made = get_template("inbox/message.html").render({"message": message, "private": private})
    return mark_safe(made)  # noqa: S308 (a template's)


def message_frame_content(message: Message, *, private: bool = False) -> dict[str, Any]:
    """The frame of a new message, before it becomes JSON."""
    html = row_html(message, private=private)
    return {"type": "message", "id": message["id"], "message": message, "html": html}


def message_frame(message: Message, *, private: bool = False) -> str:
    """The frame of a new message, in English for viewers in all languages: they put their own words in."""
    with translation.override(settings.LANGUAGE_CODE):
        return orjson.dumps(message_frame_content(message, private=private)).decode()


def notice_frame(kind: str, message_id: int = 0) -> str:
    """A frame that only names a message."""
    return orjson.dumps({"type": kind, "id": message_id}).decode()


BEAT = notice_frame("beat")


def channel(topic: str) -> str:
    """The Redis channel of an inbox, by `Inbox.topic`; without one, of every hub."""
    return f"live:{topic}"


def event(kind: str, **content: Any) -> bytes:
    """What is published on a channel."""
    return orjson.dumps({"type": kind, **content})
