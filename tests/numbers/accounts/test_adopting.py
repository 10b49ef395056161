"""Only what can be a number of ours is adopted."""

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from numbers import accounts
from numbers.models import Lease, Number
from tests.factories import make_account, make_link, make_rental

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("e164", "says"),
    [
        ("+1234", "too short"),
        ("+1500555", "too short"),
        ("+150055500061", "too long"),
        ("+999123456789", "not an E.164 number"),
        ("15005550006", "not an E.164 number"),
        ("+1 500 555 0006", "not an E.164 number"),
        ("12345", "not an E.164 number"),
        ("+19999999999", "not in any range"),
        ("+10000000000", "not in any range"),
    ],
)
def test_what_is_no_number_is_not_adopted(e164: str, says: str) -> None:
    account = make_account()
    with pytest.raises(CommandError) as caught:
        call_command("number", "adopt", "--account", str(account.pk), e164)
    assert says in str(caught.value)
    assert Lease.objects.count() == 0


@pytest.mark.parametrize(
    "e164", ["+15005550006", "+15005550001", "+447700900123", "+33639980001", "+353209100001"]
)
def test_test_numbers_and_fictional_ones_are_adopted(e164: str) -> None:
    account = make_account()
    call_command("number", "adopt", "--account", str(account.pk), e164)
    assert Lease.objects.get().number.e164 == e164


def test_a_range_that_no_plan_has_yet_is_adopted_when_one_says_so() -> None:
    account = make_account()
    call_command("number", "adopt", "--account", str(account.pk), "+19999999999", "--unlisted")
    assert Lease.objects.get().number.e164 == "+19999999999"
    assert accounts.describe("+19999999999")[0] == "US", "what a carrier says is ours is not refused"


def test_a_short_code_is_adopted_when_one_says_so_and_stays_private() -> None:
    account = make_account()
    adopt = ["number", "adopt", "--account", str(account.pk), "72345"]
    for more, says in (
        ([], "--short-code COUNTRY"),
        (["--short-code", "XX"], "not a country"),
        (["--short-code", "US", "--public"], "cannot be public"),
    ):
        with pytest.raises(CommandError, match=says):
            call_command(*adopt, *more)
    with pytest.raises(CommandError, match="3 to 8 digits"):
        call_command(*adopt[:-1], "+72345", "--short-code", "US")
    assert Lease.objects.count() == 0
    call_command(*adopt, "--short-code", "us")
    number = Lease.objects.get().number
    assert (number.e164, number.digits, number.country, number.kind) == ("72345", "72345", "US", "short_code")
    for bad in ({"public": True}, {"kind": "local"}, {"e164": "+12"}):
        with pytest.raises(IntegrityError, match="number_is_e164"), transaction.atomic():
            Number.objects.update(**bad)
    assert Client().get(make_link(make_rental(Lease.objects.get()))).status_code == 200
