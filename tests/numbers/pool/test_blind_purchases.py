"""A number of the carrier's choice is bought once, within the ceiling, and becomes one lease."""

from decimal import Decimal

import pytest
from django.utils import timezone

from numbers import accounts, audit, intents, offers, pool
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.leasing import Owned
from numbers.models import Account, Charge, Finding, Intent, Lease, Number, PoolTarget
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier
from tests.numbers.pool.targets import later, make_fake_target

pytestmark = pytest.mark.django_db


def test_a_blind_offer_fills_a_target_within_its_ceiling_and_takes_the_carriers_number_and_price(
    blind: FakeCarrier,
) -> None:
    make_fake_target(count=9, monthly_ceiling=Decimal(3))
    assert pool.fill() == 3
    first = Lease.objects.select_related("number").earliest("pk")
    assert str(first.number) == "local number in US, not chosen yet"
    assert not Number.objects.filter(public=True).exists()
    intents.perform_due()
    assert set(Lease.objects.values_list("number__e164", "state", "monthly_cost")) == {
        (offer.e164, "active", Decimal("1.10")) for offer in blind.stock[:3]
    }
    assert Number.objects.count() == 3, "placeholders are gone"
    assert set(Number.objects.values_list("public", flat=True)) == {True}
    assert set(Charge.objects.values_list("amount", flat=True)) == {Decimal("1.10")}
    assert list(first.events.values_list("what", flat=True)) == ["ordered", "chosen", "priced", "active"]


@pytest.mark.parametrize("takes_time", [False, True])
@pytest.mark.parametrize("answer", [Rejected("busy"), Uncertain("no answer"), CallFailed("?")])
def test_a_blind_purchase_whose_answer_is_lost_is_found_by_its_key_and_made_once(
    blind: FakeCarrier, answer: Exception, takes_time: bool
) -> None:
    blind.fails_after, blind.takes_time = answer, takes_time
    make_fake_target(count=1)
    pool.fill()
    for _ in range(3):
        intents.perform_due()
        audit.audit(Account.objects.get())
        assert not Finding.objects.exists(), "what is being bought is no orphan"
        later()
    if takes_time:
        assert Lease.objects.get().state == "provisioning"
        blind.orders["order 1"] = blind.owns[blind.stock[0].e164]
        intents.perform_due()
    assert blind.bought == [blind.stock[0].e164]
    assert Lease.objects.get().number.e164 == blind.stock[0].e164
    assert Intent.objects.get().state == "done"


def test_a_blind_purchase_that_never_arrived_is_made_anew_and_a_refused_one_is_not(
    blind: FakeCarrier,
) -> None:
    make_fake_target(count=1)
    blind.fails = Uncertain("no answer")
    for _ in range(2):
        assert pool.fill() == 1
        intents.perform_due()
        later()
        intents.perform_due()
    assert set(Lease.objects.values_list("state", flat=True)) == {"failed"}
    blind.fails = Rejected("wants a registration")
    assert pool.fill() == 1
    intents.perform_due()
    assert pool.fill() == 0
    assert "any number: wants a registration" in PoolTarget.objects.get().problem
    Intent.objects.update(settled_at=timezone.now() - offers.RETRY_AFTER)
    assert pool.fill() == 1


def test_a_chosen_number_that_was_adopted_meanwhile_is_one_lease_paid_once(blind: FakeCarrier) -> None:
    target = make_fake_target(count=1)
    pool.fill()
    blind.fails_after = Uncertain("no answer")
    intents.perform_due()
    adopted = accounts.adopt(target.account or make_account(), blind.stock[0].e164)
    later()
    intents.perform_due()
    adopted.refresh_from_db()
    assert (adopted.state, adopted.target, adopted.carrier_ref) == (
        "active",
        target,
        f"ref{blind.stock[0].e164}",
    )
    assert Lease.objects.exclude(pk=adopted.pk).get().state == "failed"
    assert Charge.objects.get().lease == adopted
    assert Intent.objects.get().lease == adopted
    assert pool.fill() == 0


def test_a_chosen_number_leased_through_another_account_waits_for_the_end_of_that(
    blind: FakeCarrier,
) -> None:
    other = make_lease(make_number(blind.stock[0].e164))
    make_fake_target(count=1)
    pool.fill()
    for _ in range(2):
        intents.perform_due()
        assert Intent.objects.get().state == "uncertain"
        assert "another account" in Intent.objects.get().problem
        later()
    Lease.objects.filter(pk=other.pk).update(state="released")
    intents.perform_due()
    assert set(Lease.objects.values_list("state", flat=True)) == {"released", "active"}
    assert len(blind.bought) == 1


def test_a_chosen_number_that_was_public_once_is_given_back_by_a_private_target(blind: FakeCarrier) -> None:
    make_number(blind.stock[0].e164)
    Number.objects.update(public=False)
    make_fake_target(count=1, public=False)
    pool.fill()
    intents.perform_due()
    assert pool.retire_due() == 1
    assert pool.fill() == 1
    intents.perform_due()
    assert set(Lease.objects.values_list("number__e164", "state")) == {
        (blind.stock[0].e164, "draining"),
        (blind.stock[1].e164, "active"),
    }


def test_orphans_known_before_a_blind_purchase_stay_shown(blind: FakeCarrier) -> None:
    target = make_fake_target(count=1)
    assert target.account
    blind.owns["+12025559999"] = Owned("x", "+12025559999")
    audit.audit(target.account)
    pool.fill()
    assert [finding.e164 for finding in audit.audit(target.account)] == ["+12025559999"]
