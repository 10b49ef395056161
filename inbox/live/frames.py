"""What goes through a live socket: one JSON text a frame, made once for all viewers.

{"type": "message", "id": 7, "message": {...}, "html": "<li ...>"}
{"type": "redacted", "id": 7}    its code has expired
{"type": "withheld", "id": 7}    it was taken off public pages
{"type": "restored", "id": 7}    it may be shown again, and comes once more as a message
{"type": "retired", "id": 0}     the number has ended; the socket closes
"""

from typing import Any

import orjson
from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from inbox.reading import Message


def row_html(message: Message) -> str:
    """The message as a list item, in the language at hand: the same template serves the page, the socket, the poll."""
    return get_template("inbox/message.html").render({"message": message})


def message_frame_content(message: Message) -> dict[str, Any]:
    """The frame of a new message, before it becomes JSON."""
    return {"type": "message", "id": message["id"], "message": message, "html": row_html(message)}


def message_frame(message: Message) -> str:
    """The frame of a new message, in English for viewers in all languages: they put their own words in."""
    with translation.override(settings.LANGUAGE_CODE):
        return orjson.dumps(message_frame_content(message)).decode()


def notice_frame(kind: str, message_id: int = 0) -> str:
    """A frame that only names a message."""
    return orjson.dumps({"type": kind, "id": message_id}).decode()


def channel(e164: str) -> str:
    """The Redis channel of a number."""
    return f"live:{e164}"


def event(kind: str, **content: Any) -> bytes:
    """What is published on a number's channel."""
    return orjson.dumps({"type": kind, **content})
