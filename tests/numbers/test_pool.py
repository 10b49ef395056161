"""The pool leases up to its targets and retires what is due; one intent has one effect."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from numbers import accounts, audit, intents, offers, pool
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.leasing import Kind, Offer, Owned
from numbers.models import Account, Charge, Event, Finding, Intent, Lease, Number, PoolTarget, Rental
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import LEASES, FakeCarrier


@pytest.fixture
def fake() -> Iterator[FakeCarrier]:
    """A carrier that sells American numbers and may take its time."""
    with FakeCarrier(*LEASES, Feature.ORDERS, fails_on=("buy", "release")).registered() as fake:
        yield fake


def make_target(**changes: Any) -> PoolTarget:
    """Two American numbers at the fake carrier."""
    values: dict[str, Any] = {"country": "US", "count": 2, "max_monthly_cost": Decimal("1.05")}
    account = changes.pop("account", None) or make_account(carrier="fake", secrets={})
    return PoolTarget.objects.create(account=account, **{**values, **changes})


def later(**change: Any) -> None:
    """Let everything that waits be due."""
    Intent.objects.exclude(settled_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))


pytestmark = pytest.mark.django_db


def test_a_target_is_filled_with_the_cheapest_offers_through_intents(fake: FakeCarrier) -> None:
    target = make_target()
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
    make_target(count=20)
    pool.fill()
    assert Lease.objects.count() == 6  # 1.00 to 1.05


def test_disabled_targets_and_accounts_order_nothing(fake: FakeCarrier) -> None:
    make_target(enabled=False)
    make_target(account=make_account(carrier="fake", secrets={}, enabled=False))
    assert pool.fill() == 0


@pytest.mark.parametrize(
    ("error", "intent", "lease"),
    [
        (Rejected("no"), "refused", "failed"),
        (CallFailed("down", retry=True), "waiting", "ordered"),
        (Uncertain("?"), "uncertain", "ordered"),
        (CallFailed("?"), "uncertain", "ordered"),
    ],
)
def test_what_the_carrier_says_decides(fake: FakeCarrier, error: Exception, intent: str, lease: str) -> None:
    make_target(count=1)
    pool.fill()
    fake.fails = error
    intents.perform_due()
    assert Intent.objects.get().state == intent
    assert Lease.objects.get().state == lease
    assert Intent.objects.get().problem


def test_an_unknown_outcome_is_never_repeated_but_looked_up(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    fake.fails_after = Uncertain("timed out after it was done")
    intents.perform_due()
    later()
    intents.perform_due()
    assert len(fake.bought) == 1
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("done", "active")


def test_an_unknown_outcome_that_was_not_done_is_given_up(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    fake.fails = Uncertain("timed out before it was done")
    intents.perform_due()
    fake.fails = None
    later()
    intents.perform_due()
    assert fake.bought == []
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("refused", "failed")


def test_a_call_whose_worker_died_is_looked_up_not_repeated(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    claimed = intents._claim_intent()
    assert claimed and claimed.state == "calling"
    assert intents.perform_due() == 0, "somebody may still be in the call"
    fake.owns["+12025551000"] = Owned("ref", "+12025551000")  # it was done before the worker died
    Intent.objects.update(due_at=Now())  # `LOST_AFTER` has passed
    intents.perform_due()
    assert fake.bought == []
    assert Lease.objects.get().state == "active"


def test_an_error_of_ours_is_told_and_keeps_no_other_intent_waiting(
    fake: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_target(count=2)
    pool.fill()
    buy = fake.buy
    failed: list[bool] = []

    def break_once(*args: Any) -> Any:
        if not failed:
            failed.append(True)
            raise RuntimeError("a bug")
        return buy(*args)

    monkeypatch.setattr(fake, "buy", break_once)
    assert intents.perform_due() == 2
    broken, done = Intent.objects.order_by("pk")
    assert (broken.state, broken.problem) == ("calling", "internal error, see the log: RuntimeError")
    assert done.state == "done"
    Intent.objects.filter(pk=broken.pk).update(due_at=Now(), called_at=Now() - intents.LOST_AFTER)
    intents.perform_due()
    broken.refresh_from_db()
    assert (broken.state, len(fake.bought)) == ("refused", 1), "it is looked up, not repeated"


def test_a_number_is_drained_quarantined_and_released_when_its_time_is_up(fake: FakeCarrier) -> None:
    make_target(count=1, quarantine_for=timedelta(days=2))
    pool.fill()
    intents.perform_due()
    lease = Lease.objects.get()
    assert pool.retire_due() == 0
    Lease.objects.update(retire_at=timezone.now())
    for waited, state in [
        (timedelta(0), "draining"),
        (pool.DRAIN_FOR - timedelta(minutes=1), "draining"),
        (pool.DRAIN_FOR, "quarantined"),
        (timedelta(days=1), "quarantined"),
    ]:
        Lease.objects.update(state_since=timezone.now() - waited)
        pool.retire_due()
        lease.refresh_from_db()
        assert lease.state == state
        assert not Intent.objects.filter(effect="release").exists()
    Lease.objects.update(state_since=timezone.now() - timedelta(days=2))
    pool.retire_due()
    pool.retire_due()
    assert Intent.objects.filter(effect="release").count() == 1
    intents.perform_due()
    lease.refresh_from_db()
    assert (lease.state, fake.released) == ("released", ["ref+12025551000"])


def test_retirement_makes_room_for_a_fresh_number(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    intents.perform_due()
    pool.retire(Lease.objects.get(), "by hand", "admin")
    assert pool.fill() == 1
    assert Lease.objects.filter(state="ordered").count() == 1
    assert Event.objects.filter(what="draining", actor="admin").exists()


def test_a_release_with_an_unknown_outcome_is_settled_by_the_list(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    intents.perform_due()
    pool.release(Lease.objects.get())
    fake.fails_after = Uncertain("?")
    intents.perform_due()
    later()
    intents.perform_due()
    assert (Lease.objects.get().state, len(fake.released)) == ("released", 1)


def test_a_draining_number_with_a_live_rental_waits(fake: FakeCarrier) -> None:
    lease = make_lease(number=make_number(public=False), state="draining")
    now = timezone.now()
    Rental.objects.create(
        number=lease.number, holder="x", during=(now, now + timedelta(hours=1)), held=(now, None)
    )
    Lease.objects.update(state_since=now - timedelta(days=1))
    assert pool.retire_due() == 0


def test_one_live_lease_a_number_and_one_intent_an_effect() -> None:
    lease = make_lease()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_lease(number=lease.number, account=lease.account)
    Intent.objects.create(lease=lease, effect="buy")
    with pytest.raises(IntegrityError), transaction.atomic():
        Intent.objects.create(lease=lease, effect="buy")
    Lease.objects.update(state="released")
    make_lease(number=lease.number, account=lease.account)


def test_rentals_of_a_number_exclude_each_other_with_their_cool_down() -> None:
    number, now = make_number(public=False), timezone.now()

    def rent(start: int, end: int, cool: int, **changes: Any) -> Rental:
        def day(n: int) -> Any:
            return now + timedelta(days=n)

        return Rental.objects.create(
            number=number,
            holder="x",
            during=(day(start), day(end)),
            held=(day(start), day(end + cool)),
            **changes,
        )

    rent(0, 2, 14)
    for start in (1, 2, 15):
        with pytest.raises(IntegrityError), transaction.atomic():
            rent(start, start + 1, 0)
    rent(1, 3, 0, cancelled=True)
    rent(16, 17, 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rental.objects.create(
            number=number, holder="x", during=(now + timedelta(40), now + timedelta(42)), held=(now, now)
        )


def test_a_number_that_was_ever_public_is_never_rented() -> None:
    number, now = make_number(), timezone.now()
    Number.objects.update(public=False, ever_public=False)
    number.refresh_from_db()
    assert number.ever_public, "the database keeps it"
    held = (now, now + timedelta(2))
    with pytest.raises(IntegrityError), transaction.atomic():
        Rental.objects.create(number=number, holder="x", during=(now, now + timedelta(1)), held=held)


def test_a_rented_number_cannot_be_made_public() -> None:
    number, now = make_number(public=False), timezone.now()
    Rental.objects.create(
        number=number, holder="x", during=(now, now + timedelta(1)), held=(now, now + timedelta(2))
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Number.objects.update(public=True)
    with pytest.raises(accounts.Invalid, match="rented"):
        accounts.adopt(make_account(), number.e164, public=True)


def test_adopting_again_is_the_same_lease_and_elsewhere_is_refused() -> None:
    account = make_account()
    first = accounts.adopt(account, "+15005550006")
    again = accounts.adopt(account, "+15005550006", public=True)
    assert (first.pk, again.number.public) == (again.pk, True)
    with pytest.raises(accounts.Invalid, match="leased through"):
        accounts.adopt(make_account(), "+15005550006")


@pytest.mark.django_db(transaction=True)
def test_a_hundred_parallel_attempts_order_and_buy_once(fake: FakeCarrier) -> None:
    make_target(count=1)

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


# Orders that take time


def test_an_order_is_followed_to_its_end_and_never_repeated(fake: FakeCarrier) -> None:
    make_target(count=1)
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
    make_target(count=1)
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
    make_target(count=1)
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


def test_keys_of_purchases_differ(fake: FakeCarrier) -> None:
    make_target(count=2)
    pool.fill()
    assert len(set(Intent.objects.values_list("key", flat=True))) == 2


def test_an_order_that_the_carrier_drops_fails_the_lease(fake: FakeCarrier) -> None:
    make_target(count=1)
    pool.fill()
    fake.takes_time = True
    intents.perform_due()
    later()
    fake.orders["order 1"] = Rejected("no such number any more")
    fake.owns.clear()
    intents.perform_due()
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("refused", "failed")
    assert pool.fill() == 1


# Slow, refusing and late carriers


def test_a_purchase_nobody_answered_keeps_its_place_until_the_carrier_would_list_it(
    fake: FakeCarrier,
) -> None:
    fake.api.listed_within = timedelta(hours=24)
    fake.fails = Uncertain("no answer")
    make_target(count=1)
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
    make_target(count=1)
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


def test_a_number_adopted_without_its_id_is_really_released(fake: FakeCarrier) -> None:
    account = make_account(carrier="fake", secrets={})
    for e164, there in (("+12025550001", True), ("+12025550002", False)):
        lease = accounts.adopt(account, e164)
        if there:
            fake.owns[e164] = Owned("the id", e164)
        pool.quarantine(lease)
        pool.release(lease)
    intents.perform_due()
    assert fake.released == ["the id"]
    assert set(Lease.objects.values_list("state", flat=True)) == {"released"}


def test_a_refused_offer_gives_way_to_the_next_and_is_told(fake: FakeCarrier) -> None:
    make_target(count=1)
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
    make_target(count=1, max_monthly_cost=Decimal(2))
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
    make_target(count=2)
    monkeypatch.setattr(fake, "search", lambda query: [replace(offer, **wrong)])
    assert pool.fill() == 0
    monkeypatch.setattr(fake, "search", lambda query: [offer])
    assert pool.fill() == 1


# Numbers of the carrier's choice


@pytest.fixture
def blind(fake: FakeCarrier) -> FakeCarrier:
    """The fake carrier, which sells whatever it likes, under a key."""
    fake.gain(Feature.KEYS, Feature.BLIND)
    fake.stock = [replace(offer, monthly_cost=Decimal("1.10")) for offer in fake.stock]
    offer = replace(fake.stock[0], e164="", monthly_cost=Decimal(1))
    fake.search = lambda wanted: [offer]  # type: ignore[method-assign]
    return fake


def test_a_blind_offer_fills_a_target_within_its_ceiling_and_takes_the_carriers_number_and_price(
    blind: FakeCarrier,
) -> None:
    make_target(count=9, monthly_ceiling=Decimal(3))
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
    make_target(count=1)
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
    make_target(count=1)
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
    target = make_target(count=1)
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
    make_target(count=1)
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
    make_target(count=1, public=False)
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
    target = make_target(count=1)
    assert target.account
    blind.owns["+12025559999"] = Owned("x", "+12025559999")
    audit.audit(target.account)
    pool.fill()
    assert [finding.e164 for finding in audit.audit(target.account)] == ["+12025559999"]
