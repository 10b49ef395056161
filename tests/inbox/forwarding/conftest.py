"""Loopback targets that the operator allows, and messages that have been stored."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from inbox import outbox
from inbox.forwarding import deliveries, targets
from inbox.forwarding.models import Rule
from inbox.models import Message, Outbox
from numbers.models import Lease
from tests.factories import make_account, make_lease, make_message, make_number
from tests.forward_targets import Targets


@pytest.fixture(autouse=True)
def loopback(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What tests listen on may be reached, and no worker is woken."""
    from ipaddress import ip_network

    settings.FORWARD_HTTP = True
    settings.FORWARD_NETWORKS = [ip_network("127.0.0.0/8")]
    monkeypatch.setattr(deliveries, "wake_worker", lambda: None)


@pytest.fixture
def web() -> Iterator[Targets]:
    """HTTP targets."""
    with Targets() as found:
        yield found


@pytest.fixture
def lease(transactional_db: None) -> Lease:
    """Of +15005550006, which is public."""
    return make_lease(make_number(), make_account())


Forward = Callable[..., Rule]


@pytest.fixture
def forward(web: Targets, transactional_db: None) -> Forward:
    """Make a rule to a path of the HTTP targets, or to an address of another kind."""

    def make(to: str = "/ok", *, kind: str = "webhook", **rule: Any) -> Rule:
        target, _ = targets.ensure(kind, web.url(to) if to.startswith("/") else to)
        return Rule.objects.create(target=target, **rule)

    return make


def stored(*messages: Message) -> None:
    """Have the outbox process messages, as it does after they were stored."""
    Outbox.objects.create(message_ids=[message.pk for message in messages])
    assert outbox.relay() == 1


def receive(lease: Lease, *texts: str, **changes: Any) -> list[Message]:
    """Messages that arrived and were processed."""
    found = [make_message(lease, text, **changes) for text in texts]
    stored(*found)
    return found
