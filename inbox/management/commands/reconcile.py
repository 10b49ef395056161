"""`manage.py reconcile`: store what the carriers' message logs have and we have not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox import recovery
from numbers.carriers.errors import CarrierError
from numbers.models import Account


class Command(BaseCommand):
    """Beat does this every five minutes for all accounts."""

    help = "Read the carriers' message logs and store what never came by webhook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which account."""
        parser.add_argument("--account", type=int, help="only the account with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were recovered."""
        try:
            if options["account"] is None:
                recovered = recovery.recover_all()
            else:
                recovered = recovery.recover(Account.objects.get(pk=options["account"]))
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {options['account']}") from None
        except CarrierError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{recovered} recovered")
