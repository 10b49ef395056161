"""Codes: drawn at random, kept as keyed hashes, and read as people type them."""

import secrets
import unicodedata
from typing import Literal
from uuid import UUID

from tempsms.lib import vault

Alphabet = Literal["digits", "letters"]
_SIGNS: dict[str, str] = {
    "digits": "0123456789",
    # without those that look alike, and vowels, which would make words
    "letters": "BCDFGHJKMPQRTVWXY346789",
}


def draw(length: int, alphabet: Alphabet) -> str:
    """A new code."""
    return "".join(secrets.choice(_SIGNS[alphabet]) for _ in range(length))


def hash_code(verification_id: UUID, code: str) -> bytes:
    """What is kept of a code: nobody who reads it can try all codes without our key."""
    # The verification is hashed, too: the same code of two people looks different
    return vault.keyed_hash("verification code", verification_id.bytes, code)


def read(typed: str) -> str:
    """A code as it was sent, from what somebody typed: without blanks and hyphens, in ASCII and capitals."""
    plain = unicodedata.normalize("NFKC", typed)
    # Keyboards have digits of their own scripts: ٤ is 4
    signs = (str(unicodedata.digit(char)) if char.isdigit() else char.upper() for char in plain)
    return "".join(sign for sign in signs if sign.isascii() and sign.isalnum())
