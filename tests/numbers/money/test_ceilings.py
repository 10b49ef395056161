"""Nothing is ordered past a month's ceiling, which counts what is under way and fails closed."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from numbers import accounts, audit, intents, ledger, pool
from numbers.carriers.leasing import Owned
from numbers.models import Account, Lease, PoolTarget
from tests.factories import make_lease, make_number, make_target
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 15)


def test_an_accounts_ceiling_counts_what_is_under_way_and_what_is_still_to_come(account: Account) -> None:
    account.monthly_ceiling = Decimal("7.5")
    account.save()
    make_target(account, count=4)
    assert pool.fill() == 3  # 2.50 each with set-up
    assert PoolTarget.objects.get().problem == f"{account}: the account's monthly ceiling is reached"
    intents.perform_due()
    assert pool.fill() == 0
    account.monthly_ceiling = Decimal("10")
    account.save()
    assert pool.fill() == 1
    assert PoolTarget.objects.get().problem == ""


def test_what_a_month_costs_is_lines_and_months_to_come_and_pending_orders(account: Account) -> None:
    old = make_lease(account=account, monthly_cost=Decimal(2), leased_at=datetime(2026, 1, 20, tzinfo=UTC))
    ledger.charge_purchase(old)
    assert ledger.account_spending(account, MARCH) == Decimal(2), "its month is still to come"
    ledger.charge_months(datetime(2026, 3, 21, tzinfo=UTC))
    assert ledger.account_spending(account, MARCH) == Decimal(2), "and is not counted twice"
    make_lease(
        make_number("+12025550001"), account, monthly_cost=Decimal(3), setup_cost=Decimal(1), state="ordered"
    )
    assert ledger.account_spending(account, MARCH) == Decimal(6)
    gone = make_lease(
        make_number("+12025550002"),
        account,
        monthly_cost=Decimal(5),
        leased_at=datetime(2026, 3, 2, tzinfo=UTC),
    )
    ledger.charge_purchase(gone)
    Lease.objects.filter(pk=gone.pk).update(state="released")
    assert ledger.account_spending(account, MARCH) == Decimal(11), "what was paid stays paid"
    assert ledger.account_spending(account, date(2026, 4, 1)) == Decimal(6)


def test_a_targets_ceiling_and_price_hold(account: Account) -> None:
    make_target(account, count=4, monthly_ceiling=Decimal("7.50"))  # 1.50 and 1.00 of set-up each
    assert pool.fill() == 3
    assert "the target's monthly ceiling" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(monthly_ceiling=None, max_monthly_cost=Decimal("1.49"))
    assert pool.fill() == 0
    assert "more expensive" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(max_monthly_cost=Decimal("1.5"), max_setup_cost=Decimal("0.99"))
    assert pool.fill() == 0
    assert "more expensive" in PoolTarget.objects.get().problem


def test_set_up_of_months_gone_by_no_longer_counts(account: Account) -> None:
    target = make_target(account, count=4, monthly_ceiling=Decimal("4"))
    old = datetime(2026, 1, 3, tzinfo=UTC)
    make_lease(
        account=account, target=target, monthly_cost=Decimal("1.5"), setup_cost=Decimal(1), leased_at=old
    )
    assert pool.fill() == 1


def test_a_ceiling_holds_only_what_is_known_to_cost(account: Account, shop: FakeCarrier) -> None:
    Account.objects.update(monthly_ceiling=Decimal(100))
    make_target(account, count=4)
    lease = accounts.adopt(account, "+12025550001")
    assert pool.fill() == 0
    assert "the monthly cost of 1 adopted number is unknown" in PoolTarget.objects.get().problem
    shop.owns["+12025550001"] = Owned("ref1", "+12025550001", account.webhook_url, Decimal("1.15"))
    audit.audit(account)
    lease.refresh_from_db()
    assert (lease.carrier_ref, lease.monthly_cost) == ("ref1", Decimal("1.15"))
    assert pool.fill() == 4
    assert accounts.adopt(account, "+12025550002", monthly_cost=Decimal(2)).monthly_cost == Decimal(2)


def test_ceilings_fail_closed_in_another_currency(account: Account, shop: FakeCarrier) -> None:
    shop.stock = [replace(offer, currency="EUR") for offer in shop.stock]
    target = make_target(account, count=4)
    assert pool.fill() == 0
    assert "offers are in EUR" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(currency="EUR")
    Account.objects.update(monthly_ceiling=Decimal(100))
    assert pool.fill() == 0
    assert "the account's ceiling is in USD" in PoolTarget.objects.get().problem
    Account.objects.update(currency="EUR")
    assert pool.fill() == target.count
