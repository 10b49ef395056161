"""`manage.py export +447700900123`: everything that we hold of a person's number, to give it to them."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbox import people


class Command(BaseCommand):
    """Each row by its table, with the columns in which the number stands."""

    help = "Print every row that has a person's phone number in it, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose."""
        parser.add_argument("e164", help="with the plus: +447700900123")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            found = people.export(options["e164"])
        except people.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(found, indent=2, ensure_ascii=False))
