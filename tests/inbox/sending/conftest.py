"""An account at a carrier that sends, with a number and a key; and what else the tests of sending share."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from inbox.api import keys
from inbox.api.principals import Principal
from inbox.api.scopes import Scope
from inbox.sending import accepting
from inbox.sending.accepting import Wanted
from inbox.sending.models import OutgoingMessage, Route
from numbers.carriers.contract import Feature
from numbers.models import Account, Lease
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier

NUMBER = "+15005550006"
PERSON = "+14155552671"


@pytest.fixture
async def api(site: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of the API."""
    site.base_url = httpx.URL("http://127.0.0.1:8000/api/v1")
    return site


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    """A carrier that sends."""
    with FakeCarrier(Feature.SEND, fails_on=("send",)).registered() as fake:
        yield fake


@pytest.fixture
def account(transactional_db: None, fake: FakeCarrier) -> Account:
    """An account at it, which sends as fast as it can for a cent a segment."""
    account = make_account(carrier="fake")
    Route.objects.create(account=account, price=Decimal("0.01"), per_second=1000)
    return account


@pytest.fixture
def lease(account: Account) -> Lease:
    """A number of the account."""
    return make_lease(make_number(NUMBER, public=False), account)


async def send(api: httpx.AsyncClient, key: dict[str, str], **changes: Any) -> httpx.Response:
    """The answer to a message."""
    return await api.post("/messages", json={"to": PERSON, "body": "Hello", **changes}, headers=key)


def states() -> list[str]:
    """The states of all messages, the oldest first."""
    return list(OutgoingMessage.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def principal(lease: Lease) -> Principal:
    """A key that may send."""
    key, _ = keys.create(uuid4().hex, [Scope.MESSAGES_SEND])
    return Principal(f"key:{key.pk}", key.name, frozenset([Scope.MESSAGES_SEND]))


def accept(principal: Principal, count: int = 1, **changes: Any) -> list[OutgoingMessage]:
    """Messages that wait to be sent."""
    return [accepting.accept(principal, Wanted(PERSON, f"Hello {n}", **changes)) for n in range(count)]
