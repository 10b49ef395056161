"""Operators see what an order, an end or a difference costs before they confirm it."""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from numbers import audit
from numbers.carriers.errors import CallFailed
from numbers.carriers.leasing import Owned
from numbers.models import Account, Finding, Health, Intent, Lease
from tests.factories import make_lease, make_number, make_target
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db


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
    target = make_target(account)
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
