"""Amounts of money as people read them."""

from decimal import Decimal


def write_amount(amount: Decimal) -> str:
    """An amount without the trailing zeros of its column: 1.5, not 1.5000."""
    return f"{amount.normalize():f}"


def write_price(amount: Decimal) -> str:
    """An amount with two decimals, or with more where it has fractions of a cent."""
    return f"{amount:.2f}" if amount == round(amount, 2) else write_amount(amount)
