"""Which message somebody waits for: by its sender, by a pattern in its text, and by whether it has a code.

What is compared is what the reader sees, so that nothing redacted can be guessed by waiting for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inbox.messages.redaction import shown_sender
from inbox.messages.search import to_term
from inbox.text.patterns import BadPattern, compile_pattern

LONGEST_SENDER = 64


class BadFilter(ValueError):
    """A part of a filter cannot be used: `field` is its name in the API, the text says why."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field = field


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What a message must have; what is empty does not matter. `match` is an RE2 pattern, in which case counts."""

    sender: str = ""
    match: str = ""
    needs_code: bool = False

    def check(self) -> None:
        """Raise `BadFilter` for what could never be compared."""
        if len(self.sender) > LONGEST_SENDER:
            raise BadFilter("from", f"it is longer than {LONGEST_SENDER} characters")
        try:
            compile_pattern(self.match)
        except BadPattern as error:
            raise BadFilter("match", f"not a valid RE2 pattern: {error}") from None

    def matches(self, message: Mapping[str, Any]) -> bool:
        """Whether a message (`MessageView.as_json`) is one that is waited for."""
        if self.needs_code and message["code"] is None:
            return False
        if self.sender and not is_from(self.sender, message["from"]):
            return False
        return not self.match or compile_pattern(self.match).search(message["body"]) is not None


def is_from(wanted: str, shown: str) -> bool:
    """Whether a message is from a sender, however that is written: whole or redacted, with gaps or without."""
    return to_term(shown).removeprefix("+") in _spell_sender(wanted)


@lru_cache(maxsize=4096)
def _spell_sender(wanted: str) -> frozenset[str]:
    """The sender as renters see it, and as strangers do, without a plus."""
    term = to_term(wanted)
    spellings = {term, to_term(shown_sender(wanted.strip()))}
    if term.removeprefix("+").isdigit():
        spellings |= {to_term(shown_sender(f"+{term.removeprefix('+')}"))}
    return frozenset(spelling.removeprefix("+") for spelling in spellings)
