"""`manage.py number adopt --account ID +15005550006 [--public] [--ref ID] [--monthly-cost 1.15]`, `number point ...`"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from numbers import accounts
from numbers.carriers.errors import CarrierError
from numbers.models import Account, Lease


def _parse_cost(text: str) -> Decimal:
    """A valid monthly cost; raises `ArgumentTypeError`."""
    try:
        cost = Decimal(text)
        # The column's own bounds, so that a cost the database would refuse is refused in words
        Lease._meta.get_field("monthly_cost").clean(cost, None)
    except (InvalidOperation, ValidationError):
        raise ArgumentTypeError(f"{text!r} is not a monthly cost (example: 1.15)") from None
    if cost < 0:
        raise ArgumentTypeError("a monthly cost cannot be negative")
    return cost


def _check_range(e164: str, *, unlisted: bool) -> None:
    """Raise `CommandError` for a number that is probably a typo."""
    if not unlisted and not accounts.is_listed(e164):
        raise CommandError(
            f"{e164} is not in any range of its country's numbering plan: check it for a typo, or add --unlisted if "
            "the range is new"
        )


class Command(BaseCommand):
    """Adopt numbers that we already own, or set their webhook address."""

    help = "Adopt a number that an account already owns, or point one at our webhook address; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands `adopt` and `point`."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        adopt = commands.add_parser("adopt", help="add a number that the account already owns")
        adopt.add_argument("--account", type=int, required=True, help="the account's id")
        adopt.add_argument("e164", help="with the plus (example: +15005550006); a short code without it")
        adopt.add_argument(
            "--short-code",
            default="",
            metavar="COUNTRY",
            help="the number is a short code of this country (example: GB)",
        )
        adopt.add_argument("--public", action="store_true", help="anyone can read its messages")
        adopt.add_argument("--ref", default="", help="the carrier's id of the number, if its API needs one")
        adopt.add_argument("--unlisted", action="store_true", help="accept a number outside all known ranges")
        adopt.add_argument(
            "--monthly-cost", type=_parse_cost, help="what it costs, in the account's currency"
        )
        point = commands.add_parser(
            "point", help="have the carrier send its messages to the account's webhook address"
        )
        point.add_argument("e164", help="with the plus (example: +15005550006)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand and print the number's state."""
        adopts = options["subcommand"] == "adopt"
        try:
            lease = self._adopt_number(options) if adopts else accounts.point(options["e164"])
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {options['account']}") from None
        except (accounts.Invalid, CarrierError) as error:
            raise CommandError(str(error)) from None
        number = lease.number
        self.stdout.write(json.dumps({"number": number.e164, "state": lease.state, "public": number.public}))

    def _adopt_number(self, options: dict[str, Any]) -> Lease:
        account = Account.objects.get(pk=options["account"])
        given = {name: options[name] for name in ("public", "ref", "monthly_cost")}
        e164, country = options["e164"], options["short_code"].upper()
        if not country:
            accounts.describe(e164)
            _check_range(e164, unlisted=options["unlisted"])
        return accounts.adopt(account, e164, short_code_in=country, **given)
