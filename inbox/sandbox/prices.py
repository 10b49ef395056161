"""What a message would have cost, as far as anything here knows: by the project's own prices, or by what was paid.

Carriers' list prices of messages are nowhere in this house, and nothing is asked at a carrier for a message that never
reaches it. So the estimate is what the project says that it pays, or what a test message of this site to the same
country cost the last time.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from inbox.sandbox.models import CapturedMessage, Project
from numbers import accounts, carriers, prices
from numbers.carriers.toolkit import amounts

MOST = 100
"""Lines of a price list."""
EXAMPLE = "twilio US 0.0083 USD"
_COUNTRY, _CURRENCY = re.compile(r"[A-Z]{2}|\*"), re.compile(r"[A-Z]{3}")
_MOST_PER_SEGMENT = Decimal(1000)


class Source(StrEnum):
    """Where a price is from."""

    PROJECT = "project"
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a message would have cost."""

    amount: Decimal
    currency: str
    source: Source

    @property
    def written(self) -> str:
        """Amount and currency, without zeros at the end."""
        return f"{self.amount.normalize():f} {self.currency}"


class BadPrice(ValueError):
    """A line of a price list that cannot be read."""


def estimate(message: CapturedMessage) -> Estimate | None:
    """What a program would have paid for a message; None where nobody knows, as for files and for what it received."""
    if message.direction != CapturedMessage.Direction.OUT or message.media:
        return None
    country = _find_country(message.recipient)
    # A line for the country comes before one for all
    for wanted in (country, "*"):
        for line in message.project.prices:
            carrier, where, price, currency = line.split()
            if (carrier, where) == (message.carrier, wanted):
                return Estimate(Decimal(price) * message.segments, currency, Source.PROJECT)
    paid = prices.last_paid_for_message(message.carrier, country) if country else None
    return Estimate(paid[0] * message.segments, paid[1], Source.PAID) if paid else None


def read_list(text: str) -> list[str]:
    """The lines of a price list in one spelling: carrier, country or `*`, price of a segment, currency.

    Raises `BadPrice`, with the line that is wrong.
    """
    lines = [line for line in text.replace("\0", " ").splitlines() if line.strip()]
    if len(lines) > MOST:
        raise BadPrice(lines[MOST])
    return [_read_line(line) for line in lines]


def set_list(project: Project, text: str) -> None:
    """Set a project's prices; raises `BadPrice`."""
    project.prices = read_list(text)
    project.save(update_fields=["prices"])


def _read_line(line: str) -> str:
    parts = line.split()
    if len(parts) == 4:
        carrier, country, price, currency = parts[0].lower(), parts[1].upper(), parts[2], parts[3].upper()
        amount = amounts.money(price)
        known = carrier in carriers.names() and amount is not None and amount <= _MOST_PER_SEGMENT
        if known and _COUNTRY.fullmatch(country) and _CURRENCY.fullmatch(currency) and len(price) <= 12:
            return f"{carrier} {country} {price} {currency}"
    raise BadPrice(line.strip()[:80])


@lru_cache(maxsize=1024)
def _find_country(number: str) -> str:
    try:
        return accounts.describe(number if number.startswith("+") else f"+{number}")[0]
    except accounts.Invalid:
        return ""
