"""What is to be known of a message beside its text, as chips on pages and `flags` in the API."""

from enum import StrEnum


class Flag(StrEnum):
    """A mark on a message, as it is stored and as the API gives it; carriers may set further ones."""

    BINARY = "binary"
    """Its body is bytes in hex."""
    CAPTURED = "captured"
    """A program sent it to our capture endpoints: no carrier delivered it."""
    ENCRYPTED = "encrypted"
    FILTERED = "filtered"
    """The carrier redacted it, or withheld its text."""
    PARTIAL = "partial"
    """Parts of it have not arrived."""
    RECOVERED = "recovered"
    """It was found in the carrier's log: no webhook brought it."""
    REDACTED = "redacted"
    """Its code has expired."""
    UNREADABLE = "unreadable"
    """Characters of it that cannot be stored were replaced."""
