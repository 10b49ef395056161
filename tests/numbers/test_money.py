"""The ledger agrees with the bill, ceilings hold, audits find where our books and a carrier's differ."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from numbers import accounts, audit, intents, ledger, pool
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected
from numbers.carriers.leasing import Kind, Owned
from numbers.carriers.simulated.books import Books
from numbers.carriers.simulated.webhooks import Simulated
from numbers.models import Account, Charge, Finding, Health, Intent, Lease, PoolTarget
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import LEASES, FakeCarrier, offers

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 15)


@pytest.fixture
def shop() -> Iterator[FakeCarrier]:
    """A carrier with stock at one price: 1.50 a month and 1.00 once."""
    shop = FakeCarrier(*LEASES, Feature.CONFIGURE, name="shop", title="Shop", fails_on=("release", "owned"))
    shop.stock = offers(price="1.5", setup="1", step="0")
    with shop.registered():
        yield shop


@pytest.fixture
def account(shop: FakeCarrier) -> Account:
    """An account there."""
    return make_account(carrier="shop", secrets={})


def make_target(account: Account, **changes: Any) -> PoolTarget:
    """Four numbers."""
    values: dict[str, Any] = {"country": "US", "count": 4, "account": account}
    return PoolTarget.objects.create(**{**values, **changes})


def lines(lease: Lease) -> list[tuple[str, date, Decimal]]:
    """The ledger of a lease."""
    return list(lease.charges.order_by("what", "period").values_list("what", "period", "amount"))


# Ledger


def test_a_purchase_is_charged_once_with_set_up_and_first_month(account: Account) -> None:
    make_target(account, count=1)
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


# Ceilings


def test_an_accounts_ceiling_counts_what_is_under_way_and_what_is_still_to_come(account: Account) -> None:
    account.monthly_ceiling = Decimal("7.5")
    account.save()
    make_target(account)
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
    make_target(account, monthly_ceiling=Decimal("7.50"))  # 1.50 and 1.00 of set-up each
    assert pool.fill() == 3
    assert "the target's monthly ceiling" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(monthly_ceiling=None, max_monthly_cost=Decimal("1.49"))
    assert pool.fill() == 0
    assert "more expensive" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(max_monthly_cost=Decimal("1.5"), max_setup_cost=Decimal("0.99"))
    assert pool.fill() == 0
    assert "more expensive" in PoolTarget.objects.get().problem


def test_set_up_of_months_gone_by_no_longer_counts(account: Account) -> None:
    target = make_target(account, monthly_ceiling=Decimal("4"))
    old = datetime(2026, 1, 3, tzinfo=UTC)
    make_lease(
        account=account, target=target, monthly_cost=Decimal("1.5"), setup_cost=Decimal(1), leased_at=old
    )
    assert pool.fill() == 1


def test_a_ceiling_holds_only_what_is_known_to_cost(account: Account, shop: FakeCarrier) -> None:
    Account.objects.update(monthly_ceiling=Decimal(100))
    make_target(account)
    lease = accounts.adopt(account, "+12025550001")
    assert pool.fill() == 0
    assert "the monthly cost of 1 adopted number is unknown" in PoolTarget.objects.get().problem
    shop.owns["+12025550001"] = Owned("ref1", "+12025550001", account.webhook_url, Decimal("1.15"))
    audit.audit(account)
    lease.refresh_from_db()
    assert (lease.carrier_ref, lease.monthly_cost) == ("ref1", Decimal("1.15"))
    assert pool.fill() == 4
    assert accounts.adopt(account, "+12025550002", monthly_cost=Decimal(2)).monthly_cost == Decimal(2)


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


def test_a_refused_release_is_shown_and_tried_again_the_next_day(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account, monthly_cost=Decimal("1.5"))
    shop.owns["+15005550006"] = Owned("PN1", "+15005550006", account.webhook_url, Decimal("1.5"))
    pool.quarantine(lease)
    pool.release(lease)
    shop.fails = Rejected("not yet")
    intents.perform_due()
    shop.fails = None
    (finding,) = audit.audit(account)
    assert (finding.what, finding.detail, finding.monthly_cost) == ("stuck", "not yet", Decimal("1.5"))
    assert pool.retire_due() == 0
    assert pool.retire_due(timezone.now() + timedelta(days=8)) == 1
    intents.perform_due()
    lease.refresh_from_db()
    assert lease.state == "released"
    assert audit.audit(account) == []


def test_a_release_waits_while_the_login_is_refused(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account)
    pool.quarantine(lease)
    pool.release(lease)
    shop.fails = Rejected("401", fault="account")
    intents.perform_due()
    assert Intent.objects.get().state == "waiting"


def test_ceilings_fail_closed_in_another_currency(account: Account, shop: FakeCarrier) -> None:
    shop.stock = [replace(offer, currency="EUR") for offer in shop.stock]
    target = make_target(account)
    assert pool.fill() == 0
    assert "offers are in EUR" in PoolTarget.objects.get().problem
    PoolTarget.objects.update(currency="EUR")
    Account.objects.update(monthly_ceiling=Decimal(100))
    assert pool.fill() == 0
    assert "the account's ceiling is in USD" in PoolTarget.objects.get().problem
    Account.objects.update(currency="EUR")
    assert pool.fill() == target.count


# Audits


def found(account: Account) -> set[tuple[str, str]]:
    """What an audit finds."""
    return {(finding.what, finding.e164) for finding in audit.audit(account)}


def test_an_orphan_is_found_shown_and_adopted_with_its_id_and_cost(
    account: Account, shop: FakeCarrier
) -> None:
    shop.owns["+12025550100"] = Owned("ref1", "+12025550100", account.webhook_url, Decimal("1.15"))
    assert found(account) == {("orphan", "+12025550100")}
    assert found(account) == {("orphan", "+12025550100")}
    finding = Finding.objects.get()
    lease = audit.adopt(finding)
    assert (lease.state, lease.carrier_ref, lease.monthly_cost) == ("active", "ref1", Decimal("1.15"))
    assert found(account) == set()
    assert Finding.objects.get().settled_at


def test_a_list_without_prices_is_filled_from_the_price_list(
    account: Account, shop: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def list_price(country: str, kind: Kind) -> tuple[Decimal, str]:
        asked.append((country, kind))
        if country == "GB":
            raise CallFailed("no such page")
        return Decimal("1.15"), "EUR"

    monkeypatch.setattr(shop, "list_price", list_price)
    adopted = accounts.adopt(account, "+12025550101")
    make_target(account, count=1)
    pool.fill()
    intents.perform_due()
    bought = Lease.objects.get(monthly_cost__gt=0)
    for e164 in ("+12025550101", "+12025550102", "+442079460100", bought.number.e164, "+1"):
        shop.owns[e164] = Owned(f"ref{e164}", e164, account.webhook_url)
    findings = {finding.e164: (finding.monthly_cost, finding.currency) for finding in audit.audit(account)}
    assert findings == {
        "+12025550102": (Decimal("1.15"), "EUR"),
        "+442079460100": (0, "USD"),
        "+1": (0, "USD"),
    }
    adopted.refresh_from_db()
    assert (adopted.monthly_cost, adopted.currency) == (Decimal("1.15"), "EUR")
    assert adopted.events.get(what="priced").detail == "1.15 EUR per month"
    assert asked == [("US", Kind.LOCAL), ("GB", Kind.LOCAL)], "once for all numbers of a kind"


def test_a_purchase_that_was_refused_and_carried_out_all_the_same_is_adopted_and_charged_as_bought(
    account: Account, shop: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where an order's answer got lost, a copy of it was refused, and the carrier has no keys to ask by."""
    make_target(account, count=1)
    pool.fill()
    failed = Lease.objects.get()
    with monkeypatch.context() as patch:
        patch.setattr(shop, "buy", lambda *given: (_ for _ in ()).throw(Rejected("it is taken")))
        intents.perform_due()
    e164 = failed.number.e164
    shop.owns[e164] = Owned("ref1", e164, account.webhook_url, Decimal("1.5"))
    assert found(account) == set(), "a moment ago: it may be settled yet"
    Lease.objects.update(state_since=timezone.now() - timedelta(hours=1))
    (orphan,) = audit.audit(account)
    assert orphan.detail == "bought after all, although the purchase failed here"
    lease = audit.adopt(orphan)
    assert [line[::2] for line in lines(lease)] == [("month", Decimal("1.5")), ("setup", Decimal(1))]
    assert lines(failed) == []


