"""A target tells its cost before it is spent, and buys nothing by a slip or without a ceiling."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from numbers import forecast, outcomes, pool
from numbers.carriers.errors import CallFailed, Rejected
from numbers.carriers.leasing import Owned
from numbers.models import Account, Intent, Lease, PoolTarget
from tests.factories import make_lease, make_number
from tests.fake_carrier import FakeCarrier
from tests.numbers.targets.mobiles import make_mobile_target

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def form(account: Account, **changes: Any) -> dict[str, Any]:
    """The admin's form as an operator fills it in."""
    usual: dict[str, Any] = {
        "country": "GB",
        "kind": "mobile",
        "capabilities": ["sms"],
        "account": str(account.pk),
        "count": "2",
        "rotate_after_0": "30",
        "rotate_after_1": "days",
        "quarantine_for_0": "7",
        "quarantine_for_1": "days",
        "max_monthly_cost": "5",
        "max_setup_cost": "5",
        "currency": "USD",
        "monthly_ceiling": "40",
        "public": "on",
        "enabled": "on",
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def save(client: Client, given: dict[str, Any], pk: int | None = None) -> str:
    """Save the form; what the operator sees."""
    path = f"{pk}/change/" if pk else "add/"
    answer = client.post(f"/admin/numbers/pooltarget/{path}", given, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("rotate", "quarantine", "cost"),
    [
        (30 * DAY, timedelta(hours=1), "6.09"),  # one paid month a number
        (30 * DAY, 7 * DAY, "10.15"),  # its quarantine takes it into a second one
        (DAY, 7 * DAY, "182.62"),  # a month's price every day
        (365 * DAY, 7 * DAY, "4.50"),
    ],
)
def test_a_forecast_counts_whole_months_and_set_ups(
    account: Account, rotate: timedelta, quarantine: timedelta, cost: str
) -> None:
    target = PoolTarget(country="GB", kind="mobile", count=2, rotate_after=rotate, quarantine_for=quarantine)
    found = forecast.cost(target, forecast.Price(Decimal(2), Decimal(1)), rotate)
    assert found == pytest.approx(Decimal(cost), abs=Decimal("0.02"))


def test_saving_a_target_says_what_it_will_cost(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    page = save(admin_client, form(account))
    assert "about 10.15 USD per month; at most 40 USD" in page
    market.fails = Rejected("who are you?", fault="account")
    target = PoolTarget.objects.get()
    page = save(admin_client, form(account, count="3"), target.pk)
    assert (
        "unknown monthly cost (market: main: login or settings refused: who are you?); at most 40 USD" in page
    )
    make_lease(
        make_number("+447700900199", country="GB", kind="mobile"), account, monthly_cost=Decimal("1.50")
    )
    assert "about 9.13 USD per month" in save(admin_client, form(account, count="3"), target.pk)
    assert "about 9.13" in admin_client.get("/admin/numbers/pooltarget/").content.decode()
    assert Intent.objects.count() == 0, "a form buys nothing"


def test_a_new_target_begins_with_what_is_usual(admin_client: Client) -> None:
    """The first of all currencies is nobody's wish."""
    page = " ".join(admin_client.get("/admin/numbers/pooltarget/add/").content.decode().split())
    assert '<option value="USD" selected' in page
    assert page.count("checked") >= 1
    assert re.search(r'value="sms"[^>]*checked', page)
    assert 'name="rotate_after_0" value="30"' in page
    account = " ".join(admin_client.get("/admin/numbers/account/add/").content.decode().split())
    assert '<option value="USD" selected' in account


def test_thirty_without_a_unit_loses_nothing(admin_client: Client, account: Account) -> None:
    for wrong in (
        {"rotate_after_1": ""},
        {"rotate_after_0": None, "rotate_after_1": None, "rotate_after": "30"},
    ):
        assert "Choose a unit" in save(admin_client, form(account, **wrong))
    assert PoolTarget.objects.count() == 0
    save(admin_client, form(account, rotate_after_0=None, rotate_after_1=None, rotate_after="30 days"))
    assert PoolTarget.objects.get().rotate_after == 30 * DAY


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"rotate_after_0": "30", "rotate_after_1": "minutes"}, "30 minutes is out of bounds: from 1 day"),
        ({"rotate_after_0": "0"}, "out of bounds"),
        ({"rotate_after_0": "-1"}, "out of bounds"),
        ({"rotate_after_0": "4000"}, "out of bounds"),
        ({"quarantine_for_0": "0"}, "from 1 hour to 90 days"),
        ({"monthly_ceiling": ""}, "This field is required"),
        ({"monthly_ceiling": "-1"}, "greater than or equal to 0"),
        ({"country": "XX"}, "valid choice"),
        ({"country": ""}, "required"),
        ({"currency": "usd"}, "valid choice"),
        ({"currency": "XXX"}, "valid choice"),
        ({"capabilities": ["telepathy"]}, "valid choice"),
        ({"capabilities": ["voice"]}, "must include SMS"),
        ({"capabilities": []}, "required"),
    ],
)
def test_a_mistyped_form_changes_and_buys_nothing(
    admin_client: Client, account: Account, market: FakeCarrier, wrong: dict[str, Any], says: str
) -> None:
    assert says in save(admin_client, form(account, **wrong))
    assert pool.fill() == 0
    assert (PoolTarget.objects.count(), Lease.objects.count(), market.searched) == (0, 0, 0)


