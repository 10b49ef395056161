"""Counters that wait for Redis, however slow it is."""

from collections.abc import AsyncIterator

import pytest

from tempsms.lib import budgets


@pytest.fixture
async def counting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Wait for Redis however slow it is, so that nothing is counted twice; close the counters' connections."""
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 60.0)
    yield
    await budgets.close()
