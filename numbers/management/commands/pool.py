"""`manage.py pool`: what each target holds and costs, and why numbers are missing; `--fill` orders them first."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import forecast, intents, pool
from numbers.models import PoolTarget


class Command(BaseCommand):
    """Show each target; order missing numbers on request."""

    help = (
        "Show what each pool target holds and costs per month, and why numbers are missing; fails if any are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options that ask carriers or order numbers."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--ask", action="store_true", help="ask the carriers now, but order nothing")
        how.add_argument("--fill", action="store_true", help="order missing numbers within the ceilings")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per target, and one per reason."""
        lacking = 0
        for target in PoolTarget.objects.order_by("pk").select_related("account"):
            # Performed here too, so that the line printed next shows what was bought
            if options["fill"] and target.enabled and pool.fill_one(target.pk):
                intents.perform_due()
            target.refresh_from_db()
            lacking += self._print_target(target, ask=options["ask"])
        if lacking:
            raise CommandError(
                f"{lacking} {'target holds' if lacking == 1 else 'targets hold'} fewer numbers than wanted"
            )

    def _print_target(self, target: PoolTarget, *, ask: bool) -> bool:
        """Print a target; return whether it is enabled and numbers are missing."""
        missing = max(0, pool.missing(target))
        where = f" at {target.account}" if target.account else ""
        state = "" if target.enabled else ", disabled"
        expected = forecast.of(target, ask=ask)
        self.stdout.write(f"{target}{where}: {target.count - missing} held{state}; {expected}")
        if not (missing and target.enabled):
            return False
        reasons = pool.wanted(target)[1] if ask else target.problem.splitlines()
        for reason in reasons or [
            "carriers have offers, which will be ordered within a minute" if ask else pool.UNASKED
        ]:
            self.stdout.write(f"  {reason}")
        return True
