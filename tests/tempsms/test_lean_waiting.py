"""The small queue and the small event under open sockets do what asyncio's do."""

import asyncio

import pytest

from tempsms.lib.lean_waiting import Gate, Mailbox


async def test_a_mailbox_gives_what_came_in_order_and_then_waits() -> None:
    mailbox = Mailbox()
    for item in (1, 2):
        mailbox.put_nowait(item)
    assert [await mailbox.get(), await mailbox.get()] == [1, 2]
    assert mailbox.empty()
    waiting = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    for item in (3, 4):
        mailbox.put_nowait(item)
    assert await waiting == 3
    assert not mailbox.empty()
    assert await mailbox.get() == 4


async def test_a_receiver_that_gives_up_takes_nothing_along() -> None:
    mailbox = Mailbox()
    waiting = asyncio.create_task(mailbox.get())
    await asyncio.sleep(0)
    mailbox.put_nowait(1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await mailbox.get() == 1


async def test_a_gate_holds_all_who_come_while_it_is_closed() -> None:
    gate = Gate()
    await gate.wait()
    gate.clear()
    waiting = [asyncio.create_task(gate.wait()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.clear()
    await asyncio.sleep(0)
    assert [task.done() for task in waiting] == [True, False, False]
    gate.set()
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting[1:])
    await gate.wait()
