"""Calls that many wait for are made once, and after all of those had asked."""

import asyncio
from collections.abc import Callable

import pytest

from tempsms.lib.shared_calls import SharedCalls


class Asked:
    """A question that is answered when the test says so; what was asked, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.gate = asyncio.Event()
        self.shared = SharedCalls(self.ask)

    async def ask(self, key: str) -> int:
        """The number of the call; an error for the key "wrong"."""
        self.calls.append(key)
        number = len(self.calls)
        await self.gate.wait()
        if key == "wrong":
            raise ValueError(number)
        return number


async def begun(happened: Callable[[], bool]) -> None:
    """Let the loop go on until something has happened."""
    async with asyncio.timeout(30):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_who_asks_while_an_answer_is_made_shares_the_next_one() -> None:
    asked = Asked()
    first = asyncio.create_task(asked.shared.join("a"))
    await begun(lambda: asked.calls == ["a"])
    later = [asyncio.create_task(asked.shared.join("a")) for _ in range(50)]
    await asyncio.sleep(0)
    asked.gate.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2] * 50
    assert asked.calls == ["a", "a"]


async def test_keys_are_asked_side_by_side() -> None:
    asked = Asked()
    both = [asyncio.create_task(asked.shared.join(key)) for key in "ab"]
    await begun(lambda: asked.calls == ["a", "b"])
    asked.gate.set()
    assert await asyncio.gather(*both) == [1, 2]


async def test_an_error_is_for_all_who_waited_and_for_nobody_after() -> None:
    asked = Asked()
    asked.gate.set()
    found = await asyncio.gather(*(asked.shared.join("wrong") for _ in range(3)), return_exceptions=True)
    assert [str(error) for error in found] == ["1"] * 3
    with pytest.raises(ValueError, match="2"):
        await asked.shared.join("wrong")


async def test_who_leaves_ends_it_for_nobody_else() -> None:
    asked = Asked()
    leaving, staying = (asyncio.create_task(asked.shared.join("a")) for _ in range(2))
    await begun(lambda: asked.calls == ["a"])
    leaving.cancel()
    asked.gate.set()
    assert await staying == 1


async def test_who_asks_just_as_an_answer_is_there_gets_one_of_its_own() -> None:
    asked = Asked()
    asked.gate.set()
    assert [await asked.shared.join("a") for _ in range(3)] == [1, 2, 3]
    first = asyncio.create_task(asked.shared.join("a"))
    for _ in range(4):
        await asyncio.sleep(0)
        assert await asyncio.wait_for(asked.shared.join("a"), 30) > 3
    await first
    assert asked.shared._running == {}


async def test_when_a_call_is_cancelled_nobody_waits_for_ever() -> None:
    asked = Asked()
    first = asyncio.create_task(asked.shared.join("a"))
    await begun(lambda: asked.calls == ["a"])
    second = asyncio.create_task(asked.shared.join("a"))
    await asyncio.sleep(0)
    asked.shared._running["a"].cancel()
    for waiting in (first, second):
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(waiting, 30)
