"""A target is filled with the cheapest offers that it allows, once, whoever else tries."""

import threading
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from numbers import intents, offers, pool
from numbers.carriers.errors import Rejected
from numbers.carriers.leasing import Kind, Offer
from numbers.models import Event, Intent, Lease, PoolTarget
from tests.factories import make_account
from tests.fake_carrier import FakeCarrier
from tests.numbers.pool.targets import make_fake_target

pytestmark = pytest.mark.django_db


def test_a_target_is_filled_with_the_cheapest_offers_through_intents(fake: FakeCarrier) -> None:
    target = make_fake_target()
    assert pool.fill() == 2
    assert set(Intent.objects.values_list("effect", "state")) == {("buy", "waiting")}
    assert fake.bought == []
    assert intents.perform_due() == 2
    assert fake.bought == ["+12025551000", "+12025551001"]
    lease = Lease.objects.select_related("number").first()
    assert lease
    assert (lease.state, lease.carrier_ref, lease.monthly_cost) == (
        "active",
        "ref+12025551000",
        Decimal("1.00"),
    )
    assert lease.number.public
    assert lease.retire_at and lease.leased_at
    assert lease.retire_at - lease.leased_at == target.rotate_after
    assert fake.owns["+12025551000"].webhook_url == lease.account.webhook_url
    assert list(lease.events.values_list("what", flat=True)) == ["ordered", "active"]
    assert pool.fill() == 0


def test_nothing_dearer_than_the_ceiling_is_ordered(fake: FakeCarrier) -> None:
    make_fake_target(count=20)
    pool.fill()
    assert Lease.objects.count() == 6  # 1.00 to 1.05


def test_disabled_targets_and_accounts_order_nothing(fake: FakeCarrier) -> None:
    make_fake_target(enabled=False)
    make_fake_target(account=make_account(carrier="fake", secrets={}, enabled=False))
    assert pool.fill() == 0


def test_retirement_makes_room_for_a_fresh_number(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    intents.perform_due()
    pool.retire(Lease.objects.get(), "by hand", "admin")
    assert pool.fill() == 1
    assert Lease.objects.filter(state="ordered").count() == 1
    assert Event.objects.filter(what="draining", actor="admin").exists()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_parallel_attempts_order_and_buy_once(fake: FakeCarrier) -> None:
    make_fake_target(count=1)

    def attempt() -> None:
        try:
            pool.fill()
            intents.perform_due()
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Lease.objects.count(), Intent.objects.count(), len(fake.bought)) == (1, 1, 1)


def test_keys_of_purchases_differ(fake: FakeCarrier) -> None:
    make_fake_target(count=2)
    pool.fill()
    assert len(set(Intent.objects.values_list("key", flat=True))) == 2


def test_a_refused_offer_gives_way_to_the_next_and_is_told(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    fake.fails = Rejected("needs papers")
    pool.fill()
    intents.perform_due()
    fake.fails = None
    assert pool.fill() == 1
    assert "+12025551001" in Lease.objects.values_list("number__e164", flat=True)
    intents.perform_due()
    PoolTarget.objects.update(count=100, max_monthly_cost=Decimal("1.02"))
    pool.fill()
    assert "+12025551000: needs papers" in PoolTarget.objects.get().problem


def test_an_account_that_refuses_everything_is_left_alone_for_a_while(fake: FakeCarrier) -> None:
    make_fake_target(count=1, max_monthly_cost=Decimal(2))
    fake.fails = Rejected("the account is suspended")
    for _ in range(15):
        pool.fill()
        intents.perform_due()
    assert Lease.objects.count() == offers.MOST_REFUSALS
    Intent.objects.update(settled_at=timezone.now() - offers.PAUSE)
    assert pool.fill() == 1


@pytest.mark.parametrize(
    "wrong", [{"country": "CA"}, {"kind": Kind.TOLL_FREE}, {"capabilities": frozenset({"voice"})}]
)
def test_an_offer_of_something_else_is_not_ordered(
    fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    offer = Offer("+12025551000", "US", Kind.LOCAL, frozenset({"sms", "mms"}), Decimal(1))
    make_fake_target(count=2)
    monkeypatch.setattr(fake, "search", lambda query: [replace(offer, **wrong)])
    assert pool.fill() == 0
    monkeypatch.setattr(fake, "search", lambda query: [offer])
    assert pool.fill() == 1
