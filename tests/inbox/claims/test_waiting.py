"""Waiting for a claim's message: found whenever it came, by whichever process, and nothing is held meanwhile."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from inbox.claims import claims, matching, waiting
from inbox.claims.models import Claim
from inbox.live import endings, hub, slots
from inbox.live.session import NoInbox
from inbox.live.waits import Outcome
from numbers import pool
from numbers.models import Lease, Number
from tempsms.lib import postgres
from tempsms.lib.postgres import Unavailable
from tests.carrier_side import form, signed
from tests.conftest import Sql
from tests.factories import make_account, make_lease
from tests.inbox.claims.claiming import OWNER, claim, in_thread, inbox_of, store


@pytest.fixture(autouse=True)
async def nothing_held(site: httpx.AsyncClient) -> AsyncIterator[None]:
    """Whatever came of the waits, nothing is left of them."""
    yield
    assert not slots._taken
    assert not endings._open
    assert not hub.hub().audience
    assert not matching.settlements.get()._waiting


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """+15005550006, public."""
    return make_lease(account=make_account())


async def send(site: httpx.AsyncClient, lease: Lease, body: str) -> None:
    """Post a signed message."""
    post = signed(lease.account.webhook_url, form(body))
    assert (await site.post(post.url, content=post.body, headers=post.headers)).status_code == 200


def begin(made: Claim, seconds: float = 30, owner: str = OWNER) -> "asyncio.Task[Outcome]":
    """Begin to wait."""
    return asyncio.create_task(waiting.wait(secrets.token_hex(4), owner, made.key, seconds))


async def watched(count: int = 1) -> None:
    """Return once so many wait: what comes now is pushed to them."""
    async with asyncio.timeout(30):
        while len(endings._open) < count or matching.settlements.get()._calls._running:  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def test_each_who_waits_gets_a_message_of_his_own(site: httpx.AsyncClient, lease: Lease) -> None:
    made = [await in_thread(claim, lease, match=f"^{name}:", needs_code=True) for name in "abc" * 2]
    tasks = [begin(one) for one in made]
    await watched(6)
    for n, name in enumerate("cabbac"):
        await send(site, lease, f"{name}: your code is {n:06d}")
    outcomes = await asyncio.gather(*tasks)
    codes = [outcome.message and outcome.message["code"]["value"] for outcome in outcomes]
    assert codes == ["000001", "000002", "000000", "000004", "000003", "000005"]


async def test_what_came_before_anybody_waited_is_found(lease: Lease) -> None:
    made = await in_thread(claim, lease)
    (early,) = await in_thread(store, lease, "Your code is 482913")
    message = (await begin(made)).message
    assert message
    assert message["id"] == early


async def test_a_claim_answers_again_with_the_same_message(lease: Lease) -> None:
    first, second = await in_thread(claim, lease), await in_thread(claim, lease)
    one, two = await in_thread(store, lease, "one", "two")
    for _ in range(2):
        outcomes = [await begin(made) for made in (second, first)]
        assert [outcome.message and outcome.message["id"] for outcome in outcomes] == [two, one]


async def test_what_another_process_gave_away_is_found(site: httpx.AsyncClient, lease: Lease) -> None:
    task = begin(await in_thread(claim, lease))
    await watched()
    (one,) = await in_thread(store, lease, "one")
    await in_thread(asyncio.run, settle_elsewhere(lease))
    await send(site, lease, "two")  # only this one is pushed
    message = (await task).message
    assert message
    assert message["id"] == one


async def settle_elsewhere(lease: Lease) -> None:
    """Give messages away in another loop, which has a pool of its own."""
    await matching.settlements.get().settle(inbox_of(lease))
    await postgres.close()


async def test_a_timeout_tells_what_came(site: httpx.AsyncClient, lease: Lease) -> None:
    await send(site, lease, "before")
    task = begin(await in_thread(claim, lease, match="never"), 0.5)
    await watched()
    await send(site, lease, "Hello")
    outcome = await task
    assert outcome.message is None
    assert [message["body"] for message in outcome.seen] == ["Hello"]


async def test_what_was_never_pushed_is_found_at_the_end(lease: Lease) -> None:
    task = begin(await in_thread(claim, lease), 0.5)
    await watched()
    await in_thread(store, lease, "Your code is 482913")
    assert (await task).message


async def test_of_a_number_that_ended_without_notice_nothing_is_found(lease: Lease) -> None:
    task = begin(await in_thread(claim, lease), 0.5)
    await watched()
    await in_thread(store, lease, "Your code is 482913")
    await in_thread(Number.objects.filter(pk=lease.number_id).update, public=False)
    outcome = await task
    assert (outcome.message, outcome.seen) == (None, [])


async def test_a_wait_ends_with_its_claim(lease: Lease) -> None:
    made = await in_thread(claim, lease, lasts=timedelta(seconds=0.3))
    async with asyncio.timeout(20):
        assert (await begin(made, 55)).message is None


async def test_a_claim_that_is_dropped_has_no_wait(site: httpx.AsyncClient, lease: Lease) -> None:
    made = await in_thread(claim, lease)
    task = begin(made)
    await watched()
    await in_thread(claims.drop, made)
    await send(site, lease, "Hello")
    with pytest.raises(NoInbox):
        await task
    with pytest.raises(NoInbox):
        await begin(made)


async def test_a_claim_is_its_owners_alone(lease: Lease) -> None:
    made = await in_thread(claim, lease)
    with pytest.raises(NoInbox):
        await begin(made, owner="key:2")
    made.key = uuid4()
    with pytest.raises(NoInbox):
        await begin(made)


async def test_a_number_that_ends_ends_the_waits_for_its_claims(lease: Lease) -> None:
    made = await in_thread(claim, lease)
    task = begin(made)
    await watched()
    await in_thread(pool.quarantine, lease)
    assert (await task).message is None
    with pytest.raises(NoInbox):
        await begin(made)


async def test_a_server_that_stops_ends_them_all(lease: Lease) -> None:
    tasks = [begin(await in_thread(claim, lease)) for _ in range(3)]
    await watched(3)
    await endings.close()
    assert [outcome.message for outcome in await asyncio.gather(*tasks)] == [None] * 3


async def test_who_leaves_frees_everything(lease: Lease) -> None:
    task = begin(await in_thread(claim, lease))
    await watched()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_database_that_is_away_for_a_moment_ends_no_wait(
    site: httpx.AsyncClient, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin(await in_thread(claim, lease))
    await watched()
    settle, failures = matching.settle, [1]

    async def fail_once(*args: object) -> bool:
        if failures:
            failures.pop()
            raise Unavailable
        return await settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(matching, "settle", fail_once)
    monkeypatch.setattr(waiting, "_AGAIN_AFTER", 0.01)
    await send(site, lease, "Hello")
    assert (await task).message
    assert not failures


async def test_many_wait_at_once_and_hold_no_connection(
    site: httpx.AsyncClient, lease: Lease, sql: Sql
) -> None:
    made = [await in_thread(claim, lease, match=f"is {n:06d}") for n in range(200)]
    tasks = [begin(one) for one in made]
    await watched(200)
    async with asyncio.timeout(30):
        while postgres._pools.get()._free._value < postgres.SIZE:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for n in (3, 199):
        await send(site, lease, f"Your code is {n:06d}")
        message = (await tasks[n]).message
        assert message
        assert message["code"]["value"] == f"{n:06d}"
    assert sum(task.done() for task in tasks) == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
