"""Accounts added by the command and by the admin's form."""

from html import unescape
from typing import Any

from django.core.management import call_command
from django.test import Client

from numbers.models import Account

TOKEN = "0123456789abcdef"


def add(*pairs: str, carrier: str = "twilio", label: str = "main") -> Account:
    """`account add`, by the command."""
    given = [part for pair in pairs for part in ("--set", pair)]
    call_command("account", "add", carrier, "--label", label, *given)
    return Account.objects.get(label=label.strip())


def save(client: Client, pk: int | None = None, **given: Any) -> str:
    """Save the admin's form; what the operator sees."""
    usual = {"carrier": "twilio", "label": "main", "enabled": "on", "currency": "USD", "canary_price": "0.05"}
    path = f"/admin/numbers/account/{f'{pk}/change' if pk else 'add'}/"
    answer = client.post(path, {**usual, **given}, follow=True)
    assert answer.status_code == 200
    return unescape(answer.content.decode())
