"""What a number really receives is learnt from traffic and from canaries; a canary is sent and paid once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from inbox import codes, outbox
from numbers import canaries, health, ledger
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.messages import Inbound
from numbers.models import Account, Canary, Health, Lease, Number
from tests.arrivals import arrive_now
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sender() -> Iterator[FakeCarrier]:
    """A carrier that sends."""
    with FakeCarrier(Feature.SEND, name="sender", title="Sender").registered() as sender:
        yield sender


@pytest.fixture
def account(sender: FakeCarrier) -> Account:
    """An account there that sends canaries from a number."""
    return make_account(carrier="sender", secrets={}, canary_sender="+15005550001")


@pytest.fixture
def lease() -> Lease:
    """An active lease of +15005550006 at Twilio."""
    return make_lease()


def receive(lease: Lease, *messages: Inbound) -> None:
    """As by webhook, and what follows from it."""
    arrive_now(lease.account_id, *messages)
    outbox.relay()


def message(ref: str, sender: str, body: str = "Hello", flags: tuple[str, ...] = ()) -> Inbound:
    return Inbound(ref, sender, "+15005550006", body, flags=flags)


# Traffic


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ("384387", "short_code_at"),
        ("12345", "short_code_at"),
        ("Norvane", "name_at"),
        ("+14155550100", "domestic_at"),
        ("4155550100", "domestic_at"),
        ("011447700900456", "international_at"),
        ("106550200012345678", ""),
        ("+447700900123", "international_at"),
        ("+１２３４５６７", "name_at"),
    ],
)
def test_senders_are_told_apart(sender: str, kind: str) -> None:
    assert health.sender_kind(sender, "+15005550006") == kind


def test_a_number_is_known_by_what_it_received(lease: Lease) -> None:
    receive(
        lease,
        message("1", "384387", "Your code is 482913"),
        message("2", "+447700900123"),
        message("3", "Norvane", "[blocked]", ("filtered",)),
    )
    found = Health.objects.get()
    assert found.number == lease.number
    seen = {name for name in health._FIELDS if getattr(found, name)}
    assert seen == {"received_at", "code_at", "short_code_at", "international_at", "name_at", "filtered_at"}


def test_the_newest_sighting_counts_and_telling_again_changes_nothing(lease: Lease) -> None:
    now = timezone.now()
    seen = [
        health.Sighting(lease.number_id, "+15005550006", "384387", now - timedelta(hours=hours))
        for hours in (1, 0, 2)
    ]
    health.store_sightings(seen)
    health.store_sightings(seen[2:])
    health.store_sightings([])
    found = Health.objects.get()
    assert (found.short_code_at, found.received_at, found.code_at) == (now, now, None)


def test_what_was_captured_never_went_through_a_carrier(lease: Lease) -> None:
    receive(lease, message("1", "384387", flags=("captured",)))
    assert not Health.objects.exists()


# Canaries


def test_a_canary_is_sent_from_another_account_and_seen_when_it_arrives(
    lease: Lease, account: Account, sender: FakeCarrier
) -> None:
    assert canaries.send_due(timezone.now()) == 1
    (sent,) = sender.sent
    canary = Canary.objects.get()
    assert (sent.sender, sent.recipient, canary.state) == ("+15005550001", "+15005550006", "sent")
    assert (canary.carrier_ref, canary.price) == ("m1", Decimal("0.0079"))
    assert codes.find(sent.body) is None, "nobody should take it for a code"
    receive(lease, message("1", "+15005550001", f"{sent.body}."))
    canary.refresh_from_db()
    assert canary.state == "seen"
    assert canary.seen_at
    assert Health.objects.get().domestic_at == canary.seen_at


def test_a_word_that_came_to_another_number_or_again_is_no_sighting(
    lease: Lease, account: Account, sender: FakeCarrier
) -> None:
    canaries.send_due(timezone.now())
    body, now = sender.sent[0].body, timezone.now()
    other = make_number("+15005550007")
    assert canaries.mark_arrived([(other.pk, body, now), (lease.number_id, body[:-1], now)]) == 0
    assert canaries.mark_arrived([(lease.number_id, body, now)]) == 1
    assert canaries.mark_arrived([(lease.number_id, body, now + timedelta(hours=1))]) == 0
    assert Canary.objects.get().seen_at == now


def test_each_number_has_one_when_it_is_due(lease: Lease, account: Account, sender: FakeCarrier) -> None:
    now = timezone.now()
    assert [canaries.send_due(now), canaries.send_due(now)] == [1, 0]
    Canary.objects.update(sent_at=now - timedelta(hours=25))
    assert canaries.send_due(now) == 1
    assert list(Canary.objects.order_by("pk").values_list("state", flat=True)) == ["lost", "sent"]


@pytest.mark.parametrize("changes", [{"canary_sender": ""}, {"enabled": False}, {"carrier": "simulated"}])
def test_without_an_account_that_may_and_can_send_nothing_is_sent(
    lease: Lease, account: Account, sender: FakeCarrier, changes: dict[str, Any]
) -> None:
    Account.objects.filter(pk=account.pk).update(**changes)
    assert canaries.send_due(timezone.now()) == 0
    assert not sender.sent


def test_nothing_is_sent_to_retiring_rented_or_own_numbers(account: Account, sender: FakeCarrier) -> None:
    make_lease(make_number("+15005550010"), state="draining")
    make_lease(make_number("+15005550011"), account)
    rented = make_lease(make_number("+15005550012", public=False))
    now = timezone.now()
    rented.number.rentals.create(
        during=(now - timedelta(hours=1), now + timedelta(hours=1)),
        held=(now - timedelta(hours=1), None),
        holder="h",
    )
    assert canaries.send_due(now) == 0
    assert not sender.sent


@pytest.mark.parametrize(
    ("error", "state", "price"),
    [
        (Rejected("no"), "refused", "0"),
        (CallFailed("down", retry=True), "refused", "0"),
        (Uncertain("?"), "uncertain", "0.05"),
        (CallFailed("?"), "uncertain", "0.05"),
    ],
)
def test_what_went_wrong_is_kept_and_what_may_be_paid_counts(
    lease: Lease, account: Account, sender: FakeCarrier, error: Exception, state: str, price: str
) -> None:
    sender.fails = error
    assert canaries.send_due(timezone.now()) == 0
    canary = Canary.objects.get()
    assert (canary.state, canary.price, canary.problem) == (state, Decimal(price), str(error))
    assert ledger.account_spending(account, timezone.now().date()) == Decimal(price)
    assert canaries.send_due(timezone.now()) == 0, "the next one comes when it is due"


def test_the_accounts_ceiling_holds(lease: Lease, account: Account, sender: FakeCarrier) -> None:
    make_lease(make_number("+15005550007"))
    account.monthly_ceiling = Decimal("0.05")  # less than what one cost and another is expected to cost
    account.save()
    assert canaries.send_due(timezone.now()) == 1
    assert len(sender.sent) == 1
    assert ledger.account_spending(account, timezone.now().date()) == Decimal("0.0079")


def test_one_that_was_cut_short_is_uncertain(lease: Lease, account: Account, sender: FakeCarrier) -> None:
    Canary.objects.create(
        number=lease.number,
        account=account,
        price=1,
        currency="USD",
        sent_at=timezone.now() - timedelta(hours=2),
    )
    canaries.mark_overdue(timezone.now())
    assert Canary.objects.get().state == "uncertain"


def test_twenty_parallel_attempts_send_one(lease: Lease, account: Account, sender: FakeCarrier) -> None:
    barrier = threading.Barrier(20)

    def attempt() -> None:
        barrier.wait()
        try:
            canaries.send(lease)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sender.sent) == Canary.objects.count() == 1


def test_an_operator_sees_what_it_costs_and_sends_one(
    lease: Lease, account: Account, sender: FakeCarrier, admin_client: Client
) -> None:
    form = {"action": "send_canaries", "_selected_action": [str(lease.pk)]}
    page = admin_client.post("/admin/numbers/lease/", form).content.decode()
    assert "0.05" in page
    assert not sender.sent
    admin_client.post("/admin/numbers/lease/", {**form, "confirmed": "1"})
    assert len(sender.sent) == 1
    for path in ("canary/", "number/", f"number/{lease.number_id}/change/", "account/add/"):
        assert admin_client.get(f"/admin/numbers/{path}").status_code == 200


def test_the_page_shows_what_was_seen(lease: Lease, client: Client) -> None:
    assert "Received here so far" not in client.get("/numbers/15005550006/").content.decode()
    now = timezone.now()
    health.store_sightings(
        [health.Sighting(lease.number_id, "+15005550006", "384387", now, code=True, filtered=True)]
    )
    page = client.get("/numbers/15005550006/").content.decode()
    assert "Received here so far" in page
    assert "short codes" in page
    assert "The carrier removed the text of a message:" in page
    assert Number.objects.get().health.code_at == now
    assert "Last test message of our own:" not in page
    Canary.objects.create(
        number=lease.number, account=lease.account, price=0, currency="USD", state="seen", seen_at=now
    )
    assert "Last test message of our own:" in client.get("/numbers/15005550006/").content.decode()
