"""A number whose time is up is drained, quarantined and released, once nobody rents it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from numbers import accounts, intents, pool
from numbers.carriers.errors import Uncertain
from numbers.carriers.leasing import Owned
from numbers.models import Intent, Lease, Rental
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier
from tests.numbers.pool.targets import later, make_fake_target

pytestmark = pytest.mark.django_db


def test_a_number_is_drained_quarantined_and_released_when_its_time_is_up(fake: FakeCarrier) -> None:
    make_fake_target(count=1, quarantine_for=timedelta(days=2))
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


def test_a_release_with_an_unknown_outcome_is_settled_by_the_list(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
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
