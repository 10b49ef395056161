"""`manage.py partitions`: make the message partitions of the days to come, drop those that are over."""

from typing import Any

from django.core.management.base import BaseCommand

from inbox import retention


class Command(BaseCommand):
    """Beat does this every ten minutes; a start does it first."""

    help = "Make and drop message partitions now."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what changed."""
        made, dropped = retention.keep_partitions()
        if options["verbosity"] > 1 or dropped:
            self.stdout.write(f"made {', '.join(made) or 'none'}; dropped {', '.join(dropped) or 'none'}")
