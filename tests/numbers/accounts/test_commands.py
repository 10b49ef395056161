"""Commands tell which accounts could not be reached, and keep no other account waiting."""

from collections.abc import Iterator
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from numbers import accounts, audit
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed
from numbers.models import Account
from tests.factories import make_account
from tests.fake_carrier import FakeCarrier
from tests.numbers.accounts.forms import TOKEN, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def away() -> Iterator[FakeCarrier]:
    """A carrier that cannot be reached, until it can."""
    with FakeCarrier(Feature.OWNED, Feature.MESSAGES, name="away", title="Away").registered() as away:
        away.fails = CallFailed("not reached: ConnectError", retry=True, fault="network")
        yield away


@pytest.mark.parametrize("argv", [["audit"], ["reconcile"]])
@pytest.mark.parametrize("single", [False, True])
def test_commands_fail_when_an_account_could_not_be_reached(
    away: FakeCarrier, argv: list[str], single: bool, admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    account = make_account(carrier="away", label="main", secrets={})
    more = [f"--account={account.pk}"] if single else []
    with pytest.raises(CommandError, match="not reached: ConnectError"):
        call_command(*argv, *more)
    page = unescape(admin_client.get("/admin/numbers/account/").content.decode())
    assert "not reached: ConnectError" in page
    away.fails = None
    capsys.readouterr()
    call_command(*argv, *more)
    assert capsys.readouterr().out.startswith("0 ")
    account.refresh_from_db()
    assert (account.audit_problem, account.log_problem) == ("", "")
    assert "not reached" not in admin_client.get("/admin/numbers/account/").content.decode()


def test_one_account_that_cannot_be_reached_keeps_no_other_waiting(away: FakeCarrier) -> None:
    make_account(carrier="away", label="first", secrets={})
    second = make_account(
        carrier="simulated", label="second", secrets=dict(accounts.with_defaults("simulated", {}))
    )
    failed = audit.audit_each()
    assert [account.label for account in failed] == ["first"]
    second.refresh_from_db()
    assert second.audit_problem == ""


@pytest.mark.parametrize("argv", [["audit"], ["reconcile"]])
def test_an_error_of_ours_at_one_account_is_told_and_keeps_no_other_waiting(
    away: FakeCarrier, argv: list[str], admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    make_account(carrier="away", label="first", secrets={})
    secrets = dict(accounts.with_defaults("simulated", {}))
    second = make_account(
        carrier="simulated", label="second", secrets=secrets, log_problem="x", audit_problem="x"
    )
    away.fails = RuntimeError("a bug")
    with pytest.raises(CommandError, match="internal error, see the log: RuntimeError"):
        call_command(*argv)
    page = admin_client.get("/admin/numbers/account/").content.decode()
    assert "internal error, see the log: RuntimeError" in page
    second.refresh_from_db()
    assert "" in (second.log_problem, second.audit_problem), "the other one had its turn"


def test_an_account_without_a_ceiling_is_told_so(admin_client: Client) -> None:
    page = save(admin_client, new_secrets=f"auth_token={TOKEN}")
    assert "no monthly ceiling: only the targets' ceilings limit" in page
    account = Account.objects.get()
    assert "no monthly ceiling" not in save(admin_client, account.pk, new_secrets="", monthly_ceiling="10")


def test_an_account_that_lists_nothing_is_told_so() -> None:
    account = make_account(carrier="kannel", secrets={"token": "x"})
    with pytest.raises(CommandError, match="kannel does not support listing numbers"):
        call_command("audit", f"--account={account.pk}")
    with pytest.raises(CommandError, match="kannel does not support listing messages"):
        call_command("reconcile", f"--account={account.pk}")