def test_a_number_whose_purchase_is_under_way_is_no_orphan(account: Account, shop: FakeCarrier) -> None:
    make_target(account, count=1)
    pool.fill()
    e164 = Lease.objects.get().number.e164
    shop.owns[e164] = Owned("ref1", e164, account.webhook_url)
    assert found(account) == set()


def test_a_number_that_the_carrier_no_longer_lists_is_missing(account: Account) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    lease = make_lease(account=account, state_since=hour_ago)
    assert found(account) == {("missing", lease.number.e164)}
    Intent.objects.create(lease=lease, effect="release")
    assert found(account) == set(), "it is on its way out"


def test_drift_is_found_and_mended(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account)
    e164 = lease.number.e164
    shop.owns[e164] = Owned("ref1", e164, "https://elsewhere.example/hook")
    assert found(account) == {("drift", e164)}
    audit.repoint_webhook(Finding.objects.get())
    assert shop.owns[e164].webhook_url == account.webhook_url
    assert found(account) == set()
    shop.owns[e164] = Owned("ref1", e164, account.webhook_url + "#rc=3&rp=all")
    assert found(account) == set(), "connection settings are no drift"
    shop.owns[e164] = Owned("ref1", e164, "")
    assert found(account) == {("drift", e164)}
    assert "no webhook address is set" in Finding.objects.get(settled_at=None).detail
    shop.owns[e164] = Owned("ref1", e164)
    assert found(account) == set(), "what a carrier does not tell is no drift"


