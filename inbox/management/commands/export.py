"""`manage.py export +447700900123`: print everything stored about a person's number, for that person."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox.privacy import erasure


class Command(BaseCommand):
    """Print each row by its table, with the columns that contain the number."""

    help = "Print every row that contains a person's phone number, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the argument for the number."""
        parser.add_argument("e164", help="the person's number, with the plus (example: +447700900123)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rows as JSON."""
        try:
            found = erasure.export(options["e164"])
        except erasure.ErasureRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
