"""`manage.py account add CARRIER --label L --set KEY=VALUE ...`"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from numbers import accounts, carriers


class Command(BaseCommand):
    """Accounts at carriers."""

    help = "Add an account at a carrier; prints JSON with id, webhook_url and status_url."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One deed so far: add."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        add = deeds.add_parser("add", help="add an account")
        add.add_argument("carrier", choices=carriers.names())
        add.add_argument("--label", required=True)
        add.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a secret or setting of the carrier; twice for two that are valid at once",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Add it and print how the carrier reaches it."""
        try:
            account = accounts.add(options["carrier"], options["label"], accounts.pairs(options["set"]))
        except accounts.Invalid as error:
            raise CommandError(str(error)) from None
        except IntegrityError:
            raise CommandError(f"{options['carrier']} already has an account {options['label']!r}") from None
        shown = {"id": account.pk, "webhook_url": account.webhook_url, "status_url": account.status_url}
        self.stdout.write(json.dumps(shown))
