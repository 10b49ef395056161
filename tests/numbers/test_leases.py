"""Leases move from state to state in one module, which keeps the timeline and sends the signal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from numbers import accounts, leases, pool
from numbers.leases import State
from numbers.models import Event, Lease
from numbers.signals import lease_entered
from tempsms import ROOT
from tests.factories import make_account, make_lease
from tests.test_layout import sources

pytestmark = pytest.mark.django_db


@pytest.fixture
def entered() -> Iterator[list[tuple[str, str]]]:
    """The numbers and states that `lease_entered` reports."""
    found: list[tuple[str, str]] = []

    def receive(lease: Lease, **_: Any) -> None:
        found.append((lease.number.e164, lease.state))

    lease_entered.connect(receive)
    yield found
    lease_entered.disconnect(receive)


def kinds(lease: Lease) -> list[str]:
    """The kinds of a lease's events, oldest first."""
    return list(lease.events.values_list("what", flat=True))


def test_an_adopted_number_enters_the_active_state_once(
    entered: list[tuple[str, str]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    account = make_account()
    with django_capture_on_commit_callbacks(execute=True):
        lease = accounts.adopt(account, "+15005550006")
        assert entered == [], "not before the commit"
    with django_capture_on_commit_callbacks(execute=True):
        accounts.adopt(account, "+15005550006", ref="PN1")
    assert entered == [("+15005550006", "active")]
    assert kinds(lease) == ["adopted"]


def test_each_step_is_recorded_and_reported_after_the_commit(
    entered: list[tuple[str, str]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    lease = make_lease()
    with django_capture_on_commit_callbacks(execute=True):
        assert leases.enter(lease, State.DRAINING, "by hand", "ada")
        assert leases.enter(lease, State.QUARANTINED)
    assert kinds(lease) == ["draining", "quarantined"]
    assert list(Event.objects.values_list("detail", "actor")) == [("by hand", "ada"), ("", "pool")]
    assert [state for _, state in entered] == ["quarantined", "quarantined"], "as it is after the commit"
    stored = Lease.objects.get()
    assert (stored.state, stored.state_since) == ("quarantined", lease.state_since)


def test_a_lease_that_another_process_has_moved_on_is_not_moved_back(
    entered: list[tuple[str, str]], django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    lease = make_lease()
    ours, theirs = Lease.objects.get(), Lease.objects.get()
    leases.enter(theirs, State.RELEASED)
    with django_capture_on_commit_callbacks(execute=True):
        assert pool.retire(ours, "by hand") == 0
        assert pool.quarantine(ours) == 0
    assert ours.state == "released", "the caller's copy is brought up to date"
    assert (Lease.objects.get().state, kinds(lease), entered) == ("released", ["released"], [])


def test_a_step_keeps_what_another_process_wrote_to_the_lease() -> None:
    ours = make_lease()
    Lease.objects.update(carrier_ref="PN2")
    leases.enter(ours, State.DRAINING)
    assert Lease.objects.get().carrier_ref == "PN2"


def test_every_state_is_an_event_of_the_timeline() -> None:
    assert set(Lease.State.values) <= set(Event.What.values)


def test_nothing_else_writes_a_state_or_an_event() -> None:
    writes = re.compile(
        r"\b(Event|Lease)\.objects\.(bulk_)?create\(|\b(events|leases)\.(bulk_)?create\(|\blease\.state = "
        r"|(INSERT INTO|UPDATE) numbers_(event|lease)\b|Lease\.objects\.[^\n]*update\([^)]*\bstate="
    )
    found = [
        str(path.relative_to(ROOT))
        for path in sources()
        if any(writes.search(line) for line in path.read_text().splitlines())
    ]
    assert found == ["numbers/leases.py"]
