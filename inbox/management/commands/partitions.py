"""`manage.py partitions`: create the message partitions of the coming days, drop expired ones."""

from typing import Any

from django.core.management.base import BaseCommand

from inbox.privacy import retention


class Command(BaseCommand):
    """Create and drop partitions, as beat does every ten minutes and every start does first."""

    help = "Create and drop message partitions now."

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and drop partitions, and print their names."""
        made, dropped = retention.keep_partitions()
        if options["verbosity"] > 1 or dropped:
            self.stdout.write(f"created {', '.join(made) or 'none'}; dropped {', '.join(dropped) or 'none'}")
