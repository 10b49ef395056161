"""How carriers refuse to send."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """How a carrier refuses to send a message: the HTTP status of its answer, and its own text.

    `{to}` and `{from}` in the text stand for the message's numbers.
    """

    status: int
    text: str