def test_an_idle_number_is_reported_with_its_cost_and_can_be_given_up(
    account: Account, shop: FakeCarrier
) -> None:
    long_ago = timezone.now() - timedelta(days=20)
    lease = make_lease(account=account, monthly_cost=Decimal("1.15"), leased_at=long_ago)
    e164 = lease.number.e164
    shop.owns[e164] = Owned("ref1", e164, account.webhook_url)
    assert found(account) == {("idle", e164)}
    assert Finding.objects.get().monthly_cost == Decimal("1.15")
    lease.number.last_message_at = timezone.now()
    lease.number.save()
    assert found(account) == set()
    lease.number.last_message_at = None
    lease.number.save()
    audit.audit(account)
    assert audit.retire_idle(Finding.objects.get(settled_at=None), "anna") == 1
    assert Lease.objects.get().state == "draining"


def test_a_list_that_fails_changes_nothing(account: Account, shop: FakeCarrier) -> None:
    shop.owns["+12025550100"] = Owned("ref1", "+12025550100")
    audit.audit(account)
    shop.fails = CallFailed("down", retry=True)
    assert audit.audit_all() == 1
    with pytest.raises(CallFailed):
        audit.audit(account)
    assert Finding.objects.get().settled_at is None


def test_a_refused_release_can_be_tried_again(account: Account, shop: FakeCarrier) -> None:
    lease = make_lease(account=account, state="quarantined", carrier_ref="ref1")
    shop.fails = Rejected("not now")
    pool.release(lease)
    intents.perform_due()
    assert (Intent.objects.get().state, pool.release(lease)) == ("refused", 1)
    assert pool.release(lease) == 0, "it is under way"
    shop.fails = None
    intents.perform_due()
    assert Lease.objects.get().state == "released"


