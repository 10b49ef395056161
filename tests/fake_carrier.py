"""A carrier for tests: it sells, lists and sends what a test gives it, fails as told, and keeps what it was asked.

    with FakeCarrier().registered() as fake:
        fake.fails_after = Uncertain("timed out after it was done")

Its adapter has the features that it is made with: `gain` and `lose` change them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from numbers import carriers
from numbers.carriers.contract import METHODS, Feature
from numbers.carriers.leasing import Kind, NumberQuery, Offer, Ordered, Owned
from numbers.carriers.messages import Inbound, Outgoing, Sent
from numbers.carriers.settings import Setting

LEASES = (Feature.SEARCH, Feature.BUY, Feature.RELEASE, Feature.OWNED)


def offers(count: int = 20, price: str = "1.00", setup: str = "0", step: str = "0.01") -> list[Offer]:
    """American numbers from +12025551000 on, each a step more expensive."""
    return [
        Offer(
            f"+1202555{1000 + n}",
            "US",
            Kind.LOCAL,
            frozenset({"sms"}),
            Decimal(price) + n * Decimal(step),
            Decimal(setup),
        )
        for n in range(count)
    ]


class FakeCarrier:
    """What a carrier holds and does. Its methods are those of `Api`; a test may replace one of them.

    `fails` is raised by the methods in `fails_on` before anything is done, `fails_after` by changes that are done.
    """

    def __init__(
        self,
        *features: Feature,
        name: str = "fake",
        title: str = "Fake",
        settings: tuple[Setting, ...] = (),
        fails_on: tuple[str, ...] = tuple(METHODS.values()),
    ) -> None:
        carrier = type(
            "Registered", (carriers.Carrier,), {"name": name, "title": title, "settings": settings}
        )
        self.api: type[carriers.Api] = type("RegisteredApi", (carriers.Api,), {"carrier": carrier})
        self.api.listed_within = timedelta(0)
        self.api.list_price = lambda _, *given: self.list_price(*given)  # type: ignore[method-assign]
        self.gain(*features)
        self.fails_on = fails_on
        self.fails: Exception | None = None
        self.fails_after: Exception | None = None
        self.takes_time = False
        self.stock = offers()
        self.searched = 0
        self.owns: dict[str, Owned] = {}
        self.keys: dict[str, Owned | Ordered] = {}
        self.orders: dict[str, Owned | Exception] = {}
        self.bought: list[str] = []
        self.released: list[str] = []
        self.sent: list[Outgoing] = []
        self.price: Decimal | None = Decimal("0.0079")
        self.log: list[Inbound] = []
        self.log_read_since: list[datetime] = []

    @contextmanager
    def registered(self) -> Iterator["FakeCarrier"]:
        """Stand among the carriers for a while."""
        with carriers.register(self.api):
            yield self

    def gain(self, *features: Feature) -> None:
        """Have more features."""
        for feature in features:
            if feature is Feature.BLIND:
                self.api.blind = True
            else:
                setattr(self.api, METHODS[feature], _ask(self, METHODS[feature]))

    def lose(self, feature: Feature) -> None:
        """Have one less."""
        delattr(self.api, METHODS[feature])

    def search(self, wanted: NumberQuery) -> list[Offer]:
        """The stock that is left."""
        self.searched += 1
        self._fail_if_told("search")
        return [offer for offer in self.stock if offer.e164 not in self.owns]

    def list_price(self, country: str, kind: Kind) -> tuple[Decimal, str] | None:
        """Not reported."""
        return None

    def buy(self, offer: Offer, webhook_url: str, key: str = "") -> Owned | Ordered:
        """Buy or order it, or the first of the stock; once under a key, if keys are a feature."""
        self._fail_if_told("buy")
        keeps_keys = Feature.KEYS in self.api.features()
        if not (keeps_keys and key in self.keys):
            chosen = self.stock[len(self.bought)] if offer.blind else offer
            self.bought.append(chosen.e164)
            owned = Owned(f"ref{chosen.e164}", chosen.e164, webhook_url, chosen.monthly_cost, chosen.currency)
            self.owns[chosen.e164] = owned
            self.keys[key] = Ordered(f"order {len(self.bought)}") if self.takes_time else owned
        if self.fails_after:
            raise self.fails_after
        return self.keys[key]

    def order(self, ref: str) -> Owned | Ordered:
        """What the test says."""
        found = self.orders.get(ref, Ordered(ref))
        if isinstance(found, Exception):
            raise found
        return found

    def find(self, key: str) -> Owned | Ordered | None:
        """What was bought under a key."""
        return self.keys.get(key)

    def configure(self, ref: str, webhook_url: str) -> None:
        """Point a number at an address."""
        (number,) = [owned for owned in self.owns.values() if owned.ref == ref]
        self.owns[number.e164] = Owned(ref, number.e164, webhook_url, number.monthly_cost)

    def release(self, ref: str) -> None:
        """Give a number back."""
        self._fail_if_told("release")
        self.released.append(ref)
        self.owns = {e164: owned for e164, owned in self.owns.items() if owned.ref != ref}
        if self.fails_after:
            raise self.fails_after

    def owned(self) -> list[Owned]:
        """What is ours."""
        self._fail_if_told("owned")
        return list(self.owns.values())

    def messages(self, since: datetime) -> list[Inbound]:
        """The log, whatever the time."""
        self._fail_if_told("messages")
        self.log_read_since.append(since)
        return self.log

    def log_in(self) -> None:
        """Let in, unless told otherwise."""
        self._fail_if_told("log_in")

    def send(self, message: Outgoing) -> Sent:
        """Send; a message that fails is kept too."""
        self.sent.append(message)
        self._fail_if_told("send")
        return Sent(f"m{len(self.sent)}", 1, self.price, "USD" if self.price is not None else "")

    def _fail_if_told(self, method: str) -> None:
        if self.fails and method in self.fails_on:
            raise self.fails


def _ask(fake: FakeCarrier, method: str) -> Callable[..., Any]:
    return lambda api, *given: getattr(fake, method)(*given)
