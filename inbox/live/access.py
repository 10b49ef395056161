"""What may be watched now: a number with a public page, or a rental by a link to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from inbox.live.newest import Newest, memory
from inbox.messages.inboxes import Inbox
from numbers import rental_links
from tempsms.lib import postgres
from tempsms.lib.per_loop import PerLoop
from tempsms.lib.shared_calls import SharedCalls

_RUNNING = """
FROM numbers_running_rental rental
JOIN numbers_receiving number ON number.number_id = rental.number_id AND number.shown
"""
_RENTAL = f"""
SELECT number.number_id, number.e164, rental.id, link.id {_RUNNING}
JOIN numbers_rentallink link ON link.rental_id = rental.id AND link.revoked_at IS NULL AND link.key = %s
"""
_LINKS = f"""
SELECT link.id, extract(epoch FROM upper(rental.during) - now()) {_RUNNING}
LEFT JOIN numbers_rentallink link ON link.rental_id = rental.id AND link.revoked_at IS NULL WHERE rental.id = %s
"""  # noqa: S608
OWNER = 0
"""Instead of a link, of those who watch a rental because it is theirs."""


@dataclass(frozen=True, slots=True)
class Grant:
    """An inbox that may be watched now: by which link if it is a rental's, and with what it holds if it is public."""

    inbox: Inbox
    link_id: int = OWNER
    newest: Newest | None = field(default=None, compare=False)


Find = Callable[[str], Awaitable[Grant | None]]
"""Finds an inbox by its name in an address; None where it may not be watched now."""


async def find_number(digits: str) -> Grant | None:
    """Return the number with these E.164 digits if it has a public page now."""
    newest = await memory().find(digits)
    return Grant(newest.inbox, newest=newest) if newest else None


async def find_rental(token: str) -> Grant | None:
    """Return the rental of the link with this token, if both are valid now."""
    return await _rentals.get().join(rental_links.key_of(token))


async def _read_rental(key: UUID) -> Grant | None:
    async with postgres.connection() as connection:
        row = await (await connection.execute(_RENTAL, [key])).fetchone()
    return Grant(Inbox(*row[:3]), row[3]) if row else None


_rentals = PerLoop(lambda: SharedCalls(_read_rental))


async def open_links(rental_id: int) -> tuple[set[int], float]:
    """Return the links by which a rental may be watched now, and the seconds until it ends; none once it is over.

    As long as it lasts, `OWNER` is one of them.
    """
    async with postgres.connection() as connection:
        rows = await (await connection.execute(_LINKS, [rental_id])).fetchall()
    return {link_id or OWNER for link_id, _ in rows} | ({OWNER} if rows else set()), float(
        rows[0][1]
    ) if rows else 0.0
