"""`manage.py simulate --rate 0.5`: generate the simulated carrier's traffic until Ctrl-C."""

import signal
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from numbers.carriers.contract import secret_values
from numbers.carriers.errors import CarrierError
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.traffic import Traffic
from numbers.carriers.simulated.webhooks import Simulated
from numbers.models import Account


class Command(BaseCommand):
    """Send simulated messages to the numbers bought from the simulated carrier."""

    help = "Send simulated messages to every number bought from the simulated carrier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options for rate, file and count."""
        parser.add_argument("--rate", type=float, default=0.5, help="messages per second")
        parser.add_argument("--books", type=Path, help="the carrier's SQLite file (default: in VAR)")
        parser.add_argument(
            "--count", type=int, help="stop after this many messages have been sent and delivered"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until stopped; deliveries in progress are completed first."""
        books = Books(options["books"] or Path(Simulated.defaults(settings.VAR)["books"]))
        try:
            traffic = Traffic(books, options["rate"])
            _update_address(books)
        except (ValueError, CarrierError) as error:
            raise CommandError(str(error)) from None
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: traffic.stop())
        traffic.run(options["count"])


def _update_address(books: Books) -> None:
    """Give the carrier our current address: PUBLIC_URL may have changed since the numbers were bought."""
    for account in Account.objects.filter(carrier=Simulated.name):
        keys = secret_values(account.secrets, "signing_key")
        if keys and str(books.path) in secret_values(account.secrets, "books"):
            books.point(keys, account.webhook_url)
