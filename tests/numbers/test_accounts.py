"""Accounts: secrets as they are pasted, of a shape that can work, and let in by the carrier; numbers taken in."""

import json
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from numbers import account_settings, accounts, audit, carriers, logins
from numbers.carriers.contract import Feature
from numbers.carriers.errors import CallFailed, NotSet, Rejected, Unsupported
from numbers.models import Account, Lease, Number
from tests.carriers import samples as carrier_samples
from tests.factories import make_account, make_lease, make_link, make_number, make_rental
from tests.fake_carrier import FakeCarrier

pytestmark = pytest.mark.django_db
TOKEN = "0123456789abcdef"
BLANKS = ["\u00a0", "\u200b", "\ufeff", "\u2060", "\u202f", "\u3000", "\r\n", "\t", "\u200e"]


def add(*pairs: str, carrier: str = "twilio", label: str = "main") -> Account:
    """`account add`, by the command."""
    given = [part for pair in pairs for part in ("--set", pair)]
    call_command("account", "add", carrier, "--label", label, *given)
    return Account.objects.get(label=label.strip())


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No login is tried at a real carrier; what was asked for, by path."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.method} {request.url.host}{request.url.path}")
        raise httpx.ConnectError("no network in tests")

    real = httpx.Client
    monkeypatch.setattr(httpx, "Client", lambda **options: real(transport=httpx.MockTransport(answer)))
    return asked


# As pasted (b073)


@pytest.mark.parametrize("blank", BLANKS)
def test_blanks_around_names_and_values_are_dropped_by_the_command(blank: str) -> None:
    account = add(f"{blank}auth_token{blank}={blank}{TOKEN}{blank}\n")
    assert account.secrets == {"auth_token": TOKEN}


@pytest.mark.parametrize("blank", [blank for blank in BLANKS if blank != "\r\n"])
def test_blanks_around_names_and_values_are_dropped_by_the_form(admin_client: Client, blank: str) -> None:
    save(admin_client, new_secrets=f"\n{blank}auth_token {blank}={blank}{TOKEN}{blank} \r\n{blank}\r\n")
    assert Account.objects.get().secrets == {"auth_token": TOKEN}


@pytest.mark.parametrize("value", ["", " ", "\u200b\u00a0", "\r\n"])
def test_a_value_of_nothing_is_refused_in_words(admin_client: Client, value: str) -> None:
    with pytest.raises(CommandError, match="auth_token has no value"):
        add(f"auth_token={value}")
    assert "auth_token has no value" in save(admin_client, new_secrets=f"auth_token={value}")
    assert Account.objects.count() == 0


@pytest.mark.parametrize("given", ["", "api_key=SK" + "1" * 32])
def test_a_form_without_a_needed_setting_is_refused_in_words(admin_client: Client, given: str) -> None:
    assert "twilio needs auth_token=..." in save(admin_client, new_secrets=given)
    with pytest.raises(CommandError, match="twilio needs --set auth_token"):
        add(*[given] if given else [])
    assert Account.objects.count() == 0


def test_settings_that_are_kept_need_not_be_given_again(admin_client: Client) -> None:
    account = make_account(secrets={"auth_token": TOKEN})
    page = save(admin_client, account.pk, label="renamed", new_secrets="")
    account.refresh_from_db()
    assert (account.label, account.secrets) == ("renamed", {"auth_token": TOKEN})
    assert TOKEN not in page
    save(admin_client, account.pk, new_secrets=f"auth_token=new\nauth_token={TOKEN}")
    account.refresh_from_db()
    assert account.secrets == {"auth_token": ["new", TOKEN]}


def test_a_form_with_rubbish_is_no_error_of_ours(admin_client: Client) -> None:
    assert "valid choice" in save(admin_client, carrier="nobody", new_secrets="a=b")
    assert "KEY=VALUE" in save(admin_client, new_secrets="no equals sign")
    assert "unknown setting for twilio: colour" in save(
        admin_client, new_secrets=f"colour=red\nauth_token={TOKEN}"
    )
    assert Account.objects.count() == 0


def test_a_simulated_account_gets_its_settings_by_itself(admin_client: Client) -> None:
    save(admin_client, carrier="simulated", new_secrets="")
    assert sorted(Account.objects.get().secrets) == ["books", "signing_key"]


def test_an_account_stays_at_its_carrier(admin_client: Client) -> None:
    account = make_account(secrets={"auth_token": TOKEN})
    save(admin_client, account.pk, carrier="kannel", new_secrets="")
    account.refresh_from_db()
    assert account.carrier == "twilio"


def save(client: Client, pk: int | None = None, **given: Any) -> str:
    """Save the admin's form; what the operator sees."""
    usual = {"carrier": "twilio", "label": "main", "enabled": "on", "currency": "USD", "canary_price": "0.05"}
    path = f"/admin/numbers/account/{f'{pk}/change' if pk else 'add'}/"
    answer = client.post(path, {**usual, **given}, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode())


# Shapes (b074)

