"""`manage.py number adopt --account ID +15005550006 [--public]`"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import accounts
from numbers.models import Account


class Command(BaseCommand):
    """Numbers that we already own."""

    help = "Adopt a number that an account already owns; prints JSON with number, state and public."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One deed so far: adopt."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        adopt = deeds.add_parser("adopt", help="take in a number that we own")
        adopt.add_argument("--account", type=int, required=True, help="the account's id")
        adopt.add_argument("e164", help="with the plus: +15005550006")
        adopt.add_argument("--public", action="store_true", help="show its messages to anyone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Adopt it."""
        try:
            accounts.describe(options["e164"])
            account = Account.objects.get(pk=options["account"])
            lease = accounts.adopt(account, options["e164"], public=options["public"])
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {options['account']}") from None
        except accounts.Invalid as error:
            raise CommandError(str(error)) from None
        number = lease.number
        self.stdout.write(json.dumps({"number": number.e164, "state": lease.state, "public": number.public}))
