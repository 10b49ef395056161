"""What the public pages need to show a message: its code marked, its time, its flags in words."""

import re
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_SEPARATORS = r"[ \t\-\u2010-\u2015]{0,3}"
_FLAGS = {
    "recovered": "Recovered late",
    "partial": "Parts missing",
    "filtered": "Filtered by the carrier",
    "redacted": "Code removed",
    "captured": "Captured test message",
    "withheld": "Withheld",
}
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


@register.filter
def mark_code(body: str, code: dict[str, Any] | None) -> str:
    """The text, escaped, with each place where the code stands in `<mark>`."""
    pieces = _split(body, code["value"]) if code else [body]
    marked = format_html_join("", "{}<mark>{}</mark>", zip(pieces[:-1:2], pieces[1::2], strict=True))
    return marked + conditional_escape(pieces[-1])


@register.filter
def moment(at: str) -> datetime:
    """An RFC 3339 time as a datetime."""
    return datetime.fromisoformat(at)


@register.filter
def flag_words(flag: str) -> str:
    """A flag as people read it; an unknown one as it is."""
    return _FLAGS.get(flag, flag.replace("_", " ").capitalize())


@register.filter
def in_words(duration: timedelta) -> str:
    """A duration in its largest unit that divides it: 24 hours, 10 minutes, 3 days."""
    for unit, length in _UNITS:
        count, rest = divmod(duration, length)
        if not rest and (count > 1 or unit == "minute"):
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{duration.total_seconds():g} seconds"


@register.simple_tag
def chip(flag: str) -> SafeString:
    """A flag as a list item."""
    return format_html('<li class="chip" data-flag="{}">{}</li>', flag, flag_words(flag))


def _split(body: str, value: str) -> list[str]:
    """The text cut at each occurrence of the code: text, code, text, code, ..., text. Linear in the text."""
    pieces: list[str] = []
    end = 0
    for match in _pattern(value).finditer(_fold(body)):
        pieces += [body[end : match.start()], body[match.start() : match.end()]]
        end = match.end()
    return [*pieces, body[end:]]


@lru_cache(512)
def _pattern(value: str) -> re.Pattern[str]:
    """The code's characters with blanks or hyphens between them, not inside a longer number or word."""
    characters = _SEPARATORS.join(map(re.escape, value))
    return re.compile(rf"(?<![0-9A-Z]){characters}(?![0-9A-Z])" if value else r"(?!)")


def _fold(text: str) -> str:
    """The text of the same length with capital letters and ASCII digits, so that a code is found as shown."""
    return text.upper() if text.isascii() else "".join(map(_fold_one, text))


@lru_cache(4096)
def _fold_one(character: str) -> str:
    folded = str(unicodedata.decimal(character, "")) or unicodedata.normalize("NFKC", character).upper()
    return folded if len(folded) == 1 else character
