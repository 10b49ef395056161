"""An order that takes time is followed to its end and never repeated, however late its answer or its worker is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from numbers import intents, pool
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.leasing import Owned
from numbers.models import Intent, Lease
from tests.factories import make_account, make_lease
from tests.fake_carrier import FakeCarrier
from tests.numbers.pool.targets import later, make_fake_target

pytestmark = pytest.mark.django_db


def test_an_order_is_followed_to_its_end_and_never_repeated(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.takes_time = True
    for error in (
        None,
        CallFailed("down", retry=True),
        Uncertain("?"),
        Rejected("who are you?", fault="account"),
    ):
        if error:
            fake.orders["order 1"] = error
        intents.perform_due()
        intent = Intent.objects.select_related("lease").get()
        assert (intent.state, intent.order_ref, intent.lease.state) == ("ordered", "order 1", "provisioning")
        later()
    assert pool.fill() == 0
    fake.orders["order 1"] = fake.owns["+12025551000"]
    intents.perform_due()
    intent.refresh_from_db()
    lease = Lease.objects.get()
    assert (intent.state, lease.state, lease.carrier_ref) == ("done", "active", "ref+12025551000")
    assert fake.bought == ["+12025551000"]
    assert list(lease.events.values_list("what", flat=True)) == ["ordered", "provisioning", "active"]


def test_an_order_that_failed_with_a_number_that_is_listed_did_not_fail(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.takes_time = True
    intents.perform_due()
    later()
    fake.orders["order 1"] = Rejected("order not found")
    intents.perform_due()
    assert (Intent.objects.get().state, Lease.objects.get().carrier_ref) == ("done", "ref+12025551000")


@pytest.mark.parametrize("answer", [Rejected("the number is taken"), Uncertain("no answer")])
def test_an_order_whose_answer_is_lost_is_found_by_its_key(fake: FakeCarrier, answer: Exception) -> None:
    """It is not listed yet: a second copy of the request is refused, or nobody answers at all."""
    fake.gain(Feature.KEYS)
    fake.takes_time = True
    fake.fails_after = answer
    make_fake_target(count=1)
    pool.fill()
    intents.perform_due()
    later()
    fake.fails = CallFailed("down")
    intents.perform_due()
    intent = Intent.objects.select_related("lease").get()
    assert (intent.state, intent.order_ref, intent.lease.state) == ("ordered", "order 1", "provisioning")
    assert set(fake.keys) == {intent.key.hex}
    later()
    fake.orders["order 1"] = Owned("ref", "+12025551000")
    intents.perform_due()
    assert Lease.objects.get().state == "active"
    assert fake.bought == ["+12025551000"]


def test_an_order_that_the_carrier_drops_fails_the_lease(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.takes_time = True
    intents.perform_due()
    later()
    fake.orders["order 1"] = Rejected("no such number any more")
    fake.owns.clear()
    intents.perform_due()
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("refused", "failed")
    assert pool.fill() == 1


def test_a_purchase_nobody_answered_keeps_its_place_until_the_carrier_would_list_it(
    fake: FakeCarrier,
) -> None:
    fake.api.listed_within = timedelta(hours=24)
    fake.fails = Uncertain("no answer")
    make_fake_target(count=1)
    pool.fill()
    intents.perform_due()
    for _ in range(5):
        later()
        intents.perform_due()
        assert pool.fill() == 0
    assert Intent.objects.get().state == "uncertain"
    fake.owns["+12025551000"] = Owned("ref", "+12025551000")
    later()
    intents.perform_due()
    assert (Lease.objects.get().state, Lease.objects.get().carrier_ref) == ("active", "ref")
    Intent.objects.update(state="uncertain", settled_at=None, called_at=timezone.now() - timedelta(hours=25))
    Lease.objects.update(state="ordered")
    fake.owns = {}
    later()
    intents.perform_due()
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("refused", "failed")


def test_a_worker_that_comes_late_changes_nothing(fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.fails_after = Uncertain("no answer")
    intents.perform_due()
    later()
    owned = fake.owned

    def slow() -> list[Owned]:
        monkeypatch.setattr(fake, "owned", owned)
        later()
        intents.perform_due()  # another worker is faster
        return []

    monkeypatch.setattr(fake, "owned", slow)
    intents.perform_due()
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("done", "active")


def test_what_an_operator_changes_meanwhile_stays(fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = make_lease(account=make_account(carrier="fake", secrets={}))
    fake.owns[lease.number.e164] = Owned("PN1", lease.number.e164)
    pool.quarantine(lease)
    pool.release(lease)
    release = fake.release

    def slow(ref: str) -> None:
        Lease.objects.update(retire_at=timezone.now())
        release(ref)

    monkeypatch.setattr(fake, "release", slow)
    intents.perform_due()
    lease.refresh_from_db()
    assert lease.state == "released"
    assert lease.retire_at is not None
