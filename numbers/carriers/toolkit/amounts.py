"""Amounts of money as carriers write them."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from numbers.carriers.toolkit import payloads


def money(value: object) -> Decimal | None:
    """An amount of money of zero or more; None for anything else."""
    try:
        found = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        return None
    # Decimal takes "NaN" and "Infinity" for numbers; a ceiling compared with either would hold nothing back
    return found if found is not None and found.is_finite() and found >= 0 else None


def price(payload: Mapping[str, Any], amount: str, currency: str) -> tuple[Decimal | None, str]:
    """An amount and its currency, by the names of their fields; without an amount no currency either."""
    found = money(payload.get(amount))
    return found, payloads.text(payload, currency) if found is not None else ""
