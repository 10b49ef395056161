"""Calls to the simulated carrier: its books are opened directly, and for drills some calls fail as calls do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from numbers.carriers.contract import Api, Request, secret_values
from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Outgoing, Sent
from numbers.carriers.simulated import faults
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.webhooks import LONGEST_ORDER, Simulated

T = TypeVar("T")


class SimulatedApi(Api):
    """One account of the books."""

    carrier = Simulated
    blind = True
    listed_within = timedelta(seconds=15)  # its books know a purchase once its order is over

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """Numbers of the stock that nobody has, or what one of the carrier's choice costs at most."""
        if secret_values(self.secrets, "blind") == ["yes"]:
            return self._read_books(lambda: self._open_books.kinds(wanted))
        return self._read_books(lambda: self._open_books.search(wanted))

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Buy it; a number that somebody has, even we, is refused."""
        lasts = self._read_number("order_seconds", at_most=LONGEST_ORDER)
        if offer.blind:
            wanted = NumberQuery(offer.country, offer.kind, offer.capabilities)
            return self._change_books(
                lambda: self._open_books.choose(self._signing_keys, wanted, webhook_url, lasts, key)
            )
        return self._change_books(
            lambda: self._open_books.buy(self._signing_keys, offer.e164, webhook_url, lasts, key)
        )

    def order(self, ref: str) -> Owned | Ordered:
        """Whether an order has been carried out."""
        return self._read_books(lambda: self._open_books.order(self._signing_keys, ref))

    def find(self, key: str) -> Owned | Ordered | None:
        """What the books have under this key."""
        return self._read_books(lambda: self._open_books.find(self._signing_keys, key))

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point it at this address."""
        self._change_books(lambda: self._open_books.configure(self._signing_keys, ref, webhook_url))

    def release(self, ref: str) -> None:
        """Give it back."""
        self._change_books(lambda: self._open_books.release(self._signing_keys, ref))

    def owned(self) -> list[Owned]:
        """What the books say is ours."""
        return self._read_books(lambda: self._open_books.owned(self._signing_keys))

    def messages(self, since: datetime) -> list[Inbound]:
        """What the books say was written to our numbers; they keep it for two days."""
        bodies = self._read_books(lambda: self._open_books.log(self._signing_keys, since.timestamp()))
        found = [event for body in bodies for event in Simulated().parse(Request("POST", "", {}, body))]
        return [event for event in found if isinstance(event, Inbound)]

    def log_in(self) -> None:
        """Open the books."""
        self._read_books(lambda: self._open_books.owned(self._signing_keys))

    def send(self, message: Outgoing) -> Sent:
        """Send it: to a number that is owned it arrives as a message, to others it cannot be delivered."""
        self.check_textual(message)
        return faults.call(
            lambda: self._open_books.send(self._signing_keys, message),
            self._read_number("faults", at_most=1),
            repeatable=False,
        )

    def _read_books(self, function: Callable[[], T]) -> T:
        return faults.call(function, self._read_number("faults", at_most=1), reads=True)

    def _change_books(self, function: Callable[[], T]) -> T:
        return faults.call(function, self._read_number("faults", at_most=1))

    def _read_number(self, name: str, at_most: float) -> float:
        given = secret_values(self.secrets, name)
        try:
            value = float(given[0]) if given else 0.0
        except ValueError:
            value = -1.0
        if not 0 <= value <= at_most:
            raise Rejected(f"the setting {name} is not a number from 0 to {at_most:g}", fault="account")
        return value

    @property
    def _signing_keys(self) -> list[str]:
        self.setting("signing_key")
        return secret_values(self.secrets, "signing_key")

    @property
    def _open_books(self) -> Books:
        return Books(Path(self.setting("books")))
