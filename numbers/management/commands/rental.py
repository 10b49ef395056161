"""`manage.py rental start --number +15005550006 --holder H --hours 24`, `rental link|end ID`, `rental revoke LINK`"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import countries, rental_links, rentals
from numbers.models import Number, Rental, RentalLink
from numbers.models.number import KindChoices
from tempsms.lib.durations import BadDuration, parse

_KEPT = {
    "cool_down": "time after the rental in which the number cannot be rented",
    "retention": "how long each message is kept",
    "code_life": "how long codes are kept (default: the number's setting)",
}


def _parse_hours(text: str) -> timedelta:
    """A number of hours as a duration; raises `ArgumentTypeError`."""
    try:
        return timedelta(hours=float(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text!r} is not a number of hours") from None


def _parse_duration(text: str) -> timedelta:
    """A duration with its unit; raises `ArgumentTypeError`."""
    try:
        return parse(text)
    except BadDuration as error:
        raise ArgumentTypeError(str(error)) from None


def _parse_country(text: str) -> str:
    """A country code in upper case; raises `ArgumentTypeError`."""
    if text.upper() not in countries.CODES:
        raise ArgumentTypeError(f"{text!r} is not a country (example: GB)")
    return text.upper()


class Command(BaseCommand):
    """Start and end private rentals; create and revoke their links."""

    help = "Start or end a private rental, create a link to its page, or revoke one; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands `start`, `link`, `revoke` and `end`."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        start = commands.add_parser("start", help="rent a number from now on and create a link to its page")
        start.add_argument("--number", help="with the plus (example: +15005550006); default: any free number")
        start.add_argument(
            "--country", type=_parse_country, help="without --number: its country (example: GB)"
        )
        start.add_argument(
            "--kind", choices=KindChoices.values, default="", help="without --number: its kind"
        )
        start.add_argument("--holder", required=True, help="the customer")
        lasts = start.add_mutually_exclusive_group(required=True)
        lasts.add_argument(
            "--for", type=_parse_duration, dest="lasts", metavar="DURATION", help="7 days, 12 hours"
        )
        lasts.add_argument("--hours", type=_parse_hours, dest="lasts", help="the duration in hours")
        for name, what in _KEPT.items():
            start.add_argument(
                f"--{name.replace('_', '-')}", type=_parse_duration, metavar="DURATION", help=what
            )
        start.add_argument("--keep", action="store_true", help="keep --number until the rental ends")
        link = commands.add_parser(
            "link", help="create another link to a rental's page; it is printed only once"
        )
        link.add_argument("id", type=int, help="the rental's id")
        revoke = commands.add_parser("revoke", help="revoke a link")
        revoke.add_argument("id", type=int, help="the link's id")
        end = commands.add_parser("end", help="end a rental now")
        end.add_argument("id", type=int, help="the rental's id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand and print its result as JSON."""
        commands = {
            "start": self._start_rental,
            "link": self._add_link,
            "revoke": self._revoke_link,
            "end": self._end_rental,
        }
        try:
            shown = commands[options["subcommand"]](options)
        except Number.DoesNotExist:
            raise CommandError(f"there is no number {options['number']}") from None
        except (Rental.DoesNotExist, RentalLink.DoesNotExist):
            raise CommandError(
                f"there is no {'link' if options['subcommand'] == 'revoke' else 'rental'} {options['id']}"
            ) from None
        except rentals.RentalRefused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(shown))

    def _start_rental(self, options: dict[str, Any]) -> dict[str, Any]:
        kept = {name: options[name] for name in _KEPT if options[name] is not None}
        terms = rentals.Terms(options["holder"][:80], options["lasts"], **kept)
        if options["number"]:
            number = Number.objects.get(e164=options["number"])
            rental = rentals.start(number, terms, keep=options["keep"])
        else:
            rental = rentals.start_any(options["country"] or "", options["kind"], terms)
        return _describe_rental(rental) | _make_link(rental)

    def _add_link(self, options: dict[str, Any]) -> dict[str, Any]:
        return _make_link(Rental.objects.get(pk=options["id"]))

    def _revoke_link(self, options: dict[str, Any]) -> dict[str, Any]:
        link = RentalLink.objects.get(pk=options["id"])
        return {"link_id": link.pk, "revoked": rental_links.revoke(link)}

    def _end_rental(self, options: dict[str, Any]) -> dict[str, Any]:
        return _describe_rental(rentals.end(Rental.objects.get(pk=options["id"])))


def _describe_rental(rental: Rental) -> dict[str, Any]:
    until = rental.during.upper.isoformat(timespec="seconds")
    return {"id": rental.pk, "number": rental.number.e164, "until": until, "cancelled": rental.cancelled}


def _make_link(rental: Rental) -> dict[str, Any]:
    link, address = rental_links.make(rental, "operator")
    return {"link_id": link.pk, "link": address}
