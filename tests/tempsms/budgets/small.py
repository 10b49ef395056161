"""Budgets that a test can use up."""

import pytest

from tempsms.lib import budgets
from tempsms.lib.budgets import Budget
from tempsms.middleware import budgets as middleware

PAGE = "/numbers/15005550006/"


def few(monkeypatch: pytest.MonkeyPatch, name: str, a_minute: int) -> Budget:
    """Make a budget small, and its own, so that tests don't share it."""
    old: Budget = getattr(middleware, name)
    small = Budget(f"{old.name} of a test {id(monkeypatch)}", a_minute)
    monkeypatch.setattr(middleware, name, small)
    lanes = {small if budget == old else budget: taken for budget, taken in middleware._LANES.items()}
    monkeypatch.setattr(middleware, "_LANES", lanes)
    rooms = {room: small if budget == old else budget for room, budget in middleware._BY_ROOM.items()}
    monkeypatch.setattr(middleware, "_BY_ROOM", rooms)
    monkeypatch.setattr(middleware, "PAUSE", 0.01)
    monkeypatch.setattr(budgets, "ANSWERED_WITHIN", 60.0)
    return small
