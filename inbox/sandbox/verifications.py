"""Sends and checks one-time codes as captured carriers do, within their limits."""

import hmac
import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from inbox.sandbox.models import Verification, VerifyService

LASTS = timedelta(minutes=10)
MOST_CHECKS, MOST_SENDS = 5, 5
KEPT = timedelta(days=1)
"""How long one that has ended is kept."""
State = Verification.State


class TooManyChecks(Exception):
    """The code was checked as often as it may be."""


class TooManySends(Exception):
    """The code was sent as often as it may be."""


class AtOnce(Exception):
    """Another request starts a verification of the same recipient at this moment."""


@transaction.atomic
def start(
    service: VerifyService, ref: str, recipient: str, code: str = "", lasts: timedelta = LASTS
) -> Verification:
    """The recipient's verification, to be sent: the pending one with its code, or a new one that lasts for a while.

    `code` is one of the program's own. Raises `TooManyChecks`, `TooManySends` and `AtOnce`.
    """
    # One that ran out is pending still in the database, which allows one for each recipient
    _expire_old(service, recipient)
    found = find_pending(service, recipient=recipient)
    if found is None:
        found = _create_pending(service, ref, recipient, code or draw_code(service.code_length), lasts)
    if found.checks >= MOST_CHECKS:
        raise TooManyChecks
    if len(found.sent_at) >= MOST_SENDS:
        raise TooManySends
    found.code = code or found.code
    found.sent_at = [*found.sent_at, timezone.now()]
    found.save(update_fields=["code", "sent_at"])
    return _note_change(found)


@transaction.atomic
def check(service: VerifyService, code: str, *, ref: str = "", recipient: str = "") -> Verification | None:
    """The pending verification after a check, approved if the code is right; None where nothing is pending.

    Raises `TooManyChecks`.
    """
    found = find_pending(service, ref=ref, recipient=recipient)
    if found is None:
        return None
    if found.checks >= MOST_CHECKS:
        raise TooManyChecks
    found.checks += 1
    if hmac.compare_digest(found.code.encode(), code.encode()):
        found.state = State.APPROVED
    found.save(update_fields=["checks", "state"])
    return _note_change(found)


@transaction.atomic
def end(service: VerifyService, state: State, *, ref: str = "", recipient: str = "") -> Verification | None:
    """The pending verification after it was canceled or approved by hand; None where nothing is pending."""
    found = find_pending(service, ref=ref, recipient=recipient)
    if found is None:
        return None
    found.state = state
    found.save(update_fields=["state"])
    return _note_change(found)


def find_pending(service: VerifyService, *, ref: str = "", recipient: str = "") -> Verification | None:
    """The pending verification with an id, of a recipient, or both; locked if in a transaction."""
    wanted = {name: value for name, value in (("ref", ref), ("recipient", recipient)) if value}
    pending = service.verifications.filter(state=State.PENDING, expires_at__gt=Now(), **wanted)
    # A lock lasts as long as its transaction; those who only show it have none
    if transaction.get_connection().in_atomic_block:
        pending = pending.select_for_update(no_key=True)
    return pending.first()


def state_of(found: Verification) -> State:
    """Its state now: one that nobody checked in time has expired."""
    is_late = found.state == State.PENDING and found.expires_at <= timezone.now()
    return State.EXPIRED if is_late else State(found.state)


def draw_code(length: int) -> str:
    """A code of so many digits."""
    return f"{secrets.randbelow(10**length):0{length}}"


def forget(most: int = 10_000) -> int:
    """Delete verifications that have ended some time ago; return how many."""
    old = Verification.objects.filter(expires_at__lt=Now() - KEPT).values("pk")[:most]
    return Verification.objects.filter(pk__in=old).delete()[0]


def _create_pending(
    service: VerifyService, ref: str, recipient: str, code: str, lasts: timedelta
) -> Verification:
    try:
        with transaction.atomic():
            return Verification.objects.create(
                service=service, ref=ref, recipient=recipient, code=code, expires_at=Now() + lasts
            )
    except IntegrityError:
        raise AtOnce from None


def _expire_old(service: VerifyService, recipient: str) -> None:
    old = service.verifications.filter(recipient=recipient, state=State.PENDING, expires_at__lte=Now())
    old.update(state=State.EXPIRED)


def _note_change(found: Verification) -> Verification:
    Verification.objects.filter(pk=found.pk).update(updated_at=Now())
    found.refresh_from_db()
    return found
