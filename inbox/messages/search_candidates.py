"""Decides by rows alone which messages may match a search, before codes are unsealed or texts redacted.

Both cost a hundred times as much as this, and anyone may search. The answer is never a wrong no: only letters and
digits are compared, without case, accents and scripts of digits, which redacting never adds. What it can add, or a code
can hold, counts as a perhaps.
"""

import re
import unicodedata
from functools import lru_cache

from inbox.messages.sealed_text import DOT

LONGEST_CODE = 16
_DOTTED = re.compile(r"\w\.\w")


class Candidates:
    """The terms of a search as far as rows can be compared with them."""

    def __init__(self, text: str) -> None:
        self._wanted = skeleton(text).lstrip("0")  # 00 is another way to write +
        # a text of dots alone, or across the dots that hide digits, has no counterpart in a row
        self._any = DOT in text or not self._wanted

    def may_match(self, sender: str, body: str, cuts: list[int], sealed: bool) -> bool:
        """Whether readers may see the text in such a message or its sender."""
        if self._any or self._wanted in skeleton(sender) or any(map(_has_foreign_host, (sender, body))):
            return True
        if not cuts:
            return self._wanted in skeleton(body)
        pieces = [skeleton(body[start:end]) for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
        if any(self._wanted in piece for piece in pieces):
            return True
        return sealed and any(map(self._may_lie_across, pieces, pieces[1:]))

    def _may_lie_across(self, before: str, after: str) -> bool:
        """Whether the text may begin, lie or end in a code between two pieces."""
        wanted = self._wanted
        for start in range(len(wanted)):
            if before.endswith(wanted[:start]):
                ends = range(start + 1, min(start + LONGEST_CODE, len(wanted)) + 1)
                # of several codes the next piece may be passed over whole
                if any(
                    after.startswith(wanted[end:]) or wanted[end:].startswith(after or "\0") for end in ends
                ):
                    return True
        return False


@lru_cache(maxsize=4096)
def skeleton(text: str) -> str:
    """Return the letters and digits of a text, without case and accents, digits as ASCII."""
    if not text.isascii():
        plain = "".join(str(unicodedata.decimal(character, character)) for character in text)
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", plain).casefold())
    return "".join(filter(str.isalnum, text.lower()))


def _has_foreign_host(body: str) -> bool:
    """Whether the text may hold a host that readers see in punycode."""
    return not body.isascii() and _DOTTED.search(body) is not None
