"""`manage.py reseal`: encrypt stored secrets anew with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from numbers.models import Account


class Command(BaseCommand):
    """The second step of a key rotation; afterwards the old key can be dropped once the last code and the last kept
    request have expired: after a day, or as long as messages are kept."""

    help = "Encrypt carrier secrets with the newest key."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Read with any key, write with the first."""
        accounts = list(Account.objects.select_for_update())
        for account in accounts:
            account.save(update_fields=["secrets"])
        self.stdout.write(f"{len(accounts)} accounts resealed")