def test_the_audit_command_prints_differences(
    account: Account, shop: FakeCarrier, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.owns["+12025550100"] = Owned("ref1", "+12025550100", "", Decimal("1.15"))
    call_command("audit")
    printed = capsys.readouterr().out
    assert "orphan" in printed
    assert "+12025550100" in printed
    assert "1.15 USD" in printed


# By hand


@pytest.fixture
def operator(admin_client: Client) -> Client:
    """An operator who has logged in."""
    return admin_client


def act(client: Client, path: str, action: str, pk: int, *, confirmed: bool) -> str:
    """Choose a row and an action; what the operator sees."""
    data: dict[str, Any] = {"action": action, "_selected_action": [pk]}
    answer = client.post(
        f"/admin/numbers/{path}/", data | ({"confirmed": "1"} if confirmed else {}), follow=True
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_ordering_by_hand_shows_the_cost_first(operator: Client, account: Account) -> None:
    target = make_target(account, count=3)
    page = act(operator, "pooltarget", "order_now", target.pk, confirmed=False)
    assert f"+12025551000 at {account}, set-up 1; no experience with such numbers yet" in page
    assert "4.5 USD" in page
    assert Lease.objects.count() == 0
    act(operator, "pooltarget", "order_now", target.pk, confirmed=True)
    assert Lease.objects.count() == 3


def test_offers_show_what_such_numbers_were_seen_to_receive(operator: Client, account: Account) -> None:
    now = timezone.now()
    for n, seen in enumerate(
        [{"code_at": now, "short_code_at": now}, {"code_at": now, "filtered_at": now}, {}]
    ):
        number = make_number(f"+1202555010{n}")
        for state in ("released", "active"):
            make_lease(number, account, state=state)
        Health.objects.create(number=number, **seen)
    Health.objects.create(number=make_number("+12025550199"), code_at=now)  # leased nowhere
    make_lease(make_number("+12125550100", kind="toll_free"), account)
    target = make_target(account, count=1)
    page = act(operator, "pooltarget", "order_now", target.pk, confirmed=False)
    assert "of 3 such numbers, 2 received codes, 1 messages from short codes, 0 messages from abroad" in page


def test_an_account_is_compared_with_its_carrier_by_hand(
    operator: Client, account: Account, shop: FakeCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.owns["+12025550100"] = Owned("ref1", "+12025550100", account.webhook_url)
    assert "1 difference" in act(operator, "account", "audit_now", account.pk, confirmed=False)
    assert Finding.objects.get().what == "orphan"
    monkeypatch.setattr(shop, "owned", lambda: (_ for _ in ()).throw(CallFailed("out of order")))
    assert "out of order" in act(operator, "account", "audit_now", account.pk, confirmed=False)


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("retire", "active", "draining"),
        ("quarantine_now", "active", "quarantined"),
        ("release_now", "quarantined", "quarantined"),
    ],
)
def test_ending_by_hand_shows_the_cost_first(
    operator: Client, account: Account, action: str, before: str, after: str
) -> None:
    lease = make_lease(account=account, state=before, monthly_cost=Decimal("1.15"))
    page = act(operator, "lease", action, lease.pk, confirmed=False)
    assert "+15005550006" in page
    assert "1.1500 USD" in page
    lease.refresh_from_db()
    assert (lease.state, Intent.objects.count()) == (before, 0)
    act(operator, "lease", action, lease.pk, confirmed=True)
    lease.refresh_from_db()
    assert (lease.state, Intent.objects.count()) == (after, int(action == "release_now"))


def test_differences_are_settled_by_hand(operator: Client, account: Account, shop: FakeCarrier) -> None:
    shop.owns["+12025550100"] = Owned("ref1", "+12025550100", "https://elsewhere.example/", Decimal("1.15"))
    (orphan,) = audit.audit(account)
    assert "1.15" in act(operator, "finding", "adopt", orphan.pk, confirmed=False)
    assert Lease.objects.count() == 0
    act(operator, "finding", "adopt", orphan.pk, confirmed=True)
    assert Lease.objects.get().monthly_cost == Decimal("1.15")
    (drift,) = audit.audit(account)
    act(operator, "finding", "mend", drift.pk, confirmed=True)
    assert shop.owns["+12025550100"].webhook_url == account.webhook_url
    assert operator.get("/admin/numbers/charge/").status_code == 200


def test_visitors_see_no_operators_page(client: Client, account: Account) -> None:
    assert client.post("/admin/numbers/finding/", {"action": "adopt"}).status_code == 302


@pytest.mark.parametrize("cost", ["abc", "-1", "NaN", "Infinity", "1e9", "1.00001", ""])
def test_a_cost_that_is_none_is_refused(account: Account, cost: str) -> None:
    wanted = ["number", "adopt", "--account", str(account.pk), "+12025550100", f"--monthly-cost={cost}"]
    with pytest.raises(CommandError, match="monthly cost"):
        call_command(*wanted)
    assert Lease.objects.count() == 0
    wanted[-1] = "--monthly-cost=1.15"
    call_command(*wanted)
    assert Lease.objects.get().monthly_cost == Decimal("1.15")


def test_a_number_is_adopted_with_its_id_and_pointed_at_us(account: Account, shop: FakeCarrier) -> None:
    shop.owns["+12025550100"] = Owned("s7", "+12025550100", "https://elsewhere.example/")
    call_command("number", "adopt", "--account", str(account.pk), "+12025550100", "--ref", "s7")
    call_command("number", "adopt", "--account", str(account.pk), "+12025550100")
    assert Lease.objects.get().carrier_ref == "s7", "adopting again forgets nothing"
    call_command("number", "point", "+12025550100")
    assert shop.owns["+12025550100"].webhook_url == account.webhook_url
    with pytest.raises(CommandError, match="not leased"):
        call_command("number", "point", "+12025550101")
    shop.lose(Feature.CONFIGURE)
    with pytest.raises(CommandError, match="shop does not support setting webhook addresses by API"):
        call_command("number", "point", "+12025550100")
