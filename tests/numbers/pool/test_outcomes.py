"""What a carrier answers decides what becomes of an intent; an unknown outcome is looked up and never repeated."""

from typing import Any

import pytest
from django.db.models.functions import Now

from numbers import intents, pool
from numbers.carriers.errors import CallFailed, Rejected, Uncertain
from numbers.carriers.leasing import Owned
from numbers.models import Intent, Lease
from tests.fake_carrier import FakeCarrier
from tests.numbers.pool.targets import later, make_fake_target

pytestmark = pytest.mark.django_db


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
    make_fake_target(count=1)
    pool.fill()
    fake.fails = error
    intents.perform_due()
    assert Intent.objects.get().state == intent
    assert Lease.objects.get().state == lease
    assert Intent.objects.get().problem


def test_an_unknown_outcome_is_never_repeated_but_looked_up(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.fails_after = Uncertain("timed out after it was done")
    intents.perform_due()
    later()
    intents.perform_due()
    assert len(fake.bought) == 1
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("done", "active")


def test_an_unknown_outcome_that_was_not_done_is_given_up(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
    pool.fill()
    fake.fails = Uncertain("timed out before it was done")
    intents.perform_due()
    fake.fails = None
    later()
    intents.perform_due()
    assert fake.bought == []
    assert (Intent.objects.get().state, Lease.objects.get().state) == ("refused", "failed")


def test_a_call_whose_worker_died_is_looked_up_not_repeated(fake: FakeCarrier) -> None:
    make_fake_target(count=1)
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
    make_fake_target(count=2)
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