WHSEC = "v1,whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
WRONG = [
    ("bird", f"webhook_secret={WHSEC}", "leave out 'v1'"),
    ("bird", "webhook_secret=whsec_", "whsec_ and a base64 key"),
    ("bird", "webhook_secret=hello world", "base64"),
    ("bird", "webhook_id=whatever", "whk_"),
    ("telnyx", "public_key=not base64", "32 bytes in base64"),
    ("telnyx", "public_key=c2hvcnQ=", "32 bytes in base64"),
    ("aws", "topic_arn=my topic", "arn:aws:sns"),
    ("aws", "topic_arn=arn:aws:sqs:us-east-1:123456789012:queue", "arn:aws:sns"),
    ("aws", "region=Frankfurt", "us-east-1"),
    ("aws", "offer=GB mobile LONG_CODE cheap", "COUNTRY KIND TYPE PRICE"),
    ("twilio", "account_sid=SK" + "1" * 32, "AC and 32"),
    ("twilio", "auth_token=two words", "must not contain spaces"),
    ("twilio", "auth_token=01\u200b23", "must not contain spaces"),
    ("signalwire", "space=https://example.signalwire.com", "without .signalwire.com"),
    ("signalwire", "price_local=cheap", "price like 1.50"),
    ("vonage", "signature_method=rot13", "one of"),
    ("plivo", "app_id=my app", "a number"),
    ("sinch", "region=mars", "one of au, br, ca, eu, us"),
    ("bandwidth", "account_id=main", "a number"),
    ("bandwidth", "area_code=12", "three digits"),
    ("infobip", "base=https://xxxxx.api.infobip.com", "xxxxx"),
    ("messagebird", "price_currency=euro", "EUR"),
    ("smsgate", "base_url=gate.example", "an address like"),
    ("kannel", "base_url=http://", "an address like"),
    ("jasmin", "base_url=http://gate.example:port", "an address like"),
    ("simulated", "faults=2", "from 0 to 1"),
    ("httpsms", "api_key=" + "x" * 3000, "longer than"),
]


def usual_settings(carrier: str) -> dict[str, str]:
    """Settings that the carrier's sample uses, and that could work."""
    sample = carrier_samples.get(carrier, "right-secret-of-some-length")
    value = "arn:aws:sns:us-east-1:123456789012:topic" if carrier == "aws" else sample.value
    return {**sample.others, **sample.login, sample.secret: value}


@pytest.mark.parametrize(("carrier", "pair", "says"), WRONG)
def test_a_setting_that_could_never_work_is_refused_in_words(
    admin_client: Client, offline: list[str], carrier: str, pair: str, says: str
) -> None:
    name, _, value = pair.partition("=")
    pairs = [f"{key}={kept}" for key, kept in {**usual_settings(carrier), name: value}.items()]
    with pytest.raises(CommandError, match=name) as caught:
        add(*pairs, carrier=carrier)
    assert says in str(caught.value)
    assert value == "whsec_" or name == "offer" or value not in str(caught.value), "it is not repeated"
    assert says in save(admin_client, carrier=carrier, new_secrets="\n".join(pairs))
    assert (Account.objects.count(), offline) == (0, [])


@pytest.mark.parametrize("carrier", carriers.names())
def test_what_could_work_is_taken(admin_client: Client, offline: list[str], carrier: str) -> None:
    pairs = [f"{key}={kept}" for key, kept in usual_settings(carrier).items()]
    add(*pairs, carrier=carrier)
    assert "could never" not in save(
        admin_client, carrier=carrier, label="form", new_secrets="\n".join(pairs)
    )
    assert Account.objects.count() == 2


def test_every_setting_that_names_a_choice_or_an_address_has_a_check() -> None:
    """Prices, regions, addresses, ids and bases are never taken as they come."""
    careless = [
        f"{name}.{setting.name}"
        for name in carriers.names()
        for setting in carriers.get(name).settings
        if setting.name.startswith(("price", "region", "base"))
        and setting.name != "books"
        and not setting.check("?? ")
    ]
    assert careless == []


def test_half_a_token_is_taken_with_a_warning(
    admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    add("auth_token=12345")
    output = capsys.readouterr()
    assert json.loads(output.out).keys() == {"id", "webhook_url", "status_url"}
    assert "check auth_token: it should look like 32 characters" in output.err
    page = save(admin_client, label="form", new_secrets="auth_token=12345")
    assert "Saved, but check auth_token: it should look like 32 characters" in page
    assert account_settings.unusual_values("twilio", {"auth_token": "0" * 32}) == []


# Logins


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


# Choices


def test_the_sender_of_test_messages_is_one_of_the_accounts_numbers(admin_client: Client) -> None:
    account = make_account(label="main", secrets={"auth_token": TOKEN})
    make_lease(make_number("+15005550006"), account)
    make_lease(make_number("+15005550007"), make_account())
    given: dict[str, Any] = {"new_secrets": "", "monthly_ceiling": "10"}
    assert "valid choice" in save(admin_client, account.pk, canary_sender="+15005550007", **given)
    assert "valid choice" in save(admin_client, account.pk, canary_sender="anything", **given)
    assert "Test messages cost money: set a monthly ceiling" in save(
        admin_client, account.pk, canary_sender="+15005550006", new_secrets="", monthly_ceiling=""
    )
    save(admin_client, account.pk, canary_sender="+15005550006", **given)
    account.refresh_from_db()
    assert account.canary_sender == "+15005550006"
    Lease.objects.update(state="released")
    page = admin_client.get("/admin/numbers/account/").content.decode()
    assert "+15005550006 is not an active number of this account" in unescape(page)


@pytest.mark.parametrize(
    "bad",
    [
        {"currency": "usd"},
        {"currency": "€"},
        {"currency": "US"},
        {"canary_sender": "any old text"},
        {"canary_sender": "<b>Bank</b>"},
        {"canary_sender": "+0123456789012"},
        {"canary_price": -1},
        {"monthly_ceiling": -1},
    ],
)
def test_the_database_refuses_what_the_accounts_form_refuses(bad: dict[str, Any]) -> None:
    make_account()
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.update(**bad)


# Numbers that are ours


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


# States in words


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
