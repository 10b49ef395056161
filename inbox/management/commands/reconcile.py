"""`manage.py reconcile`: store what the carriers' message logs have and we have not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox import recovery
from inbox.ingest.batcher import Overloaded
from numbers.carriers.errors import CarrierError
from numbers.models import Account
from tempsms.lib.postgres import Unavailable


class Command(BaseCommand):
    """Beat does this every five minutes for all accounts."""

    help = "Read the carriers' message logs and store what never came by webhook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which account."""
        parser.add_argument("--account", type=int, help="only the account with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were recovered; fail, after it, when a log could not be read or stored."""
        pk = options["account"]
        try:
            if pk is None:
                recovered, failed = recovery.recover_each()
            else:
                recovered, failed = recovery.recover(Account.objects.get(pk=pk)), {}
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {pk}") from None
        except CarrierError as error:
            raise CommandError(str(error)) from None
        except (Overloaded, Unavailable) as error:
            raise CommandError(f"the messages could not be stored: {type(error).__name__}") from None
        self.stdout.write(f"{recovered} recovered")
        if failed:
            told = "\n".join(f"{account}: {why}" for account, why in failed.items())
            raise CommandError(f"not all logs could be read:\n{told}")
