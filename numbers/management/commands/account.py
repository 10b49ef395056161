"""`manage.py account add CARRIER --label L --set KEY=VALUE ... [--test]`, `account test ID`"""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from numbers import account_settings, accounts, carriers, logins
from numbers.models import Account


class Command(BaseCommand):
    """Accounts at carriers."""

    help = "Add an account at a carrier (prints JSON with id, webhook_url and status_url), or test its login."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands `add` and `test`."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        add = commands.add_parser("add", help="add an account")
        add.add_argument("carrier", choices=carriers.names())
        add.add_argument("--label", required=True)
        add.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="KEY=VALUE",
            help="a secret or setting of the carrier; repeat it if two values are valid at once",
        )
        add.add_argument(
            "--test", action="store_true", help="test the login and add nothing if it is refused"
        )
        test = commands.add_parser("test", help="test an account's login; fails unless it works")
        test.add_argument("id", type=int, help="the account's id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add an account and print its webhook addresses, or test one."""
        try:
            if options["subcommand"] == "add":
                self._add_account(options)
            else:
                self._test_account(Account.objects.get(pk=options["id"]))
        except accounts.Invalid as error:
            raise CommandError(str(error)) from None
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {options['id']}") from None
        except IntegrityError:
            raise CommandError(f"{options['carrier']} already has an account {options['label']!r}") from None

    def _add_account(self, options: dict[str, Any]) -> None:
        given = account_settings.parse_pairs(options["set"])
        label = account_settings.strip_pasted(options["label"])
        if not label:
            raise CommandError("the label is empty")
        # The test needs the saved account; a refused login rolls it back
        with transaction.atomic():
            account = accounts.add(options["carrier"], label, given)
            if options["test"]:
                self._try_login(account)
        for unusual in account_settings.unusual_values(options["carrier"], given):
            self.stderr.write(f"check {unusual}")
        shown = {"id": account.pk, "webhook_url": account.webhook_url, "status_url": account.status_url}
        self.stdout.write(json.dumps(shown))

    def _try_login(self, account: Account) -> None:
        """Print the result of a login; raise `CommandError`, so that nothing is added, if it is refused."""
        login = logins.attempt(account)
        if login.outcome is logins.Outcome.REFUSED:
            raise CommandError(f"{login} Nothing was added.")
        self.stderr.write(str(login))

    def _test_account(self, account: Account) -> None:
        login = logins.attempt(account)
        if login.outcome is not logins.Outcome.WORKS:
            raise CommandError(str(login))
        self.stdout.write(str(login))
