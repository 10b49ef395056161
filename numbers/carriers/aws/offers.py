"""The offers and prices that an operator sets for AWS, whose API reports neither.

Types are those of RequestPhoneNumber, https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-numbers-request.html.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from numbers.carriers.contract import Secrets, secret_values
from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import Kind
from numbers.carriers.toolkit import amounts

_TYPES = {"LONG_CODE", "TOLL_FREE", "TEN_DLC", "SIMULATOR"}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A line of the operator's price list: `price` is in USD a month."""

    country: str
    kind: Kind
    type: str
    price: Decimal
    registration: str = ""


def cheapest(secrets: Secrets, country: str, kind: Kind) -> PriceLine | None:
    """The cheapest line for a country and kind; raises `Rejected` for a list that cannot be read."""
    lines = [_parse_line(line) for line in secret_values(secrets, "offer")]
    fitting = [line for line in lines if (line.country, line.kind) == (country, kind)]
    return min(fitting, key=lambda line: line.price, default=None)


def check(line: str) -> str:
    """What is wrong with a line of the price list, or an empty text."""
    try:
        _parse_line(line)
    except Rejected as error:
        return str(error)
    return ""


def _parse_line(line: str) -> PriceLine:
    """A line of the price list; raises `Rejected`."""
    country, kind, number_type, price, registration, *more = [*line.split(), "", "", "", "", ""]
    amount = amounts.money(price)
    if (
        not re.fullmatch(r"[A-Z]{2}", country)
        or kind not in set(Kind)
        or number_type not in _TYPES
        or amount is None
        or any(more)
    ):
        raise Rejected(f"offer {line!r} is not of the form COUNTRY KIND TYPE PRICE", fault="account")
    return PriceLine(country, Kind(kind), number_type, amount, registration)
