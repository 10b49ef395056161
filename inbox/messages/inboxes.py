"""Inboxes: a number's public one, or a rental's, which only its holder sees."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inbox:
    """A number's public messages; with a rental, those of the rental and no others."""

    number_id: int
    e164: str
    rental_id: int | None = None

    @property
    def private(self) -> bool:
        """Whether it belongs to a rental."""
        return self.rental_id is not None

    @property
    def digits(self) -> str:
        """The number as it is in addresses."""
        return self.e164.removeprefix("+")

    @property
    def topic(self) -> str:
        """The topic under which its messages are published."""
        return topic(self.e164, self.rental_id)


def topic(e164: str, rental_id: int | None) -> str:
    """Return the topic of a message: never that of the number if it belongs to a rental."""
    return e164 if rental_id is None else f"rental:{rental_id}"
