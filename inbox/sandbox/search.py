"""The search of the sandbox's page: words, "several words", and terms such as `from:`, `has:code` and `is:unread`.

What looks like a term and is none is searched as a word, and named, so that nobody wonders why nothing is found.
"""

import re
from dataclasses import dataclass
from typing import Self

from django.db.models import Q, QuerySet

from inbox.sandbox.models import CapturedMessage
from numbers import carriers

EXAMPLES = "from: to: carrier: state: tag: has:code is:unread"
LONGEST = 200
_WORDS = re.compile(r'(?:[a-z]{1,20}:)?"[^"]*"|\S+')
# A word with :// is an address, and no term
_TERM = re.compile(r"([a-z]{1,20}):(?!//)(.+)", re.DOTALL)
_TEXTS = {"from": "sender__icontains", "to": "recipient__icontains"}
_FLAGS = {
    "has:code": Q(has_code=True),
    "has:file": ~Q(media=[]),
    "is:unread": Q(unread=True),
    "is:read": Q(unread=False),
    "is:sent": Q(direction=CapturedMessage.Direction.OUT),
    "is:received": Q(direction=CapturedMessage.Direction.IN),
}
_CHOICES = {"carrier": set(carriers.names()), "state": set(CapturedMessage.State.values)}


@dataclass(frozen=True, slots=True)
class Query:
    """What a text asks for; `unknown` are its words that look like terms and are none."""

    conditions: tuple[Q, ...]
    unknown: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a text of any kind."""
        words = _WORDS.findall(text[:LONGEST].replace("\0", " "))
        read = [(word, _read_term(word)) for word in words]
        return cls(
            tuple(condition or Q(body__icontains=word.strip('"')) for word, condition in read),
            tuple(word for word, condition in read if condition is None and _TERM.fullmatch(word)),
        )

    def filter(self, found: "QuerySet[CapturedMessage]") -> "QuerySet[CapturedMessage]":
        """Those messages that have everything that is asked for."""
        return found.filter(*self.conditions)


def matching(found: "QuerySet[CapturedMessage]", text: str) -> "QuerySet[CapturedMessage]":
    """Those messages that have everything that a text asks for; a word may be anywhere in a message's text."""
    return Query.read(text).filter(found)


def quote(value: str) -> str:
    """A value as it stands in a term."""
    return f'"{value}"' if re.search(r"\s", value) else value


def _read_term(word: str) -> Q | None:
    """What a term asks for, or None for a word."""
    term = _TERM.fullmatch(word)
    if term is None:
        return None
    name, value = term[1], term[2].strip('"')
    if name in _TEXTS and value:
        return Q(**{_TEXTS[name]: value})
    if name == "tag" and value:
        return Q(tags__contains=[value.lower()])
    if value.lower() in _CHOICES.get(name, ()):
        return Q(**{name: value.lower()})
    return _FLAGS.get(f"{name}:{value.lower()}")
