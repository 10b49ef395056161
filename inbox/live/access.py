"""What may be watched now: a number with a public page, or a rental by a link to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from inbox.messages.inboxes import Inbox
from numbers import rental_links
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

_NUMBER = """
SELECT number_id, e164 FROM numbers_receiving WHERE e164 = %s AND has_public_page
"""
_OPEN = """
FROM numbers_rentallink link
JOIN numbers_running_rental rental ON rental.id = link.rental_id
JOIN numbers_receiving number ON number.number_id = rental.number_id AND number.shown
WHERE link.revoked_at IS NULL
"""
_RENTAL = f"SELECT number.number_id, number.e164, rental.id, link.id {_OPEN} AND link.key = %s"
_LINKS = f"SELECT link.id, extract(epoch FROM upper(rental.during) - now()) {_OPEN} AND rental.id = %s"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Grant:
    """An inbox that may be watched now, and by which link if it is a rental's."""

    inbox: Inbox
    link_id: int = 0


Find = Callable[[str], Awaitable[Grant | None]]
"""Finds an inbox by its name in an address; None where it may not be watched now."""


async def find_number(digits: str) -> Grant | None:
    """Return the number with these E.164 digits if it has a public page now."""
    return await _numbers.get().join(digits)


async def find_rental(token: str) -> Grant | None:
    """Return the rental of the link with this token, if both are valid now."""
    return await _rentals.get().join(rental_links.key_of(token))


async def _read_number(digits: str) -> Grant | None:
    async with postgres.connection() as connection:
        row = await (await connection.execute(_NUMBER, [f"+{digits}"])).fetchone()
    return Grant(Inbox(*row)) if row else None


async def _read_rental(key: UUID) -> Grant | None:
    async with postgres.connection() as connection:
        row = await (await connection.execute(_RENTAL, [key])).fetchone()
    return Grant(Inbox(*row[:3]), row[3]) if row else None


_numbers = PerLoop(lambda: SharedCalls(_read_number))
_rentals = PerLoop(lambda: SharedCalls(_read_rental))


async def open_links(rental_id: int) -> tuple[set[int], float]:
    """Return the links by which a rental may be watched now, and the seconds until it ends; none once it is over."""
    async with postgres.connection() as connection:
        rows = await (await connection.execute(_LINKS, [rental_id])).fetchall()
    return {link_id for link_id, _ in rows}, float(rows[0][1]) if rows else 0.0
