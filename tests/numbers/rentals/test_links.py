"""A link is kept as a hash alone, and opens its rental until it is revoked or the rental is over."""

import pytest
from django.db import connection
from django.utils import timezone

from numbers import rental_links, rentals
from numbers.models import Lease, Rental
from tests.numbers.rentals.renting import DAY, HOUR, rent

pytestmark = pytest.mark.django_db


def test_a_link_is_long_and_only_its_hash_is_kept(lease: Lease) -> None:
    link, address = rental_links.make(rent(lease), "ada")
    prefix, _, token = address.rstrip("/").rpartition("/")
    assert (prefix, len(token)) == ("http://127.0.0.1:8000/r", 43)
    assert rental_links.find(token) == link
    with connection.cursor() as cursor:
        cursor.execute("SELECT l::text FROM numbers_rentallink l")
        ((row,),) = cursor.fetchall()
    assert token not in row
    for wrong in ("", token[:-1], token.swapcase(), f"{token}=", "\ud800"):
        assert rental_links.find(wrong) is None


def test_a_revoked_link_is_found_no_more_and_others_are(lease: Lease) -> None:
    rental = rent(lease)
    (one, address), (other, kept) = rental_links.make(rental), rental_links.make(rental)
    assert rental_links.revoke(one)
    assert not rental_links.revoke(one)
    assert rental_links.find(address.split("/")[-2]) is None
    assert rental_links.find(kept.split("/")[-2]) == other


def test_a_rental_that_is_over_gets_no_link_and_old_ones_are_forgotten(lease: Lease) -> None:
    rental = rent(lease)
    rental_links.make(rental)
    rentals.end(rental)
    with pytest.raises(rentals.Over):
        rental_links.make(rental)
    assert rental_links.forget() == 0
    long_ago = timezone.now() - rental_links.KEPT_FOR - HOUR
    Rental.objects.update(during=(long_ago - DAY, long_ago), held=(long_ago - DAY, long_ago))
    assert rental_links.forget() == 1
