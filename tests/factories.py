"""Plain makers of rows, with everything changeable by name."""

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from inbox.messages import code_cutting
from inbox.models import Code, Message
from numbers import rental_links, rentals
from numbers.models import Account, Lease, Number, PoolTarget, Rental
from tests.carrier_side import TOKEN


def make_account(**changes: Any) -> Account:
    """A Twilio account whose auth token is TOKEN."""
    values = {"carrier": "twilio", "label": secrets.token_hex(4), "secrets": {"auth_token": TOKEN}}
    return Account.objects.create(**{**values, **changes})


def make_number(e164: str = "+15005550006", **changes: Any) -> Number:
    """A public number without a lease."""
    values = {"country": "US", "kind": "local", "capabilities": ["sms"], "public": True}
    return Number.objects.create(e164=e164, **{**values, **changes})


def make_lease(number: Number | None = None, account: Account | None = None, **changes: Any) -> Lease:
    """An active lease."""
    values = {"state": Lease.State.ACTIVE, "leased_at": timezone.now(), "carrier_ref": "PN1"}
    return Lease.objects.create(
        number=number or make_number(), account=account or make_account(), **{**values, **changes}
    )


def make_target(account: Account | None = None, **changes: Any) -> PoolTarget:
    """A pool target for one American number, at any account if none is given."""
    return PoolTarget.objects.create(**{"country": "US", "count": 1, "account": account, **changes})


def make_rental(lease: Lease | None = None, lasts: timedelta = timedelta(hours=1)) -> Rental:
    """A rental of a private number that has just begun."""
    lease = lease or make_lease(make_number(public=False))
    return rentals.start(lease.number, rentals.Terms("Ada", lasts))


def make_link(rental: Rental) -> str:
    """The path of a new link to a rental."""
    _, address = rental_links.make(rental)
    return urlsplit(address).path


def make_message(lease: Lease, body: str = "Hello", code_expires_in: int = 600, **changes: Any) -> Message:
    """A public message as ingest stores it; the code's expiry in seconds from now."""
    cut_text = code_cutting.cut(body)
    values: dict[str, Any] = {
        "number": lease.number,
        "account": lease.account,
        "sender": "+14155550100",
        "body": cut_text.body,
        "cuts": list(cut_text.cuts),
        "public": True,
        "expires_at": timezone.now() + timedelta(hours=24),
    }
    message = Message.objects.create(**{**values, **changes})
    if cut_text.sealed:
        expires_at = timezone.now() + timedelta(seconds=code_expires_in)
        Code.objects.create(message_id=message.pk, sealed=cut_text.sealed, expires_at=expires_at)
    return message
