"""A number has one live lease, and its public time, rentals and intents exclude each other."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from numbers import accounts
from numbers.models import Intent, Lease, Number, Rental
from tests.factories import make_account, make_lease, make_number

pytestmark = pytest.mark.django_db


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
