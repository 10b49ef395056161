"""Numbers, rentals and messages for tests of the API, from the event loop."""

from collections.abc import Callable
from typing import Any, TypeVar

import httpx

from inbox.api.models import ApiKey
from inbox.api.threads import in_thread
from numbers.models import Lease, Rental
from tests.carrier_side import form, signed
from tests.factories import make_account, make_lease, make_message, make_number, make_rental

RENTED = "+447700900123"
Result = TypeVar("Result")


async def do(work: Callable[[], Result]) -> Result:
    """What this returns, done in a thread with the ORM."""
    return await in_thread(work)  # type: ignore[return-value]


async def store(lease: Lease, *bodies: str, **changes: Any) -> list[int]:
    """Store messages that nobody publishes; their ids."""
    return await do(lambda: [make_message(lease, body, **changes).pk for body in bodies])


async def send(site: httpx.AsyncClient, lease: Lease, body: str, **changes: str) -> None:
    """Post a signed message."""
    post = signed(lease.account.webhook_url, form(body, To=lease.number.e164, **changes))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


async def rent() -> tuple[Lease, Rental]:
    """A rental of a private number by the newest key."""

    def work() -> tuple[Lease, Rental]:
        lease = make_lease(make_number(RENTED, public=False), make_account())
        rental = make_rental(lease)
        Rental.objects.filter(pk=rental.pk).update(owner=f"key:{ApiKey.objects.latest('pk').pk}")
        return lease, rental

    return await do(work)
