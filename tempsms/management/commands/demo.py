"""`manage.py demo`: demo data, as `make run` makes it: a simulated carrier and pool targets to fill from it."""

import json
import secrets
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from numbers import accounts
from numbers.models import Account, PoolTarget

LABEL = "demo"
TARGETS = [
    ("US", "local", 3),
    ("GB", "mobile", 2),
    ("FR", "mobile", 2),
    ("SE", "mobile", 2),
    ("AU", "mobile", 1),
]


class Command(BaseCommand):
    """Repeatable: what is there stays as it is."""

    help = "Add the simulated carrier, a capture login and pool targets."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Add what is missing; the worker then leases the numbers."""
        account = Account.objects.filter(carrier="simulated", label=LABEL).first()
        if account is None:
            account = accounts.add("simulated", LABEL, {})
            for country, kind, count in TARGETS:
                PoolTarget.objects.create(
                    country=country,
                    kind=kind,
                    count=count,
                    account=account,
                    rotate_after=timedelta(days=30),
                    max_monthly_cost=Decimal(10),
                )
        self._capture_login()

    def _capture_login(self) -> None:
        """A Twilio-like login for /capture/twilio/, kept where the operator can read it."""
        path = settings.VAR / "secrets" / "CAPTURE_LOGIN"
        account = Account.objects.filter(carrier="twilio", label=LABEL).first()
        if account is None:
            login = {"account_sid": f"AC{secrets.token_hex(16)}", "auth_token": secrets.token_hex(16)}
            account = accounts.add("twilio", LABEL, login)
            path.unlink(missing_ok=True)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(json.dumps(account.secrets))
