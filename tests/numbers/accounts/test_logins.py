"""Saving an account tries its login at the carrier, and the answer says how it went."""

from collections.abc import Iterator
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from numbers import carriers, logins
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, NotSet, Rejected, Unsupported
from numbers.models import Account
from tests.factories import make_account
from tests.fake_carrier import FakeCarrier
from tests.numbers.accounts.forms import TOKEN, save

pytestmark = pytest.mark.django_db


@pytest.fixture
def door() -> Iterator[FakeCarrier]:
    """A carrier that lets in, or not, in Twilio's place."""
    settings = carriers.get("twilio").settings
    with FakeCarrier(Feature.LOGIN, name="twilio", title="Door", settings=settings).registered() as door:
        yield door


LOGINS = [
    (None, "works", "The login at Door works."),
    (
        Rejected("Authenticate (20003)", fault="account"),
        "refused",
        "Door refused the login: Authenticate (20003).",
    ),
    (
        CallFailed("not reached: ConnectError", retry=True, fault="network"),
        "unreachable",
        "could not be reached",
    ),
    (
        NotSet("account_sid"),
        "not tried",
        "The login was not tested: the account's setting account_sid is missing.",
    ),
    (Unsupported("twilio", Feature.LOGIN), "not tried", "twilio does not support testing the login"),
]


@pytest.mark.parametrize(("error", "outcome", "says"), LOGINS)
def test_saving_an_account_tries_its_login_and_says_how_it_went(
    admin_client: Client, door: FakeCarrier, error: Exception | None, outcome: str, says: str
) -> None:
    door.fails = error
    page = save(admin_client, new_secrets=f"auth_token={TOKEN}")
    assert says in page
    assert Account.objects.count() == (outcome != "refused")
    if outcome == "refused":
        save(admin_client, new_secrets=f"auth_token={TOKEN}", even_so="refused")
        assert Account.objects.count() == 1
    account = Account.objects.get()
    assert logins.attempt(account).outcome == outcome
    assert "works" not in save(admin_client, account.pk, new_secrets=""), "nothing new, nothing tried"
    chosen = {"action": "try_login", "_selected_action": [account.pk]}
    output = admin_client.post("/admin/numbers/account/", chosen, follow=True).content.decode()
    assert says in unescape(output)


@pytest.mark.parametrize(("error", "outcome", "says"), LOGINS)
def test_the_command_tries_a_login(
    door: FakeCarrier,
    error: Exception | None,
    outcome: str,
    says: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    door.fails = error
    account = make_account(label="there", secrets={"auth_token": TOKEN})
    if outcome == "works":
        call_command("account", "test", str(account.pk))
        assert says in capsys.readouterr().out
    else:
        with pytest.raises(CommandError) as caught:
            call_command("account", "test", str(account.pk))
        assert says in str(caught.value)
    try:
        call_command("account", "add", "twilio", "--label", "new", "--set", f"auth_token={TOKEN}", "--test")
    except CommandError as refused:
        assert (outcome, says in str(refused)) == ("refused", True)
    assert Account.objects.filter(label="new").exists() == (outcome != "refused")


def test_a_login_that_hangs_or_breaks_is_unreachable(offline: list[str]) -> None:
    account = make_account(secrets={"account_sid": "AC" + "1" * 32, "auth_token": TOKEN})
    found = logins.attempt(account)
    sid = "AC" + "1" * 32
    assert (found.outcome, offline) == ("unreachable", [f"GET api.twilio.com/2010-04-01/Accounts/{sid}.json"])
