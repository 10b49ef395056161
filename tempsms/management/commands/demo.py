"""`manage.py demo`: add demo data as `make run` does: a simulated carrier, pool targets, a rental."""

import json
import secrets
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from numbers import accounts, intents, pool, rental_links, rentals
from numbers.models import Account, PoolTarget, Rental

LABEL = "demo"
TARGETS = [
    ("US", "local", 3, True),
    ("GB", "mobile", 2, True),
    ("FR", "mobile", 2, True),
    ("SE", "mobile", 2, True),
    ("AU", "mobile", 1, True),
    ("GB", "mobile", 2, False),
]


class Command(BaseCommand):
    """Add demo data; what exists already stays as it is."""

    help = "Add demo data: the simulated carrier, pool targets, a rental and a capture login."

    def handle(self, *args: Any, **options: Any) -> None:
        """Add what is missing; the worker then leases the public numbers."""
        self._stock_pool()
        self._make_rental()

    @transaction.atomic
    def _stock_pool(self) -> None:
        account = Account.objects.filter(carrier="simulated", label=LABEL).first()
        if account is None:
            account = accounts.add("simulated", LABEL, {})
            for country, kind, count, public in TARGETS:
                PoolTarget.objects.create(
                    country=country,
                    kind=kind,
                    count=count,
                    public=public,
                    account=account,
                    rotate_after=timedelta(days=30),
                    max_monthly_cost=Decimal(10),
                )
        self._capture_login()

    def _make_rental(self) -> None:
        """Rent a private number for a week, and store the link to its page where the operator can read it."""
        path = settings.VAR / "secrets" / "DEMO_RENTAL"
        link = rental_links.find(path.read_text()) if path.exists() else None
        if link and Rental.objects.not_over().filter(pk=link.rental_id).exists():
            return
        for target in PoolTarget.objects.filter(account__label=LABEL, public=False, enabled=True):
            if pool.fill_one(target.pk):
                intents.perform_due()
        with suppress(rentals.RentalRefused):  # until the pool has a free number
            terms = rentals.Terms("demo", timedelta(days=7), cool_down=timedelta(0))
            _, address = rental_links.make(rentals.start_any("", "", terms))
            _store_secret(path, address.split("/")[-2])

    def _capture_login(self) -> None:
        """Create a Twilio-like login for /capture/twilio/, and store it where the operator can read it.

        Its account has no `account_sid`: it takes any at /capture/, and nobody asks Twilio about it.
        """
        path = settings.VAR / "secrets" / "CAPTURE_LOGIN"
        account = Account.objects.filter(carrier="twilio", label=LABEL).first()
        if account is None:
            account = accounts.add("twilio", LABEL, {"auth_token": secrets.token_hex(16)})
            path.unlink(missing_ok=True)
        if not path.exists():
            _store_secret(path, json.dumps({"account_sid": f"AC{secrets.token_hex(16)}", **account.secrets}))


def _store_secret(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(secret)
