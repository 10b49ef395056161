"""`manage.py reseal`: encrypt stored secrets again, with the first of ENCRYPTION_KEYS."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from numbers.models import Account
from tempsms.lib.vault import NO_KEY, Unreadable


class Command(BaseCommand):
    """The second step of a key rotation; the old key can be dropped once the last code and the last unprocessed
    request have expired: after one day or the messages' retention, whichever is longer."""

    help = "Encrypt carriers' secrets again, with the newest key."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Decrypt with any key and encrypt with the first."""
        # Locked, so that settings saved meanwhile are not overwritten by older ones
        accounts = list(Account.objects.select_for_update())
        readable = [account for account in accounts if not isinstance(account.secrets, Unreadable)]
        for account in readable:
            account.save(update_fields=["secrets"])
        self.stdout.write(f"{len(readable)} accounts resealed")
        for account in accounts:
            if account not in readable:
                self.stderr.write(f"not resealed: {account}: {NO_KEY}")
