"""`manage.py reconcile`: store messages that carriers' logs have and we lack."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox.ingest import recovery
from inbox.ingest.batcher import Overloaded
from numbers.carriers.errors import CarrierError
from numbers.models import Account
from tempsms.lib.postgres import Unavailable


class Command(BaseCommand):
    """Reconcile messages, as beat does every two minutes for all accounts."""

    help = "Read the carriers' message logs and store messages that never arrived by webhook."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option that selects one account."""
        parser.add_argument("--account", type=int, help="only the account with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many messages were recovered; fail afterwards if a log could not be read or stored."""
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
        self.stdout.write(f"{recovered} {'message' if recovered == 1 else 'messages'} recovered")
        if failed:
            reasons = "\n".join(f"{account}: {why}" for account, why in failed.items())
            raise CommandError(f"not all logs could be read:\n{reasons}")
