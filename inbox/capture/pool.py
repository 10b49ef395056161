"""Captured messages to numbers of our own pool are in their inboxes too, through the same ingest as a webhook's.

Only those to a number that has a public page: never to a rental or a private number, and no answer says which.
"""

from collections.abc import Collection

from django.db import connection

from inbox.ingest import intake
from inbox.messages.flags import Flag
from inbox.sandbox.messages import Draft
from numbers.carriers.messages import Inbound, Media

_ACCOUNTS = "SELECT e164, account_id FROM numbers_receiving WHERE e164 = ANY(%s) AND has_public_page"


def find_accounts(recipients: Collection[str]) -> dict[str, int]:
    """The accounts that lease those recipients that have a public page."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNTS, [list(recipients)])
        return dict(cursor.fetchall())


async def store(account_id: int, draft: Draft) -> None:
    """Store a message in its recipient's inbox; raises what `intake.accept` raises."""
    media = tuple(Media(url) for url in draft.media)
    message = Inbound(
        draft.ref, draft.sender, draft.recipient, draft.body, media=media, flags=(Flag.CAPTURED,)
    )
    # numbers with a public page only, also when one was rented out meanwhile
    await intake.accept(account_id, message, any_account=True)
