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


def _cost(text: str) -> Decimal:
    """An amount that a lease can have."""
    try:
        cost = Decimal(text)
        Lease._meta.get_field("monthly_cost").clean(cost, None)
    except (InvalidOperation, ValidationError):
        raise ArgumentTypeError(f"{text!r} is no monthly cost: write it like 1.15") from None
    if cost < 0:
        raise ArgumentTypeError("a monthly cost is not below zero")
    return cost


def _check_range(e164: str, *, unlisted: bool) -> None:
    """Refuse what is most likely a typo."""
    if not unlisted and not accounts.is_listed(e164):
        raise CommandError(
            f"{e164} is in no range of its country's numbering plan: check it for a typo, or add --unlisted if the "
            "range is new"
        )


class Command(BaseCommand):
    """Numbers that we already own."""

    help = "Adopt a number that an account already owns, or point one at us; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Deeds: adopt, point."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        adopt = deeds.add_parser("adopt", help="take in a number that we own")
        adopt.add_argument("--account", type=int, required=True, help="the account's id")
        adopt.add_argument("e164", help="with the plus: +15005550006; a short code without one")
        adopt.add_argument(
            "--short-code", default="", metavar="COUNTRY", help="it is a short code of this country (GB)"
        )
        adopt.add_argument("--public", action="store_true", help="show its messages to anyone")
        adopt.add_argument("--ref", default="", help="the carrier's id of it, where calls need one")
        adopt.add_argument(
            "--unlisted", action="store_true", help="although no numbering plan that we know has its range"
        )
        adopt.add_argument("--monthly-cost", type=_cost, help="what it takes, in the account's currency")
        point = deeds.add_parser(
            "point", help="have the carrier send its messages to the account's webhook address"
        )
        point.add_argument("e164", help="with the plus: +15005550006")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        try:
            lease = self._adopt(options) if options["deed"] == "adopt" else accounts.point(options["e164"])
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {options['account']}") from None
        except (accounts.Invalid, CarrierError) as error:
            raise CommandError(str(error)) from None
        number = lease.number
        self.stdout.write(json.dumps({"number": number.e164, "state": lease.state, "public": number.public}))

    def _adopt(self, options: dict[str, Any]) -> Lease:
        account = Account.objects.get(pk=options["account"])
        given = {name: options[name] for name in ("public", "ref", "monthly_cost")}
        e164, country = options["e164"], options["short_code"].upper()
        if not country:
            accounts.describe(e164)
            _check_range(e164, unlisted=options["unlisted"])
        return accounts.adopt(account, e164, short_code_in=country, **given)
