"""Targets of the pool at the fake carrier, and the time that passes between two looks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from numbers.models import Intent, PoolTarget
from tests.factories import make_account


def make_target(**changes: Any) -> PoolTarget:
    """Two American numbers at the fake carrier."""
    values: dict[str, Any] = {"country": "US", "count": 2, "max_monthly_cost": Decimal("1.05")}
    account = changes.pop("account", None) or make_account(carrier="fake", secrets={})
    return PoolTarget.objects.create(account=account, **{**values, **changes})


def later(**change: Any) -> None:
    """Let everything that waits be due."""
    Intent.objects.exclude(settled_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
