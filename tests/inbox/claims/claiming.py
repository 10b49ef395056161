"""Claims and messages for the tests of claims, from any thread."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from django.db import connection

from inbox.claims import claims
from inbox.claims.models import Claim
from inbox.messages.inboxes import Inbox
from inbox.messages.matching import MessageFilter
from numbers.models import Lease
from tests.factories import make_message

OWNER = "key:1"
Result = TypeVar("Result")


def inbox_of(lease: Lease) -> Inbox:
    """The public inbox of a number."""
    return Inbox(lease.number_id, lease.number.e164)


def claim(lease: Lease, lasts: timedelta = claims.USUAL, owner: str = OWNER, **wanted: Any) -> Claim:
    """Claim a message of a public number."""
    return claims.create(owner, inbox_of(lease), MessageFilter(**wanted), lasts)


def store(lease: Lease, *bodies: str, **changes: Any) -> list[int]:
    """Store messages that nobody publishes; their ids."""
    return [make_message(lease, body, **changes).pk for body in bodies]


async def in_thread(work: Callable[..., Result], *args: Any, **changes: Any) -> Result:
    """What this does, in a thread, which gives its connection back."""

    def do() -> Result:
        try:
            return work(*args, **changes)
        finally:
            connection.close()

    return await asyncio.to_thread(do)
