"""Patterns that people write, compiled by RE2: in linear time, whatever they and the texts are.

https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any, Protocol

import re2

LONGEST = 500
"""Characters of a pattern that comes with a request."""
# RE2 refuses a pattern that would need more instead of growing; thousands of them wait at the same time
_BYTES, _BYTES_OF_A_RULE = 1 << 18, 1 << 20


class Pattern(Protocol):
    """A compiled pattern."""

    def search(self, text: str) -> Any:
        """Return where it matches first, or None."""


class BadPattern(ValueError):
    """The pattern cannot be used; the text says why."""


def compile_rule(pattern: str) -> Pattern:
    """Compile an operator's pattern, which ignores case; raises `BadPattern`."""
    return _compile_pattern(pattern, case_sensitive=False, most=_BYTES_OF_A_RULE)


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """Compile a pattern of a request, in which case counts; raises `BadPattern`."""
    if len(pattern) > LONGEST:
        raise BadPattern(f"it is longer than {LONGEST} characters")
    return _compile_pattern(pattern, case_sensitive=True, most=_BYTES)


def _compile_pattern(pattern: str, *, case_sensitive: bool, most: int) -> Pattern:
    options = re2.Options()
    options.case_sensitive = case_sensitive
    options.log_errors = False
    options.max_mem = most
    try:
        compiled: Pattern = re2.compile(pattern, options)
    except re2.error as error:
        message = error.args[0] if error.args else ""
        raise BadPattern(
            message.decode(errors="replace") if isinstance(message, bytes) else str(message)
        ) from None
    except UnicodeEncodeError:
        raise BadPattern("it contains half of a surrogate pair") from None
    return compiled
