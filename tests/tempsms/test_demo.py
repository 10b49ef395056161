"""Demo data is whole or not there, whenever it is interrupted."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from numbers import rental_links, rentals
from numbers.models import Account, PoolTarget, Rental, RentalLink
from tempsms.management.commands import demo

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_interrupted_demo_is_made_whole_by_the_next(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> None:
    settings.VAR = tmp_path

    def interrupted(*args: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr("secrets.token_hex", interrupted)
        with pytest.raises(SystemExit):
            call_command("demo")
    assert (Account.objects.count(), PoolTarget.objects.count()) == (0, 0)
    for _ in range(2):
        call_command("demo")
        assert (Account.objects.count(), PoolTarget.objects.count()) == (2, len(demo.TARGETS))
    rental = Rental.objects.get()
    token = tmp_path / "secrets" / "DEMO_RENTAL"
    assert rental_links.find(token.read_text()) == RentalLink.objects.get(rental=rental)
    assert rental.number.ever_public is False
    rentals.end(rental)
    call_command("demo")
    assert rental_links.find(token.read_text()) == RentalLink.objects.exclude(rental=rental).get()
    login = tmp_path / "secrets" / "CAPTURE_LOGIN"
    assert json.loads(login.read_text()) == Account.objects.get(carrier="twilio").secrets
    login.unlink()
    call_command("demo")
    assert json.loads(login.read_text()) == Account.objects.get(carrier="twilio").secrets
