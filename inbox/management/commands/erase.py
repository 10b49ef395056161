"""`manage.py erase +447700900123`: erase a person's phone number from everything stored."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox.privacy import erasure


class Command(BaseCommand):
    """Erase a number and print what was done; earlier backups still contain it."""

    help = "Erase a person's phone number from every table; prints how many rows as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the argument for the number."""
        parser.add_argument("e164", help="the person's number, with the plus (example: +447700900123)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase the number and print how many rows were changed, as JSON."""
        try:
            done = erasure.erase(options["e164"])
        except erasure.ErasureRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(done, indent=2))
