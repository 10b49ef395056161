"""The row of a message in the language at hand, rendered once for page, socket and poll.

Rows differ in little but their words. So the template is rendered once for each outline that a row can have, with marks
where the words go, and they are put in afterwards: 0.03 ms a row, where the template itself takes 0.18.
"""

import re
import time
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from html import escape
from typing import NamedTuple
from urllib.parse import quote

import orjson
from django.template.loader import get_template
from django.utils import translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from inbox.live.marking import mark_sender, mark_text
from inbox.messages.queries import Message

HELD_FOR = 60.0  # seconds
MOST_ROWS = 4096  # some 2 kB each
MOST_OUTLINES = 256

_MARK = re.compile("\x00([a-z]+)\x00")  # PostgreSQL keeps no NUL, so no text and no name has one
_WORDS = ("id", "at", "written", "expires", "sender", "text", "code", "query")
Language = str | None


class File(NamedTuple):
    """An attachment as a row shows it."""

    content_type: str
    fetchable: bool


class Outline(NamedTuple):
    """All by which rows differ, but for their words."""

    private: bool
    alone: bool
    sender: bool
    text: bool
    code: bool
    expires: bool
    sender_expires: bool
    flags: tuple[str, ...]
    media: tuple[File, ...]


class _Rows:
    """Rows as they were made, by all that they are made of; for so short a time that no text outlives its day here."""

    def __init__(self) -> None:
        self._html: dict[tuple[Language, bytes], SafeString] = {}
        self._outlines: dict[tuple[Language, Outline], list[str]] = {}
        self._since = 0.0

    def make(self, message: Message) -> SafeString:
        """Return the row of a public page, made now or within the last minute."""
        self._forget_old()
        # By all of the content, so that a row whose code has expired is another row
        key = translation.get_language(), blake2b(orjson.dumps(message), digest_size=16).digest()
        html = self._html.get(key)
        if html is None:
            outline = _outline_of(message, private=False, alone=False)
            html = self._html[key] = _put_words_in(self.draw(outline), message, private=False)
        return html

    def draw(self, outline: Outline) -> list[str]:
        """Return the pieces of a row with this outline: of the template, and between them the names of words."""
        # file types of a rental's messages are in the words of who sent them
        if outline.private and outline.media:
            return _draw_outline(outline)
        key = translation.get_language(), outline
        pieces = self._outlines.get(key)
        if pieces is None:
            pieces = self._outlines[key] = _draw_outline(outline)
        return pieces

    def _forget_old(self) -> None:
        full = len(self._html) >= MOST_ROWS or len(self._outlines) >= MOST_OUTLINES
        if full or time.monotonic() - self._since > HELD_FOR:
            self._html, self._outlines, self._since = {}, {}, time.monotonic()


_rows = _Rows()


def row_html(message: Message, *, private: bool = False, alone: bool = False) -> SafeString:
    """Return the message as a list item; `alone` on a page of its own."""
    if not private and not alone:
        return _rows.make(message)
    # what only a holder may see is not kept by a process
    outline = _outline_of(message, private=private, alone=alone)
    return _put_words_in(_rows.draw(outline), message, private=private)


def write_utc(at: datetime, *, seconds: bool = False) -> str:
    """Write a time as people of the page's language do, in UTC; to the minute or the second."""
    hours = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    return _write_day(translation.get_language(), at.date()).replace("\x00", hours) + " UTC"


@lru_cache(maxsize=1024)
def _write_day(language: Language, day: date) -> str:
    """Write a day in the language at hand, with a NUL where the hours go."""
    return date_format(day, gettext("j M Y, H:i").replace("H:i", "\x00"))


def _outline_of(message: Message, *, private: bool, alone: bool) -> Outline:
    sealed = message.get("sealed")
    files = (File(file.get("content_type", ""), file.get("fetchable", False)) for file in message["media"])
    return Outline(
        private=private,
        alone=alone,
        sender=bool(message["from"]),
        text=bool(message["body"]),
        code=bool(message["code"]),
        expires=bool(sealed or message["code"]),
        sender_expires=bool(sealed and sealed["from"]),
        flags=tuple(message["flags"]),
        media=tuple(files),
    )


def _draw_outline(outline: Outline) -> list[str]:
    marks = {name: mark_safe(f"\x00{name}\x00") for name in _WORDS}  # noqa: S308 (constants)
    html = get_template("inbox/message.html").render({"outline": outline, "words": marks})
    return _MARK.split(html)


def _put_words_in(pieces: list[str], message: Message, *, private: bool) -> SafeString:
    words = _words_of(message, private=private)
    filled = list(pieces)
    filled[1::2] = [words[name] for name in pieces[1::2]]
    return mark_safe("".join(filled))  # noqa: S308 (a template's, and words that are escaped)


def _words_of(message: Message, *, private: bool) -> dict[str, str]:
    """Return what a row says of one message, as HTML."""
    expiring = message.get("sealed") or message["code"] or {"expires_at": ""}
    at = message["received_at"]
    return {
        "id": str(message["id"]),
        "at": escape(at),
        "written": escape(write_utc(datetime.fromisoformat(at), seconds=True)),
        "expires": escape(expiring["expires_at"]),
        "sender": mark_sender(message),
        "text": mark_text(message, private),
        "code": escape(message["code"]["value"]) if message["code"] else "",
        "query": quote(message["from"], safe=""),
    }
