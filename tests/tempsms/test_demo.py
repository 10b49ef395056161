"""Demo data is whole or not there, whenever it is interrupted."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.management import CommandError, call_command

from numbers import logins, rental_links, rentals
from numbers.models import Account, PoolTarget, Rental, RentalLink
from tempsms.management.commands import demo
from tests.factories import make_account, make_lease

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_interrupted_demo_is_made_whole_by_the_next(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path

    def interrupted(*args: object, **options: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(PoolTarget, "save", interrupted)
        with pytest.raises(SystemExit):
            call_command("demo")
    assert (Account.objects.count(), PoolTarget.objects.count()) == (0, 0)
    for _ in range(2):
        call_command("demo")
        assert (Account.objects.count(), PoolTarget.objects.count()) == (1, len(demo.TARGETS))
    rental = Rental.objects.get()
    token = tmp_path / "secrets" / "DEMO_RENTAL"
    assert rental_links.find(token.read_text()) == RentalLink.objects.get(rental=rental)
    assert rental.number.ever_public is False
    rentals.end(rental)
    call_command("demo")
    assert rental_links.find(token.read_text()) == RentalLink.objects.exclude(rental=rental).get()


def test_nobody_asks_twilio_about_an_account_that_only_checks_signatures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    monkeypatch.setattr(
        httpx.HTTPTransport, "handle_request", lambda self, request: asked.append(request.url)
    )
    account = make_account()
    call_command("audit")
    call_command("reconcile")
    assert "0 differences" in capsys.readouterr().out
    assert logins.attempt(account).outcome is logins.Outcome.NOT_TRIED
    account.refresh_from_db()
    assert (account.audit_problem, account.log_problem) == ("", "")
    make_lease(account=account)
    for command in ("audit", "reconcile"):
        with pytest.raises(CommandError, match="the account's setting account_sid is missing"):
            call_command(command)
    assert asked == []
