"""Targets tell their cost before it is spent, buy nothing by a slip, and say why they are not filled."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from numbers import forecast, outcomes, pool
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, Rejected, Unsupported
from numbers.carriers.leasing import Kind, Offer, Owned
from numbers.models import Account, Intent, Lease, PoolTarget
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SMS = frozenset({"sms"})


def british_mobiles() -> list[Offer]:
    """Twenty at one price."""
    return [
        Offer(f"+4477009001{n:02}", "GB", Kind.MOBILE, SMS, Decimal("2.00"), Decimal("1.00"))
        for n in range(20)
    ]


@pytest.fixture
def market() -> Iterator[FakeCarrier]:
    """A carrier whose stock the test sets."""
    with FakeCarrier(Feature.SEARCH, name="market", title="Market").registered() as market:
        market.stock = british_mobiles()
        yield market


@pytest.fixture
def account(market: FakeCarrier) -> Account:
    """An account there."""
    return make_account(carrier="market", label="main", secrets={})


def make_target(account: Account | None, **changes: Any) -> PoolTarget:
    """Two British mobiles."""
    values: dict[str, Any] = {"country": "GB", "kind": "mobile", "count": 2, "account": account}
    return PoolTarget.objects.create(**{**values, **changes})


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


# What it costs


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
    make_target(account)
    with pytest.raises(IntegrityError), transaction.atomic():
        PoolTarget.objects.update(**bad)


def test_without_a_ceiling_nothing_is_bought(account: Account) -> None:
    target = make_target(account, max_monthly_cost=Decimal(3), max_setup_cost=Decimal(2))
    assert target.monthly_ceiling == Decimal(20), "a program that gives none gets one"
    PoolTarget.objects.update(monthly_ceiling=None)
    assert pool.fill() == 0
    target.refresh_from_db()
    assert target.problem == "market: main: the target has no monthly ceiling: set one"


def test_numbers_that_were_given_back_still_count_towards_the_months_ceiling(account: Account) -> None:
    """A carrier is paid for the month of a number that was kept for a day."""
    target = make_target(account, count=1, monthly_ceiling=Decimal(7))
    for _ in range(5):
        pool.fill()
        for lease in Lease.objects.filter(state="ordered").select_related("number", "account", "target"):
            intent = Intent.objects.get(lease=lease)
            outcomes.record_purchase(intent, lease, Owned("ref", lease.number.e164))
        Lease.objects.filter(state="active").update(state="released", released_at=timezone.now())
    assert Lease.objects.count() == 2, "3 USD each"
    target.refresh_from_db()
    assert "the target's monthly ceiling is reached" in target.problem


# Why it is not filled


def less(market: FakeCarrier) -> None:
    """One offer only."""
    del market.stock[1:]


def none_with_sms(market: FakeCarrier) -> None:
    """By the carrier's own word they cannot receive."""
    market.stock = [replace(offer, capabilities=frozenset({"voice"})) for offer in market.stock]


def some_with_sms(market: FakeCarrier) -> None:
    """One can."""
    rest = market.stock[1:]
    none_with_sms(market)
    market.stock[1:] = []
    market.stock += rest[:1] + [replace(offer, capabilities=frozenset()) for offer in rest[:3]]


def elsewhere(market: FakeCarrier) -> None:
    """Of another country."""
    market.stock = [replace(offer, country="IE") for offer in market.stock]


def nothing(market: FakeCarrier) -> None:
    """No offers."""
    market.stock = []


def dear(market: FakeCarrier) -> None:
    """Over the price of a number."""
    market.stock = [replace(offer, monthly_cost=Decimal("6.50")) for offer in market.stock]


def fails(error: Exception) -> Callable[[FakeCarrier], None]:
    """The carrier does not answer as it should."""

    def set_it(market: FakeCarrier) -> None:
        market.fails = error

    return set_it


