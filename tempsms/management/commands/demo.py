"""`manage.py demo`: add demo data as `make run` does: a simulated carrier, pool targets, a rental."""

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
    ("GB", "mobile", 4, False),
    ("US", "local", 3, False),
    ("SE", "mobile", 2, False),
]


class Command(BaseCommand):
    """Add demo data; what exists already stays as it is."""

    help = "Add demo data: the simulated carrier, pool targets and a rental."

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

    def _make_rental(self) -> None:
        """Rent a private number for a week, and store the link to its page where the operator can read it."""
        path = settings.VAR / "secrets" / "DEMO_RENTAL"
        link = rental_links.find(path.read_text()) if path.exists() else None
        if link and Rental.objects.not_over().filter(pk=link.rental_id).exists():
            return
        # one now, for the rental; the worker leases the others
        private = PoolTarget.objects.filter(account__label=LABEL, public=False, enabled=True).order_by("pk")
        if (target := private.first()) and pool.fill_one(target.pk):
            intents.perform_due()
        with suppress(rentals.RentalRefused):  # until the pool has a free number
            terms = rentals.Terms("demo", timedelta(days=7), cool_down=timedelta(0))
            _, address = rental_links.make(rentals.start_any("", "", terms))
            _store_secret(path, address.split("/")[-2])


def _store_secret(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(secret)
