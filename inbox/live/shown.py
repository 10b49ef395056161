"""Whether a number has a public page now."""

from dataclasses import dataclass

from tempsms.lib import postgres

_SHOWN = """
SELECT number.id, number.e164 FROM numbers_number number JOIN numbers_lease lease ON lease.number_id = number.id
WHERE number.e164 = %s AND number.public AND lease.state IN ('active', 'draining')
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A number with a public page."""

    id: int
    e164: str


async def shown_number(digits: str) -> Shown | None:
    """The number with these E.164 digits if it has a public page now."""
    async with (await postgres.pool()).connection() as connection:
        row = await (await connection.execute(_SHOWN, [f"+{digits}"])).fetchone()
    return Shown(*row) if row else None
