"""An audit finds where our books and a carrier's differ, and each difference can be settled."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from numbers import accounts, audit, intents, pool
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected
from numbers.carriers.leasing import Kind, Owned
from numbers.models import Account, Finding, Intent, Lease
from tests.factories import make_lease, make_target
from tests.fake_carrier import FakeCarrier
from tests.numbers.money.books import found, lines

pytestmark = pytest.mark.django_db


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
    make_target(account)
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
    make_target(account)
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
    make_target(account)
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