def test_replacing_early_is_asked_about_with_its_cost(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    early = form(account, rotate_after_0="3")
    page = save(admin_client, early)
    words = (
        "a new number every 3 days for each of 2, each paid for a whole month: about 60.88 USD per month instead of "
        "10.15 with 30 days; at most 40 USD per month"
    )
    assert f"A{words[1:]}. To accept, tick the box" in page
    (terms,) = re.findall(r'name="agree" value="([^"]+)"', page)
    assert PoolTarget.objects.count() == 0
    dearer = {**early, "agree": terms, "count": "3"}
    assert "instead of 15.22" in save(admin_client, dearer), "what was agreed to was something else"
    assert PoolTarget.objects.count() == 0
    market.fails = CallFailed("not reached: ConnectError", retry=True, fault="network")
    save(admin_client, {**early, "agree": terms})
    assert PoolTarget.objects.get().rotate_after == 3 * DAY
    assert 'name="agree" value=' not in save(admin_client, form(account, enabled=None, rotate_after_0="2"))


def test_an_unknown_cost_of_replacing_early_is_told_as_unknown(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    market.stock = []
    page = save(admin_client, form(account, rotate_after_0="3"))
    assert "the cost is unknown (market: main: no offers); at most 40 USD per month" in page
    assert PoolTarget.objects.count() == 0


@pytest.mark.parametrize(
    "bad",
    [
        {"country": "ZZ"},
        {"currency": "usd"},
        {"capabilities": ["voice"]},
        {"capabilities": ["sms", "telepathy"]},
        {"capabilities": []},
        {"monthly_ceiling": Decimal(-1)},
        {"max_setup_cost": Decimal(-1)},
        {"max_monthly_cost": Decimal(-1)},
    ],
)
def test_the_database_refuses_what_the_form_refuses(account: Account, bad: dict[str, Any]) -> None:
    make_mobile_target(account)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolTarget.objects.update(**bad)


def test_without_a_ceiling_nothing_is_bought(account: Account) -> None:
    target = make_mobile_target(account, max_monthly_cost=Decimal(3), max_setup_cost=Decimal(2))
    assert target.monthly_ceiling == Decimal(20), "a program that gives none gets one"
    PoolTarget.objects.update(monthly_ceiling=None)
    assert pool.fill() == 0
    target.refresh_from_db()
    assert target.problem == "market: main: the target has no monthly ceiling: set one"


def test_numbers_that_were_given_back_still_count_towards_the_months_ceiling(account: Account) -> None:
    """A carrier is paid for the month of a number that was kept for a day."""
    target = make_mobile_target(account, count=1, monthly_ceiling=Decimal(7))
    for _ in range(5):
        pool.fill()
        for lease in Lease.objects.filter(state="ordered").select_related("number", "account", "target"):
            intent = Intent.objects.get(lease=lease)
            outcomes.record_purchase(intent, lease, Owned("ref", lease.number.e164))
        Lease.objects.filter(state="active").update(state="released", released_at=timezone.now())
    assert Lease.objects.count() == 2, "3 USD each"
    target.refresh_from_db()
    assert "the target's monthly ceiling is reached" in target.problem
