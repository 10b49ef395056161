"""`manage.py audit`: compare our records with the carriers' and print the differences."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from numbers import audit
from numbers.carriers.errors import CarrierError
from numbers.models import Account, Finding


class Command(BaseCommand):
    """Audit one account or all."""

    help = "Compare our records with the carriers' and list the differences: orphaned, missing, drifted, idle numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the option that selects one account."""
        parser.add_argument("--account", type=int, help="only the account with this id")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per difference; fail afterwards if an account could not be compared."""
        failed = self._audit_accounts(options["account"])
        found = Finding.objects.filter(settled_at=None).select_related("account").order_by("account", "what")
        for finding in found:
            cost = f"{finding.monthly_cost.normalize():f} {finding.currency} a month"
            if finding.what == Finding.What.REFUSED:
                cost = f"{finding.times} requests, the last at {finding.seen_at:%Y-%m-%d %H:%M} UTC"
            self.stdout.write(
                f"{finding.what:8} {finding.e164:16} {finding.account}: {finding.detail}; {cost}"
            )
        self.stdout.write(f"{len(found)} differences")
        if failed:
            reasons = "\n".join(f"{account} could not be compared: {why}" for account, why in failed.items())
            raise CommandError(f"{reasons}\nits differences above are from the last successful audit")

    def _audit_accounts(self, pk: int | None) -> dict[Account, str]:
        """Compare one account or all; return those that could not be compared, and why."""
        if pk is None:
            return audit.audit_each()
        try:
            account = Account.objects.get(pk=pk)
            audit.audit(account)
        except Account.DoesNotExist:
            raise CommandError(f"there is no account {pk}") from None
        except CarrierError as error:
            return {account: str(error)}
        return {}
