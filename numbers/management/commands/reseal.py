"""`manage.py reseal`: encrypt stored secrets again, with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from numbers.models import Account


class Command(BaseCommand):
    """The second step of a key rotation; the old key can be dropped once the last code and the last unprocessed
    request have expired: after one day or the messages' retention, whichever is longer."""

    help = "Encrypt carriers' secrets again, with the newest key."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Decrypt with any key and encrypt with the first."""
        accounts = list(Account.objects.select_for_update())
        for account in accounts:
            account.save(update_fields=["secrets"])
        self.stdout.write(f"{len(accounts)} accounts resealed")
