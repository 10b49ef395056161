"""`manage.py carriers`: the table of carriers and the features of their adapters, in docs/reference/carriers.md."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from numbers import carriers
from numbers.carriers.contract import Feature

NONE = "the carrier has none"
COLUMNS = {
    "signed": Feature.SIGNED,
    "receipts": Feature.RECEIPTS,
    "MMS": Feature.MEDIA,
    "parts": Feature.PARTS,
    "search": Feature.SEARCH,
    "blind": Feature.BLIND,
    "buy": Feature.BUY,
    "orders": Feature.ORDERS,
    "keys": Feature.KEYS,
    "configure": Feature.CONFIGURE,
    "release": Feature.RELEASE,
    "list": Feature.OWNED,
    "log": Feature.MESSAGES,
    "send": Feature.SEND,
}
BEGIN, END = "<!-- carriers: written by manage.py carriers --write -->", "<!-- end of carriers -->"


def table() -> str:
    """A Markdown table of the features, and below it the reasons why carriers have none."""
    lines = [f"| carrier | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 1) + "|"]
    reasons: dict[tuple[str, str], list[str]] = {}
    for name in carriers.names():
        cells = {column: _format_cell(name, feature) for column, feature in COLUMNS.items()}
        lines.append(f"| {name} | {' | '.join(cells.values())} |")
        for column, feature in COLUMNS.items():
            if cells[column] == NONE and feature is not Feature.PARTS:
                reasons.setdefault((name, carriers.get(name).lacks[feature]), []).append(column)
    listed = (f"- {name}, {', '.join(columns)}: {why}" for (name, why), columns in reasons.items())
    return "\n".join([*lines, "", "Where the carrier has none, and why:", "", *listed])


def _format_cell(name: str, feature: Feature) -> str:
    if feature in carriers.features(name):
        return "yes"
    # whose messages do not come in parts, joins them
    return NONE if feature in carriers.get(name).lacks or feature is Feature.PARTS else "not built"


class Command(BaseCommand):
    """Print the table, or write it into the docs."""

    help = "Show what each carrier's adapter can do."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option that writes the table into the docs."""
        parser.add_argument(
            "--write", action="store_true", help="write the table into docs/reference/carriers.md"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the table or write it into the docs."""
        if not options["write"]:
            self.stdout.write(table())
            return
        path = settings.ROOT / "docs" / "reference" / "carriers.md"
        text = path.read_text()
        if BEGIN not in text or END not in text:
            raise CommandError(f"{path.name} lacks the comments between which the table goes")
        head, tail = text.split(BEGIN)[0], text.split(END)[1]
        path.write_text(f"{head}{BEGIN}\n{table()}\n{END}{tail}")
