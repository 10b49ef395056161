"""`manage.py erase +447700900123`: erase everything that a person's number ever touched."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox import people


class Command(BaseCommand):
    """Says what was done; backups made before still hold it."""

    help = "Erase a person's phone number from every table; prints how many rows as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("e164", help="with the plus: +447700900123")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            done = people.erase(options["e164"])
        except people.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(done, indent=2))
