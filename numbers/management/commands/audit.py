"""`manage.py audit`: compare our books with what carriers say we own, and print the differences."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import audit
from numbers.models import Account, Finding


class Command(BaseCommand):
    """Audit one account or all."""

    help = "List orphans, missing, drifted and idle numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which account."""
        parser.add_argument("--account", type=int, help="only the account with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a difference."""
        if options["account"] is None:
            audit.audit_all()
        else:
            try:
                audit.audit(Account.objects.get(pk=options["account"]))
            except Account.DoesNotExist:
                raise CommandError(f"there is no account {options['account']}") from None
        found = Finding.objects.filter(settled_at=None).select_related("account").order_by("account", "what")
        for finding in found:
            cost = f"{finding.monthly_cost.normalize():f} {finding.currency} a month"
            if finding.what == Finding.What.REFUSED:
                cost = f"{finding.times} requests, the last {finding.seen_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(
                f"{finding.what:8} {finding.e164:16} {finding.account}: {finding.detail}; {cost}"
            )
        self.stdout.write(f"{len(found)} differences")
