"""Parameters that many of Twilio's resources have, checked as Twilio checks them; and how times are written."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from inbox.capture.checks import is_address
from inbox.capture.twilio.errors import TwilioError, refuse

LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Fields:
    """A form's parameters by Twilio's names; raises `TwilioError` for what cannot be used.

    `code` is that of the resource's invalid parameters.
    """

    values: Mapping[str, list[str]]
    code: int = 20001

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> str:
        """A parameter, or an empty text."""
        text = self.values.get(name, [""])[0]
        if "\0" in text:
            raise self.refuse(name, "contains a NUL character")
        return text

    def read_name(self, name: str, longest: int = LONGEST_NAME, *, needed: bool = False) -> str:
        """A name for people."""
        text = self[name].strip()
        if len(text) > longest:
            raise self.refuse(name, f"is longer than {longest} characters")
        if needed and not text:
            raise self.refuse(name, "is required")
        return text

    def read_switch(self, name: str, usual: bool) -> bool:
        """True or false."""
        text = self[name].lower()
        if text not in ("", "true", "false"):
            raise self.refuse(name, "must be true or false")
        return text == "true" if text else usual

    def read_number(self, name: str, usual: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        text = self[name]
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and least <= int(text[:8]) <= most):
            raise self.refuse(name, f"must be from {least} to {most}")
        return int(text[:8])

    def read_choice(self, name: str, usual: str, choices: tuple[str, ...]) -> str:
        """One of several words."""
        text = self[name] or usual
        if text not in choices:
            raise self.refuse(name, f"must be one of {', '.join(choices)}")
        return text

    def read_address(self, name: str, code: int = 0) -> str:
        """A web address, or an empty text."""
        text = self[name]
        if text and not is_address(text):
            if code:
                raise refuse(code, f"The '{name}' URL is not a valid URL.")
            raise self.refuse(name, "is not a valid URL")
        return text

    def refuse(self, name: str, why: str) -> TwilioError:
        """The error of a parameter."""
        return refuse(self.code, f"Invalid parameter: {name} {why}")


def write_mail_time(at: datetime) -> str:
    """A time as the API of 2010 writes it."""
    return format_datetime(at.astimezone(UTC))


def write_iso_time(at: datetime) -> str:
    """A time as the other APIs write it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_ref(prefix: str) -> str:
    """A new id of a resource."""
    return prefix + secrets.token_hex(16)
