"""Creates, finds and revokes links to the pages of rentals.

A token is 32 random bytes. It is shown once and stored as a keyed hash only; a lookup compares hashes, so its timing
reveals nothing about a token.
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from numbers import rentals
from numbers.models import Rental, RentalLink
from numbers.signals import link_revoked
from tempsms.lib import vault

PREFIX = "/r/"
KEPT_FOR = timedelta(days=30)  # after its rental ends, a link still shows that it is over


def make(rental: Rental, made_by: str = "") -> tuple[RentalLink, str]:
    """Create a link to a rental's page; return it and its address, which cannot be recovered. Raises `rentals.Over`."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        # Locked, so that the rental cannot be ended between the check and the link
        rentals.check_not_over(Rental.objects.select_for_update(no_key=True).get(pk=rental.pk))
        link = RentalLink.objects.create(rental=rental, key=key_of(token), made_by=made_by[:40])
    return link, address(token)


def address(token: str) -> str:
    """The address of the page that a token opens."""
    return f"{settings.PUBLIC_URL}{PREFIX}{token}/"


def find(token: str) -> RentalLink | None:
    """The link with this token, with its rental and number, unless it was revoked."""
    links = RentalLink.objects.select_related("rental__number__health")
    return links.filter(key=key_of(token), revoked_at=None).first()


def revoke(link: RentalLink) -> bool:
    """Revoke a link and close the pages opened through it; return False if it was already revoked."""
    # Only the first of two revocations matches, so pages are closed and the signal is sent once
    revoked = RentalLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now())
    if revoked:
        transaction.on_commit(lambda: link_revoked.send_robust(RentalLink, link=link))
    return bool(revoked)


def forget() -> int:
    """Delete the links of rentals that ended long ago; return how many."""
    deleted, _ = RentalLink.objects.filter(rental__during__endswith__lt=Now() - KEPT_FOR).delete()
    return deleted


def key_of(token: str) -> UUID:
    """The keyed hash under which a token is stored."""
    return UUID(bytes=vault.keyed_hash("rental link", token))