@pytest.mark.parametrize(
    ("how", "why"),
    [
        (none_with_sms, ["market: main: 20 offers, none with SMS according to the carrier"]),
        (nothing, ["market: main: no offers"]),
        (less, ["only 1 offer for 2 wanted"]),
        (
            some_with_sms,
            [
                "market: main: 5 offers, 4 of them without SMS according to the carrier",
                "only 1 offer for 2 wanted",
            ],
        ),
        (elsewhere, ["market: main: 20 offers, but no mobile number in GB"]),
        (dear, ["market: main: more expensive than the target allows: from 6.5 per month, 1 once"]),
        (
            fails(Unsupported("market", "mobile numbers with sms")),
            ["market: main: market does not support mobile numbers with sms"],
        ),
        (
            fails(Rejected("Market: Authenticate (20003)", fault="account")),
            ["market: main: login or settings refused: Market: Authenticate (20003)"],
        ),
        (
            fails(CallFailed("not reached: ConnectError", retry=True, fault="network")),
            ["market: main: not reached: ConnectError"],
        ),
        (fails(RuntimeError("a bug")), ["internal error, see the log: RuntimeError"]),
    ],
)
def test_a_target_that_cannot_be_filled_says_why(
    admin_client: Client,
    account: Account,
    market: FakeCarrier,
    how: Callable[[FakeCarrier], None],
    why: list[str],
) -> None:
    target = make_target(account)
    how(market)
    pool.fill()
    target.refresh_from_db()
    assert target.problem.splitlines() == why
    page = unescape(admin_client.get("/admin/numbers/pooltarget/").content.decode())
    assert all(reason in page for reason in why)


def test_other_states_of_a_target_say_why_too(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    def problem() -> str:
        pool.fill()
        target.refresh_from_db()
        return target.problem

    target = make_target(account)
    Account.objects.update(enabled=False)
    assert problem() == "market: main: the account is disabled"
    target.account = None
    target.save()
    assert problem() == "no account is enabled: add an account at a carrier"
    Account.objects.update(enabled=True)
    number = make_number(market.stock[0].e164, country="GB", kind="mobile")
    make_lease(number, account)
    del market.stock[1:]
    assert problem() == (
        f"market: main: offered numbers are already leased: {number}\nonly 1 offer for 2 wanted"
    )
    Lease.objects.update(state="released")
    PoolTarget.objects.update(public=False)
    assert "were public before, but this target is private" in problem()
    PoolTarget.objects.update(count=0)
    assert problem() == "", "nothing is missing any more"
    PoolTarget.objects.update(enabled=False, count=2)
    assert "disabled: nothing is ordered" in admin_client.get("/admin/numbers/pooltarget/").content.decode()


def test_one_target_that_fails_keeps_no_other_waiting(account: Account, market: FakeCarrier) -> None:
    make_target(make_account(carrier="gone", label="old"))
    second = make_target(account)
    assert pool.fill() == 2
    assert second.leases.count() == 2
    assert "there is no carrier 'gone'" in PoolTarget.objects.get(account__carrier="gone").problem


def test_ordering_by_hand_says_why_there_is_less(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    target = make_target(account, max_monthly_cost=Decimal(1))
    chosen: dict[str, Any] = {"action": "order_now", "_selected_action": [target.pk]}
    page = unescape(admin_client.post("/admin/numbers/pooltarget/", chosen).content.decode())
    assert "more expensive than the target allows: from 2 per month, 1 once" in page
    done = admin_client.post("/admin/numbers/pooltarget/", {**chosen, "confirmed": "1"}, follow=True)
    assert "0 ordered. market: main: more expensive" in unescape(done.content.decode())


def test_the_command_tells_the_same_and_fails_while_something_is_missing(
    account: Account, market: FakeCarrier, capsys: pytest.CaptureFixture[str]
) -> None:
    target = make_target(account)
    with pytest.raises(CommandError, match="1 target holds fewer"):
        call_command("pool")
    assert "the worker orders every 15 seconds" in capsys.readouterr().out
    none_with_sms(market)
    with pytest.raises(CommandError, match="1 target holds fewer"):
        call_command("pool", "--ask")
    printed = capsys.readouterr().out
    assert "2 mobile in GB at market: main: 0 held; unknown monthly cost" in printed
    assert "20 offers, none with SMS according to the carrier" in printed
    assert Lease.objects.count() == 0
    market.stock = british_mobiles()
    pool.fill()
    call_command("pool")
    assert "2 held; about 10.15 USD per month" in capsys.readouterr().out
    target.refresh_from_db()
    assert target.problem == ""
