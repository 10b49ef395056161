"""A message that is sent arrives where somebody owns the number, with a receipt and a line on the bill."""

import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from numbers import carriers
from numbers.carriers.contract import Request
from numbers.carriers.errors import Rejected, Unsupported
from numbers.carriers.messages import Inbound, Outgoing, Receipt, Sent, Status
from numbers.carriers.simulated.books import Books
from tests.carriers.simulated.buying import SIMULATED, URL, bought, keys


def test_what_is_sent_arrives_where_somebody_owns_the_number(api: carriers.Api, books: Books) -> None:
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    mine, theirs = bought(api), bought(other)
    sent = api.send(Outgoing(mine, theirs, "é" * 161, status_url=f"{URL}status/"))
    assert sent == Sent(sent.ref, 2, Decimal("0.0150"), "USD")
    message, receipt = sorted(books.claim(time.time() + 1, 9), key=lambda pending: pending.webhook_url)
    assert (message.webhook_url, receipt.webhook_url) == (URL, f"{URL}status/")
    (arrived,) = SIMULATED.parse(Request("POST", URL, {}, message.body))
    assert isinstance(arrived, Inbound)
    assert (arrived.ref, arrived.sender, arrived.recipient, arrived.segments) == (sent.ref, mine, theirs, 2)
    (told,) = SIMULATED.parse(Request("POST", URL, {}, receipt.body))
    assert isinstance(told, Receipt)
    assert (told.ref, told.status) == (sent.ref, Status.DELIVERED)
    assert [event.ref for event in other.messages(datetime(2000, 1, 1, tzinfo=UTC))] == [sent.ref]
    assert api.messages(datetime(2000, 1, 1, tzinfo=UTC)) == []
    line = books.ledger(keys(api))[-1]
    assert (line.deed, line.ref, line.amount) == ("send", sent.ref, Decimal("0.0150"))


def test_what_nobody_gets_is_undelivered_and_only_own_numbers_send(api: carriers.Api, books: Books) -> None:
    mine = bought(api)
    sent = api.send(Outgoing("Norvane", "+14155550100", "Hi", status_url=f"{URL}status/"))
    (receipt,) = books.claim(time.time() + 1, 9)
    (told,) = SIMULATED.parse(Request("POST", URL, {}, receipt.body))
    assert isinstance(told, Receipt)
    assert (told.ref, told.status) == (sent.ref, Status.UNDELIVERED)
    other = carriers.connect("simulated", {**api.secrets, "signing_key": "other"})
    with pytest.raises(Rejected, match="not yours"):
        other.send(Outgoing(mine, "+14155550100", "Hi"))
    with pytest.raises(Unsupported):
        api.send(Outgoing(mine, "+14155550100", "Hi", ("https://a/1",)))
    assert [line.deed for line in books.ledger(keys(api))] == ["buy", "send"]
