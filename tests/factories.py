"""Plain makers of rows, with everything changeable by name."""

import secrets
from typing import Any

from django.utils import timezone

from numbers.models import Account, Lease, Number
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
