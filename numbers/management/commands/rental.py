"""`manage.py rental start --number +15005550006 --holder H --hours 24`, `rental link|end ID`, `rental revoke LINK`"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import countries, links, rentals
from numbers.models import Number, Rental, RentalLink
from numbers.models.number import KindChoices
from tempsms.lib.durations import BadDuration, parse

_KEPT = {
    "cool_down": "how long nobody rents it afterwards",
    "retention": "how long each message is kept",
    "code_life": "how long codes are kept; otherwise as the number says",
}


def _hours(text: str) -> timedelta:
    """A duration."""
    try:
        return timedelta(hours=float(text))
    except (ValueError, OverflowError):
        raise ArgumentTypeError(f"{text!r} is not a number of hours") from None


def _duration(text: str) -> timedelta:
    """A duration with its unit."""
    try:
        return parse(text)
    except BadDuration as error:
        raise ArgumentTypeError(str(error)) from None


def _country(text: str) -> str:
    """A country's code, in capitals."""
    if text.upper() not in countries.CODES:
        raise ArgumentTypeError(f"{text!r} is not a country (example: GB)")
    return text.upper()


class Command(BaseCommand):
    """Private rentals."""

    help = "Start or end a private rental, make a link to its page, or revoke one; prints JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Deeds: start, link, revoke, end."""
        deeds = parser.add_subparsers(dest="deed", required=True)
        start = deeds.add_parser("start", help="rent a number, from now on, and make a link to its page")
        start.add_argument("--number", help="with the plus: +15005550006; else any that is free")
        start.add_argument("--country", type=_country, help="of any that is free: ISO 3166-1 alpha-2")
        start.add_argument("--kind", choices=KindChoices.values, default="", help="of any that is free")
        start.add_argument("--holder", required=True, help="who rents it")
        lasts = start.add_mutually_exclusive_group(required=True)
        lasts.add_argument("--for", type=_duration, dest="lasts", metavar="DURATION", help="7 days, 12 hours")
        lasts.add_argument("--hours", type=_hours, dest="lasts")
        for name, what in _KEPT.items():
            start.add_argument(f"--{name.replace('_', '-')}", type=_duration, metavar="DURATION", help=what)
        start.add_argument("--keep", action="store_true", help="have --number retire later, if need be")
        link = deeds.add_parser("link", help="make another link to a rental's page; it is printed this once")
        link.add_argument("id", type=int, help="the rental's")
        revoke = deeds.add_parser("revoke", help="have a link lead nowhere")
        revoke.add_argument("id", type=int, help="the link's")
        end = deeds.add_parser("end", help="end a rental now")
        end.add_argument("id", type=int, help="the rental's")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        deeds = {"start": self._start, "link": self._link, "revoke": self._revoke, "end": self._end}
        try:
            shown = deeds[options["deed"]](options)
        except Number.DoesNotExist:
            raise CommandError(f"there is no number {options['number']}") from None
        except (Rental.DoesNotExist, RentalLink.DoesNotExist):
            raise CommandError(f"there is nothing with the id {options['id']}") from None
        except rentals.Refused as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(shown))

    def _start(self, options: dict[str, Any]) -> dict[str, Any]:
        kept = {name: options[name] for name in _KEPT if options[name] is not None}
        terms = rentals.Terms(options["holder"][:80], options["lasts"], **kept)
        if options["number"]:
            number = Number.objects.get(e164=options["number"])
            rental = rentals.start(number, terms, keep=options["keep"])
        else:
            rental = rentals.start_any(options["country"] or "", options["kind"], terms)
        return _shown(rental) | _linked(rental)

    def _link(self, options: dict[str, Any]) -> dict[str, Any]:
        return _linked(Rental.objects.get(pk=options["id"]))

    def _revoke(self, options: dict[str, Any]) -> dict[str, Any]:
        link = RentalLink.objects.get(pk=options["id"])
        return {"link_id": link.pk, "revoked": links.revoke(link)}

    def _end(self, options: dict[str, Any]) -> dict[str, Any]:
        return _shown(rentals.end(Rental.objects.get(pk=options["id"])))


def _shown(rental: Rental) -> dict[str, Any]:
    until = rental.during.upper.isoformat(timespec="seconds")
    return {"id": rental.pk, "number": rental.number.e164, "until": until, "cancelled": rental.cancelled}


def _linked(rental: Rental) -> dict[str, Any]:
    link, address = links.make(rental, "operator")
    return {"link_id": link.pk, "link": address}
