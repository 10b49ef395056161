"""What may be watched now: a number with a public page, or a rental by a link to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from inbox.messages.inboxes import Inbox
from numbers import rental_links
from tempsms.lib import postgres

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
class Shown:
    """An inbox that may be watched, and the link by which, if it is a rental's."""

    inbox: Inbox
    link_id: int = 0


Find = Callable[[str], Awaitable[Shown | None]]
"""What finds an inbox by its name in an address."""


async def shown_number(digits: str) -> Shown | None:
    """The number with these E.164 digits if it has a public page now."""
    async with postgres.connection() as connection:
        row = await (await connection.execute(_NUMBER, [f"+{digits}"])).fetchone()
    return Shown(Inbox(*row)) if row else None


async def shown_rental(token: str) -> Shown | None:
    """The rental behind a link with this token, as long as both last."""
    async with postgres.connection() as connection:
        row = await (await connection.execute(_RENTAL, [rental_links.key_of(token)])).fetchone()
    return Shown(Inbox(*row[:3]), row[3]) if row else None


async def open_links(rental_id: int) -> tuple[set[int], float]:
    """The links by which a rental may be watched now, and the seconds until it ends; none when it is over."""
    async with postgres.connection() as connection:
        rows = await (await connection.execute(_LINKS, [rental_id])).fetchall()
    return {link_id for link_id, _ in rows}, float(rows[0][1]) if rows else 0.0
