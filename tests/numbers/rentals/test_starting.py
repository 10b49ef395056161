"""A rental is started once, on a number that may be rented, and holds it for its time and the cool-down."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from numbers import pool, rentals
from numbers.models import Event, Lease, Number, Rental
from numbers.rentals import Terms
from tests.factories import make_account, make_lease, make_number
from tests.numbers.rentals.renting import DAY, HOUR, all_at_once, rent

pytestmark = pytest.mark.django_db


def test_a_rental_holds_its_number_for_its_time_and_the_cool_down(lease: Lease) -> None:
    rental = rent(lease)
    assert rental.during.upper - rental.during.lower == DAY
    assert rental.held.upper - rental.during.upper == timedelta(days=14)
    assert rental.held.lower == rental.during.lower
    assert abs(timezone.now() - rental.during.lower) < timedelta(minutes=1)
    with pytest.raises(rentals.NotFree):
        rent(lease, begins_at=rental.during.upper + timedelta(days=13))
    rent(lease, begins_at=rental.held.upper)


def test_operators_are_told_in_words_that_a_rented_number_cannot_become_public(lease: Lease) -> None:
    rental = rent(lease)
    lease.number.public = True
    with pytest.raises(ValidationError, match="cannot become public"):
        lease.number.full_clean()
    rentals.end(rental)  # it is cooling down
    with pytest.raises(ValidationError, match="cannot become public"):
        lease.number.full_clean()
    lease.number.public = False
    lease.number.full_clean()


@pytest.mark.parametrize("state", [state for state in Lease.State if state != Lease.State.ACTIVE])
def test_only_numbers_that_are_leased_and_active_are_rented(state: Lease.State) -> None:
    with pytest.raises(rentals.NotRentable):
        rent(make_lease(make_number(public=False), state=state))


def test_a_number_that_was_ever_public_is_refused_in_words(lease: Lease) -> None:
    Number.objects.update(public=True)
    Number.objects.update(public=False)
    with pytest.raises(rentals.NotRentable, match="was public"):
        rent(lease)
    with pytest.raises(rentals.NoneFree):
        rentals.start_any("", "", Terms("Ada", HOUR))


@pytest.mark.parametrize("lasts", [timedelta(0), -HOUR, timedelta(days=367), timedelta.max])
def test_a_duration_that_is_none_is_refused(lease: Lease, lasts: timedelta) -> None:
    with pytest.raises(rentals.BadTime):
        rent(lease, lasts)
    with pytest.raises(rentals.BadTime):
        rentals.start_any("", "", Terms("Ada", lasts))


def test_a_rental_does_not_begin_in_the_past(lease: Lease) -> None:
    with pytest.raises(rentals.BadTime):
        rent(lease, begins_at=timezone.now() - HOUR)


def test_a_rental_does_not_outlive_its_lease_unless_the_lease_is_kept(lease: Lease) -> None:
    Lease.objects.update(retire_at=timezone.now() + HOUR)
    with pytest.raises(rentals.LeaseEnds, match="retires on"):
        rent(lease)
    with pytest.raises(rentals.NoneFree):
        rentals.start_any("US", "local", Terms("Ada", DAY))
    rental = rent(lease, keep=True)
    lease.refresh_from_db()
    assert lease.retire_at == rental.during.upper
    assert Event.objects.get(lease=lease).what == "kept"
    with pytest.raises(rentals.LeaseEnds):
        rentals.extend(rental, rental.during.upper + HOUR)
    rentals.extend(rental, rental.during.upper + HOUR, keep=True)


def test_any_number_is_one_of_the_country_and_kind_asked_for(lease: Lease) -> None:
    account = lease.account
    mobile = make_lease(make_number("+447400123456", country="GB", kind="mobile", public=False), account)
    for country, kind, found in (("GB", "", mobile), ("", "local", lease)):
        rental = rentals.start_any(country, kind, Terms("Ada", DAY, cool_down=timedelta(0)))
        assert rental.number == found.number
        rentals.end(rental)
    for country, kind in (("GB", "local"), ("FR", "")):
        with pytest.raises(rentals.NoneFree):
            rentals.start_any(country, kind, Terms("Ada", DAY))


def test_who_finds_no_number_is_told_when_the_first_is_free(lease: Lease) -> None:
    def refused() -> str:
        with pytest.raises(rentals.NoneFree) as raised:
            rentals.start_any("", "", Terms("Ada", DAY))
        return str(raised.value).removeprefix("no matching number is free for that long: ")

    later = make_lease(make_number("+15005550009", public=False), lease.account)
    first = rentals.start(lease.number, Terms("Ada", DAY, cool_down=HOUR))
    rentals.start(later.number, Terms("Ada", DAY, cool_down=DAY))
    ends = f"{first.held.upper:%Y-%m-%d %H:%M:%S} UTC"
    assert refused() == f"the first of 2 is rented or cooling down until {ends}"
    ended = rentals.end(first)
    assert ended.held.upper < first.held.upper
    assert refused() == f"the first of 2 is cooling down until {ended.held.upper:%Y-%m-%d %H:%M:%S} UTC"
    Lease.objects.filter(pk=lease.pk).update(state=Lease.State.DRAINING)
    assert refused().startswith("it is rented or cooling down until ")
    Lease.objects.update(state=Lease.State.DRAINING)
    assert refused() == "there is none that can be rented"


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_attempts_at_a_number_one_gets_it(lease: Lease) -> None:
    assert all_at_once(lambda: rent(lease)) == {"done": 1, "not_free": 99}
    assert Rental.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_a_hundred_attempts_at_any_number_as_many_get_one_as_there_are() -> None:
    account = make_account()
    for last in range(7):
        make_lease(make_number(f"+1500555000{last}", public=False), account)
    assert all_at_once(lambda: rentals.start_any("US", "local", Terms("Ada", DAY))) == {
        "done": 7,
        "none_free": 93,
    }
    assert Rental.objects.values("number").distinct().count() == 7


@pytest.mark.django_db(transaction=True)
def test_a_number_that_is_being_quarantined_is_not_rented_meanwhile(lease: Lease) -> None:
    turns: Iterator[Callable[[Lease], object]] = iter([rent, pool.quarantine] * 10)
    done = all_at_once(lambda: next(turns)(lease), 20)
    assert set(done) <= {"done", "not_free", "not_rentable"}
    assert not Rental.objects.filter(cancelled=False, during__endswith__gt=timezone.now()).exists()
