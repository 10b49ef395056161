"""Messages as if a webhook had brought them, for tests that are not about webhooks."""

import asyncio

from inbox.ingest import intake
from numbers.carriers.messages import Inbound
from tempsms.asgi import PARTS


async def arrive(account_id: int, *messages: Inbound) -> None:
    """Store them, and close what this opened."""
    for message in messages:
        await intake.accept(account_id, message)
    for part in PARTS:
        await part.close()


def arrive_now(account_id: int, *messages: Inbound) -> None:
    """The same from a synchronous test."""
    asyncio.run(arrive(account_id, *messages))
