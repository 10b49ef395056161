"""The ledger of a lease agrees with its carrier's bill, month by month, until the release."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from numbers import intents, ledger, pool
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.webhooks import Simulated
from numbers.models import Account, Charge, Intent, Lease
from tests.factories import make_account, make_lease, make_target
from tests.fake_carrier import FakeCarrier
from tests.numbers.money.books import lines

pytestmark = pytest.mark.django_db


def test_a_purchase_is_charged_once_with_set_up_and_first_month(account: Account) -> None:
    make_target(account)
    pool.fill()
    assert Charge.objects.count() == 0
    intents.perform_due()
    lease = Lease.objects.get()
    assert lease.leased_at
    day = lease.leased_at.astimezone(UTC).date()
    assert lines(lease) == [("month", day, Decimal("1.5")), ("setup", day, Decimal(1))]
    ledger.charge_purchase(lease)
    assert Charge.objects.count() == 2


@pytest.mark.parametrize("more", [{}, {"blind": "yes"}], ids=["chosen by us", "chosen by the carrier"])
def test_over_months_the_ledger_and_the_bill_of_a_carrier_are_the_same(
    tmp_path: Path, more: dict[str, str]
) -> None:
    secrets = {**Simulated.defaults(tmp_path), **more}
    slow = make_account(carrier="simulated", secrets={**secrets, "order_seconds": "5"})
    make_target(slow, count=3)
    with time_machine.travel(datetime(2026, 10, 31, 12, tzinfo=UTC)) as clock:
        pool.fill()
        intents.perform_due()
        assert set(Lease.objects.values_list("state", flat=True)) == {"provisioning"}
        Intent.objects.update(due_at=timezone.now())
        clock.shift(5)
        intents.perform_due()
        for month in (1, 2, 3):
            clock.move_to(datetime(2026, 10, 31, 13, tzinfo=UTC) + timedelta(days=29 * month))
            ledger.charge_months(timezone.now())
        for lease in Lease.objects.filter(state="active"):
            pool.quarantine(lease)
            pool.release(lease)
        intents.perform_due()
        bill = Books(Path(secrets["books"])).ledger([secrets["signing_key"]])
    assert Counter(line.deed for line in bill) == {"buy": 3, "month": 6, "release": 3}
    assert sum(line.amount for line in bill) == sum(Charge.objects.values_list("amount", flat=True))


@pytest.mark.parametrize(
    ("leased", "until", "days"),
    [
        (
            datetime(2026, 1, 31, 12, tzinfo=UTC),
            datetime(2026, 4, 30, 1, tzinfo=UTC),
            ["01-31", "02-28", "03-31", "04-30"],
        ),
        (
            datetime(2026, 3, 1, tzinfo=UTC),
            datetime(2026, 5, 31, 23, tzinfo=UTC),
            ["03-01", "04-01", "05-01"],
        ),
        (datetime(2026, 11, 15, tzinfo=UTC), datetime(2026, 12, 14, tzinfo=UTC), ["11-15"]),
    ],
)
def test_months_are_charged_on_the_day_of_the_purchase(
    leased: datetime, until: datetime, days: list[str]
) -> None:
    lease = make_lease(monthly_cost=Decimal("1.15"), leased_at=leased)
    ledger.charge_purchase(lease)
    ledger.charge_months(until)
    ledger.charge_months(until)
    assert [f"{period:%m-%d}" for _, period, _ in lines(lease)] == days
    assert {amount for _, _, amount in lines(lease)} == {Decimal("1.15")}


def test_what_has_been_released_costs_no_more(account: Account) -> None:
    lease = make_lease(
        account=account, monthly_cost=Decimal(1), leased_at=datetime(2026, 1, 1, tzinfo=UTC), state="released"
    )
    ledger.charge_months(datetime(2026, 6, 1, tzinfo=UTC))
    assert lines(lease) == []


def test_the_month_that_began_before_a_release_is_charged(account: Account, shop: FakeCarrier) -> None:
    now = timezone.now()
    lease = make_lease(account=account, monthly_cost=Decimal("1.5"), leased_at=now - timedelta(days=45))
    ledger.charge_purchase(lease)
    pool.quarantine(lease)
    pool.release(lease)
    intents.perform_due()
    assert len(lines(lease)) == 2
    assert ledger.charge_months(now + timedelta(days=40)) == 0, "nothing is due after the end"
    lease.charges.order_by("period").last().delete()  # type: ignore[union-attr]
    assert ledger.charge_months(now + timedelta(days=1)) == 1, "what an outage left out is written later"
