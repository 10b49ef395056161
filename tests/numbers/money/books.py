"""The ledger of a lease, and what an audit finds."""

from datetime import date
from decimal import Decimal

from numbers import audit
from numbers.models import Account, Lease


def lines(lease: Lease) -> list[tuple[str, date, Decimal]]:
    """The ledger of a lease."""
    return list(lease.charges.order_by("what", "period").values_list("what", "period", "amount"))


def found(account: Account) -> set[tuple[str, str]]:
    """What an audit finds."""
    return {(finding.what, finding.e164) for finding in audit.audit(account)}
