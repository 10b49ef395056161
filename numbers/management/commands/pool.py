"""`manage.py pool`: what each target holds and costs, and why it holds less than it should; `--fill` orders first."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import forecast, intents, pool
from numbers.models import PoolTarget


class Command(BaseCommand):
    """Targets, one after the other."""

    help = "Show what each pool target holds and costs a month, and why it holds less; fails if one does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whether to look, or to order as well."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--ask", action="store_true", help="ask the carriers now, and order nothing")
        how.add_argument("--fill", action="store_true", help="order what is missing within the ceilings")

    def handle(self, *args: Any, **options: Any) -> None:
        """A line a target, and one for each reason."""
        lacking = 0
        for target in PoolTarget.objects.order_by("pk").select_related("account"):
            if options["fill"] and target.enabled and pool.fill_one(target.pk):
                intents.perform_due()
            target.refresh_from_db()
            lacking += self._show(target, ask=options["ask"])
        if lacking:
            raise CommandError(f"{lacking} targets hold less than they should")

    def _show(self, target: PoolTarget, *, ask: bool) -> bool:
        """Print a target; whether it is enabled and holds less than it should."""
        missing = max(0, pool.missing(target))
        where = f" at {target.account}" if target.account else ""
        state = "" if target.enabled else ", disabled"
        told = forecast.of(target, ask=ask)
        self.stdout.write(f"{target}{where}: {target.count - missing} held{state}; {told}")
        if not (missing and target.enabled):
            return False
        reasons = pool.wanted(target)[1] if ask else target.trouble.splitlines()
        for reason in reasons or [
            "carriers have offers: they are ordered within a minute" if ask else pool.UNASKED
        ]:
            self.stdout.write(f"  {reason}")
        return True
