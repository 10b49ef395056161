"""Encryption of what must not lie readable in the database.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec) from `cryptography`. `ENCRYPTION_KEYS` holds one
or more keys, newest first: new values are sealed with the first, all of them open. A key is rotated by putting a
new one in front, running `manage.py reseal`, and dropping the old one.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

NO_KEY = "no key in ENCRYPTION_KEYS opens this value"


class Unsealable(Exception):
    """No key in ENCRYPTION_KEYS opens this value."""


@lru_cache(maxsize=4)
def _make_fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


@lru_cache(maxsize=4)
def _newest_fernet(key: str) -> Fernet:
    return Fernet(key)


def seal(text: str) -> bytes:
    """Encrypt a text with the newest key."""
    return seal_bytes(text.encode())


def unseal(sealed: bytes) -> str:
    """The text that was sealed; raises `Unsealable`."""
    return unseal_bytes(sealed).decode()


def seal_bytes(raw: bytes) -> bytes:
    """Encrypt bytes with the newest key."""
    return _newest_fernet(settings.ENCRYPTION_KEYS[0]).encrypt(raw)


def unseal_bytes(sealed: bytes) -> bytes:
    """The bytes that were sealed; raises `Unsealable`."""
    try:
        return _make_fernet(tuple(settings.ENCRYPTION_KEYS)).decrypt(bytes(sealed))
    except InvalidToken:
        raise Unsealable(NO_KEY) from None


def keyed_hash(purpose: str, *parts: str | bytes) -> bytes:
    """A 16-byte keyed BLAKE2b of the parts; the same parts for another purpose hash otherwise."""
    # A copy of a hasher that has taken its key: intake hashes several times for each message
    digest = _make_hasher(settings.SECRET_KEY, purpose).copy()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        # With lengths, so that ("ab", "c") and ("a", "bc") differ
        digest.update(len(data).to_bytes(4, "big") + data)
    return digest.digest()


@lru_cache(maxsize=32)
def _make_hasher(secret: str, purpose: str) -> hashlib.blake2b:
    # BLAKE2b takes keys of 64 bytes at most, and SECRET_KEY may be longer
    key = hmac.digest(secret.encode(), purpose.encode(), "sha256")
    return hashlib.blake2b(key=key, digest_size=16)


class Unreadable(Mapping[str, Any]):
    """Settings that no key opens: they can be stored again as they are, and any look into them raises `Unsealable`."""

    def __init__(self, sealed: bytes) -> None:
        self.sealed = sealed

    def __getitem__(self, name: str) -> Any:
        """Raise `Unsealable`."""
        return self._raise_unsealable()

    def __iter__(self) -> Iterator[str]:
        """Raise `Unsealable`."""
        return self._raise_unsealable()

    def __len__(self) -> int:
        """Raise `Unsealable`."""
        return self._raise_unsealable()

    def _raise_unsealable(self) -> NoReturn:
        raise Unsealable(NO_KEY)


class SealedJSONField(models.BinaryField):  # type: ignore[type-arg]
    """A JSON value that is encrypted at rest; Python sees the value, the database sees a Fernet token."""

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Open what the database gave."""
        return None if value is None else json.loads(unseal(bytes(value)))

    def get_prep_value(self, value: Any) -> Any:
        """Seal what goes to the database."""
        return None if value is None else seal(json.dumps(value))

    def get_default(self) -> Any:
        """The default value: a binary field would make an empty text into empty bytes."""
        return models.Field.get_default(self)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The sealed value as the driver's binary."""
        return super().get_db_prep_value(value if prepared else self.get_prep_value(value), connection, True)

    def to_python(self, value: Any) -> Any:
        """The value as it is: forms give Python values."""
        return value


class SealedSettingsField(SealedJSONField):
    """Settings by name, encrypted at rest; a row whose key is lost can still be listed, changed and deleted."""

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """Open what the database gave; `Unreadable` if no key does."""
        try:
            return super().from_db_value(value)
        except Unsealable:
            return Unreadable(bytes(value))

    def get_prep_value(self, value: Any) -> Any:
        """Seal what goes to the database; what could not be read goes back as it came."""
        return value.sealed if isinstance(value, Unreadable) else super().get_prep_value(value)


class SealedBytesField(SealedJSONField):
    """Bytes that are encrypted at rest."""

    def from_db_value(self, value: Any, *_: Any) -> bytes | None:
        """Open what the database gave."""
        return None if value is None else unseal_bytes(bytes(value))

    def get_prep_value(self, value: Any) -> bytes | None:
        """Seal what goes to the database."""
        return None if value is None else seal_bytes(bytes(value))
