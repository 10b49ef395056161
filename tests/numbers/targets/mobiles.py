"""British mobiles, and a target of two."""

from decimal import Decimal
from typing import Any

from numbers.carriers.leasing import Kind, Offer
from numbers.models import Account, PoolTarget
from tests.factories import make_target

SMS = frozenset({"sms"})


def british_mobiles() -> list[Offer]:
    """Twenty at one price."""
    return [
        Offer(f"+4477009001{n:02}", "GB", Kind.MOBILE, SMS, Decimal("2.00"), Decimal("1.00"))
        for n in range(20)
    ]


def make_mobile_target(account: Account | None, **changes: Any) -> PoolTarget:
    """A target for two British mobiles."""
    return make_target(account, **{"country": "GB", "kind": "mobile", "count": 2, **changes})
