"""A target that is not filled says why, on its page, in the command and when ordered by hand."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from numbers import pool
from numbers.carriers.errors import CallFailed, Rejected, Unsupported
from numbers.models import Account, Lease, PoolTarget
from tests.factories import make_account, make_lease, make_number
from tests.fake_carrier import FakeCarrier
from tests.numbers.targets.mobiles import british_mobiles, make_mobile_target

pytestmark = pytest.mark.django_db


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
    target = make_mobile_target(account)
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

    target = make_mobile_target(account)
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
    make_mobile_target(make_account(carrier="gone", label="old"))
    second = make_mobile_target(account)
    assert pool.fill() == 2
    assert second.leases.count() == 2
    assert "there is no carrier 'gone'" in PoolTarget.objects.get(account__carrier="gone").problem


def test_ordering_by_hand_says_why_there_is_less(
    admin_client: Client, account: Account, market: FakeCarrier
) -> None:
    target = make_mobile_target(account, max_monthly_cost=Decimal(1))
    chosen: dict[str, Any] = {"action": "order_now", "_selected_action": [target.pk]}
    page = unescape(admin_client.post("/admin/numbers/pooltarget/", chosen).content.decode())
    assert "more expensive than the target allows: from 2 per month, 1 once" in page
    done = admin_client.post("/admin/numbers/pooltarget/", {**chosen, "confirmed": "1"}, follow=True)
    assert "0 ordered. market: main: more expensive" in unescape(done.content.decode())


def test_the_command_tells_the_same_and_fails_while_something_is_missing(
    account: Account, market: FakeCarrier, capsys: pytest.CaptureFixture[str]
) -> None:
    target = make_mobile_target(account)
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
