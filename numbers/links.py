"""Links to the pages of rentals: made, found and revoked.

A token is 32 random bytes. It is shown once and kept as a keyed hash only, so nobody finds it in the database, and
looking it up compares hashes: how long that takes tells nothing about a token.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from numbers import rentals
from numbers.models import Rental, RentalLink
from numbers.signals import link_revoked
from tempsms.lib import vault

PREFIX = "/r/"
KEPT_FOR = timedelta(days=30)  # after the end of its rental a link still says that it is over


def make(rental: Rental, made_by: str = "") -> tuple[RentalLink, str]:
    """A new link to a rental's page, and its address, which nobody can be told again. Raises `rentals.Over`."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        rentals.check_not_over(Rental.objects.select_for_update().get(pk=rental.pk))
        link = RentalLink.objects.create(rental=rental, key=key_of(token), made_by=made_by[:40])
    return link, address(token)


def address(token: str) -> str:
    """Where the page is to which a token opens the way."""
    return f"{settings.PUBLIC_URL}{PREFIX}{token}/"


def find(token: str) -> RentalLink | None:
    """The link with this token, with its rental and number, unless it was revoked."""
    links = RentalLink.objects.select_related("rental__number")
    return links.filter(key=key_of(token), revoked_at=None).first()


def revoke(link: RentalLink) -> bool:
    """Have a link lead nowhere from now on, and close what it has open; False when it was revoked already."""
    revoked = RentalLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        transaction.on_commit(lambda: link_revoked.send_robust(RentalLink, link=link))
    return bool(revoked)


def forget() -> int:
    """Delete the links of rentals that ended long ago; how many."""
    long_ago = timezone.now() - KEPT_FOR
    deleted, _ = RentalLink.objects.filter(rental__during__endswith__lt=long_ago).delete()
    return deleted


def key_of(token: str) -> UUID:
    """What is kept of a token."""
    return UUID(bytes=vault.keyed_hash("rental link", token))
