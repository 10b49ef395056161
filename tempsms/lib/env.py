"""Typed readers of the environment that fail loudly.

Every reader also takes the value from the file named by `NAME_FILE` (Docker and Kubernetes secrets). A value that
cannot be read raises `ImproperlyConfigured` with the variable's name and what was expected, never the value.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    """The variable's text, without surrounding spaces."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        if name in os.environ:
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them")
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}") from error
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    """A yes or no: 1/0, true/false, yes/no, on/off."""
    value = text(name, "1" if default else "0").lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be yes or no")


def number(name: str, default: int, least: int = 0, most: int = 10**9) -> int:
    """A whole number from `least` to `most`."""
    value = text(name, str(default))
    fits = value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most
    if not fits:
        bounds = f"of at least {least}" if most == 10**9 else f"from {least} to {most}"
        raise ImproperlyConfigured(f"{name} must be a whole number {bounds}")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    """A list separated by commas or spaces."""
    return text(name, default).replace(",", " ").split()
