"""The parameters of a request's JSON, by kind: a value of another kind has Telnyx's error."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inbox.capture.checks import is_address
from inbox.capture.telnyx.errors import TelnyxError, refuse_value


@dataclass(frozen=True, slots=True)
class Fields:
    """A request's JSON; what is missing or null is empty."""

    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A text."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise refuse_value(f"/{name}", f"The parameter {name!r} must be of type 'string'.")
        return value or ""

    def flag(self, name: str, usual: bool) -> bool:
        """A truth value."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            raise refuse_value(f"/{name}", f"The parameter {name!r} must be of type 'boolean'.")
        return usual if value is None else value

    def number(self, name: str, usual: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.values.get(name)
        if value is None:
            return usual
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise refuse_value(f"/{name}", f"The parameter {name!r} must be a number from {least} to {most}.")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise refuse_value(f"/{name}", f"The parameter {name!r} must be a list of strings.")
        return tuple(value)

    def url(self, name: str) -> str:
        """An address."""
        return check_url(self.text(name), f"/{name}")


def check_url(text: str, pointer: str) -> str:
    """An address of http or https, or an empty text; raises `TelnyxError`."""
    if text and not is_address(text):
        raise TelnyxError(422, "10003", "Invalid URL", "The URL is invalid, malformed, or too long.", pointer)
    return text
