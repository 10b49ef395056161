"""The views and the managers say the same of what is shown and what runs, by the database's clock."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from psycopg.types.range import TimestamptzRange

from numbers.models import Lease, Number, Rental
from numbers.models.rental import RentalState
from tests.factories import make_account, make_lease, make_number

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def ask(sql: str) -> set[Any]:
    """The values of a statement's only column."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return {value for (value,) in cursor.fetchall()}


@pytest.fixture
def leases() -> list[Lease]:
    """A lease in each state, of a public number and of a private one."""
    account = make_account()
    return [
        make_lease(make_number(f"+1500555{public:d}00{n}", public=public), account, state=state)
        for public in (True, False)
        for n, state in enumerate(Lease.State)
    ]


def test_a_number_is_shown_while_its_lease_is_active_or_draining(leases: list[Lease]) -> None:
    shown = {lease.pk for lease in leases if lease.state in ("active", "draining")}
    assert ask("SELECT lease_id FROM numbers_receiving WHERE shown") == shown
    assert set(Lease.objects.shown().values_list("pk", flat=True)) == shown


def test_a_public_page_needs_a_public_number_that_is_shown(leases: list[Lease]) -> None:
    public = [lease for lease in leases if lease.state in ("active", "draining") and lease.number.public]
    numbers = {lease.number_id for lease in public}
    assert ask("SELECT number_id FROM numbers_receiving WHERE has_public_page") == numbers
    assert set(Number.objects.with_public_page().values_list("pk", flat=True)) == numbers
    assert set(Lease.objects.with_public_page()) == set(public)


def test_messages_are_accepted_from_the_order_of_a_number_to_its_release(leases: list[Lease]) -> None:
    receiving = {"provisioning", "active", "draining", "quarantined"}
    assert ask("SELECT lease_id FROM numbers_receiving") == {
        lease.pk for lease in leases if lease.state in receiving
    }


@pytest.fixture
def rentals() -> dict[RentalState, Rental]:
    """A rental in each state; a cancelled one would run."""
    account, now = make_account(), timezone.now()
    begins = {
        RentalState.BOOKED: HOUR,
        RentalState.RUNNING: -HOUR,
        RentalState.ENDED: -3 * HOUR,
        RentalState.CANCELLED: -HOUR,
    }
    found = {}
    for n, (state, begin) in enumerate(begins.items()):
        lease = make_lease(make_number(f"+1500555000{n}", public=False), account)
        during = TimestamptzRange(now + begin, now + begin + 2 * HOUR)
        cancelled = state is RentalState.CANCELLED
        found[state] = Rental.objects.create(
            number=lease.number, holder="Ada", during=during, held=during, cancelled=cancelled
        )
    return found


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=400)], ids=["right", "clock of ours ahead"])
def test_a_rental_runs_by_the_databases_clock(rentals: dict[RentalState, Rental], ahead: timedelta) -> None:
    running = rentals[RentalState.RUNNING]
    with time_machine.travel(timezone.now() + ahead):
        assert ask("SELECT id FROM numbers_running_rental") == {running.pk}
        assert list(Rental.objects.running()) == [running]
        assert set(Rental.objects.not_over()) == {running, rentals[RentalState.BOOKED]}
        assert {rental.state: rental for rental in Rental.objects.with_state()} == rentals
