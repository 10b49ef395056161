"""A rental is extended, ended and cancelled once, however many try."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from numbers import pool, rentals
from numbers.models import Lease, Number, Rental
from numbers.rentals import Terms
from tests.numbers.rentals.renting import DAY, HOUR, all_at_once, rent

pytestmark = pytest.mark.django_db


def test_an_extended_rental_ends_later_and_so_does_its_cool_down(lease: Lease) -> None:
    rental = rent(lease)
    until = rental.during.upper + DAY
    extended = rentals.extend(rental, until)
    assert (extended.during.upper, extended.held.upper) == (until, until + timedelta(days=14))
    with pytest.raises(rentals.BadTime):
        rentals.extend(rental, until)
    with pytest.raises(rentals.BadTime):
        rentals.extend(rental, until + timedelta(days=400))


def test_a_rental_is_not_extended_into_the_next_one(lease: Lease) -> None:
    first = rentals.start(lease.number, Terms("Ada", DAY, cool_down=timedelta(0)))
    rent(lease, begins_at=first.during.upper)
    with pytest.raises(rentals.NotFree):
        rentals.extend(first, first.during.upper + HOUR)
    Lease.objects.update(state="draining")
    with pytest.raises(rentals.NotRentable):
        rentals.extend(first, first.during.upper + HOUR)


def test_a_rental_that_is_ended_keeps_its_cool_down_and_ends_once(lease: Lease) -> None:
    rental = rentals.end(rent(lease))
    assert rental.during.upper <= timezone.now()
    assert rental.held.upper - rental.during.upper == timedelta(days=14)
    for action in (rentals.end, rentals.cancel):
        with pytest.raises(rentals.Over):
            action(rental)
    with pytest.raises(rentals.Over):
        rentals.extend(rental, timezone.now() + DAY)
    with pytest.raises(rentals.NotFree):
        rent(lease)


def test_what_has_not_begun_is_cancelled_and_its_time_is_free_again(lease: Lease) -> None:
    begins_at = timezone.now() + DAY
    for action in (rentals.cancel, rentals.end):
        rental = rent(lease, begins_at=begins_at)
        assert action(rental).cancelled
        with pytest.raises(rentals.Over):
            action(rental)
    with pytest.raises(rentals.Begun):
        rentals.cancel(rent(lease))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["end", "extend", "cancel"])
def test_of_a_hundred_attempts_to_change_a_rental_one_does(lease: Lease, name: str) -> None:
    rental = rent(lease, begins_at=timezone.now() + HOUR) if name == "cancel" else rent(lease)
    until = rental.during.upper + DAY
    actions: dict[str, tuple[Callable[[], object], str]] = {
        "end": (lambda: rentals.end(rental), "over"),
        "extend": (lambda: rentals.extend(rental, until), "bad_time"),
        "cancel": (lambda: rentals.cancel(rental), "over"),
    }
    action, refusal = actions[name]
    assert all_at_once(action) == {"done": 1, refusal: 99}


def test_a_number_that_goes_ends_what_is_rented_and_what_is_booked(lease: Lease) -> None:
    now = rentals.start(lease.number, Terms("Ada", DAY, cool_down=timedelta(0)))
    later = rent(lease, begins_at=now.during.upper)
    pool.quarantine(lease)
    for rental in (now, later):
        rental.refresh_from_db()
    assert now.during.upper <= timezone.now()
    assert (now.cancelled, later.cancelled) == (False, True)


def test_a_booked_number_is_not_retired_before(lease: Lease) -> None:
    rent(lease, begins_at=timezone.now() + DAY)
    Lease.objects.update(state="draining", state_since=timezone.now() - DAY)
    assert pool.retire_due() == 0


def test_a_number_stays_private_until_its_last_holder_has_cooled_down(lease: Lease) -> None:
    rentals.end(rent(lease))
    with pytest.raises(IntegrityError, match="rented"), transaction.atomic():
        Number.objects.update(public=True)
    yesterday = (timezone.now() - 2 * DAY, timezone.now() - DAY)
    Rental.objects.update(during=yesterday, held=yesterday)
    Number.objects.update(public=True)
    Rental.objects.update(holder="corrected")
    with pytest.raises(IntegrityError, match="was public"), transaction.atomic():
        Rental.objects.update(during=(timezone.now(), timezone.now() + DAY))
