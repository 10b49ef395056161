"""Secrets that nobody set: generated once, and kept in VAR."""

import contextlib
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def kept_secret(var: Path, name: str) -> str:
    """A secret that is generated once and stored in VAR/secrets, readable by its owner only."""
    path = var / "secrets" / name
    with contextlib.suppress(FileNotFoundError):
        return path.read_text().strip()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    value = Fernet.generate_key().decode() if name == "ENCRYPTION_KEYS" else secrets.token_urlsafe(48)
    draft = path.with_name(f".{name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(value)
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)  # atomic: the first of two processes wins
    draft.unlink()
    return path.read_text().strip()
