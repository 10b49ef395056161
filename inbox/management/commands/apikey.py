"""`manage.py apikey create --name N --scope S ...`, `apikey list`, `apikey change ID ...`, `apikey revoke ID`"""

import argparse
import json
import re
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError
from django.utils import timezone

from inbox.api import keys, oauth
from inbox.api.models import ApiKey
from inbox.api.scopes import MEANINGS, Scope
from inbox.sandbox import projects
from numbers.models import Number
from tempsms.lib.durations import BadDuration, Bounds, parse
from tempsms.lib.money import write_price

LIMITS = ("per_minute", "monthly_ceiling")
"""What can be changed of a key; without a value it has the site's default."""
_LIFE = Bounds(timedelta(minutes=1), timedelta(days=3650))


def _parse_life(text: str) -> timedelta:
    """A duration with its unit; raises `ArgumentTypeError`."""
    try:
        return _LIFE.check(parse(text))
    except BadDuration as error:
        raise ArgumentTypeError(str(error)) from None


def _parse_limit(text: str) -> int:
    """A number of requests; raises `ArgumentTypeError`."""
    if not (text.isascii() and text.isdigit() and 0 < int(text[:10]) <= 1_000_000):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to 1000000")
    return int(text)


def _parse_amount(text: str) -> Decimal:
    """An amount of money; raises `ArgumentTypeError`."""
    if not re.fullmatch(r"[0-9]{1,8}(\.[0-9]{1,2})?", text):
        raise ArgumentTypeError(f"{text!r} is not an amount like 25 or 12.50")
    return Decimal(text)


def _parse_or_default(parse_text: Callable[[str], Any]) -> Callable[[str], Any]:
    """Parse a value, or the word `default`, which is None."""

    def parse_value(text: str) -> Any:
        return None if text == "default" else parse_text(text)

    return parse_value


def _add_create_arguments(create: ArgumentParser) -> None:
    create.add_argument("--name", required=True, help="who or what uses it")
    scopes = "; ".join(f"{scope}: {meaning}" for scope, meaning in MEANINGS.items())
    create.add_argument(
        "--scope",
        action="append",
        required=True,
        choices=[scope.value for scope in Scope],
        metavar="SCOPE",
        help=scopes,
    )
    create.add_argument("--for", dest="lasts", type=_parse_life, help='expires after, like "90 days"')
    create.add_argument("--number", action="append", help="limit the key to a number, like +15005550006")
    create.add_argument(
        "--oauth",
        action="store_true",
        help="make an OAuth2 client instead; prints its id and secret as JSON",
    )
    create.add_argument("--project", default="", help="limit the key to a sandbox project")
    create.add_argument("--per-minute", type=_parse_limit, help="requests a minute; default: API_KEY_LIMIT")
    create.add_argument(
        "--monthly-ceiling",
        type=_parse_amount,
        help="what the numbers that it leases may cost in a month; default: API_MONTHLY_CEILING",
    )


class Command(BaseCommand):
    """Keys of the REST API."""

    help = (
        "Create, list and revoke keys of the REST API. A new key is printed once and cannot be shown again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the subcommands."""
        commands = parser.add_subparsers(dest="subcommand", required=True)
        _add_create_arguments(commands.add_parser("create", help="create a key and print it"))
        commands.add_parser("list", help="list all keys as JSON, one a line")
        change = commands.add_parser("change", help="change the limits of a key")
        change.add_argument("id", type=int, help="the key's id")
        change.add_argument(
            "--per-minute",
            type=_parse_or_default(_parse_limit),
            default=argparse.SUPPRESS,
            help="requests a minute, or `default`",
        )
        change.add_argument(
            "--monthly-ceiling",
            type=_parse_or_default(_parse_amount),
            default=argparse.SUPPRESS,
            help="what the numbers that it leases may cost in a month, or `default`",
        )
        revoke = commands.add_parser("revoke", help="revoke a key")
        revoke.add_argument("id", type=int, help="the key's id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the subcommand."""
        match options["subcommand"]:
            case "create":
                self._create_key(options)
            case "list":
                for key in ApiKey.objects.order_by("pk"):
                    self.stdout.write(json.dumps(_describe_key(key)))
            case "change":
                limits = {name: options[name] for name in LIMITS if name in options}
                self._change_key(options["id"], limits)
            case _:
                self._revoke_key(options["id"])

    def _create_key(self, options: dict[str, Any]) -> None:
        name = options["name"].strip()
        if not 0 < len(name) <= 80:
            raise CommandError("the name must have 1 to 80 characters")
        if options["project"] and projects.find_for("", options["project"]) is None:
            raise CommandError(f"there is no project {options['project']!r}: make it with `project add`")
        expires_at = timezone.now() + options["lasts"] if options["lasts"] else None
        try:
            key, text = keys.create(
                name,
                {Scope(scope) for scope in options["scope"]},
                expires_at=expires_at,
                numbers=_find_numbers(options["number"]) if options["number"] else None,
                project=options["project"],
                per_minute=options["per_minute"],
                monthly_ceiling=options["monthly_ceiling"],
            )
        except IntegrityError:
            raise CommandError(f"there is already a key {name!r}") from None
        if options["oauth"]:
            client_id, secret = oauth.make_client(key)
            text = json.dumps({"client_id": client_id, "client_secret": secret})
        self.stdout.write(text)

    def _change_key(self, pk: int, limits: dict[str, Any]) -> None:
        if not limits:
            raise CommandError("say what to change: --per-minute or --monthly-ceiling")
        key = _find_key(pk)
        ApiKey.objects.filter(pk=key.pk).update(**limits)
        key.refresh_from_db()
        self.stdout.write(json.dumps(_describe_key(key)))

    def _revoke_key(self, pk: int) -> None:
        key = _find_key(pk)
        if not keys.revoke(key):
            raise CommandError(f"{key} was revoked already")
        self.stdout.write(f"revoked {key}")


def _find_key(pk: int) -> ApiKey:
    try:
        return ApiKey.objects.get(pk=pk)
    except ApiKey.DoesNotExist:
        raise CommandError(f"there is no key {pk}") from None


def _find_numbers(wanted: list[str]) -> list[Number]:
    found = {number.e164: number for number in Number.objects.filter(e164__in=wanted)}
    if missing := [e164 for e164 in wanted if e164 not in found]:
        raise CommandError(f"there is no number {missing[0]}")
    return list(found.values())


def _describe_key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.pk,
        "name": key.name,
        "starts_with": key.start,
        "scopes": key.scopes,
        "per_minute": key.per_minute,
        "monthly_ceiling": None if key.monthly_ceiling is None else write_price(key.monthly_ceiling),
        "numbers": [number.e164 for number in key.numbers.order_by("e164")] if key.bound else None,
        "project": key.project or None,
        "expires_at": _write_time(key.expires_at),
        "last_used_at": _write_time(key.last_used_at),
        "revoked_at": _write_time(key.revoked_at),
    }


def _write_time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
