"""Targets of the pool at the fake carrier, and the time that passes between two looks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from numbers.models import Account, Intent, PoolTarget
from tests.factories import make_account, make_target


def make_fake_target(account: Account | None = None, **changes: Any) -> PoolTarget:
    """A target for two American numbers at the fake carrier."""
    account = account or make_account(carrier="fake", secrets={})
    return make_target(account, **{"count": 2, "max_monthly_cost": Decimal("1.05"), **changes})


def later(**change: Any) -> None:
    """Let everything that waits be due."""
    Intent.objects.exclude(settled_at__isnull=False).update(due_at=timezone.now() - timedelta(seconds=1))
