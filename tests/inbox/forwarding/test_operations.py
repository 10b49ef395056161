"""What operators see from outside: readiness, metrics, settings, and secrets under a new key."""

from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from inbox.forwarding.models import Target
from numbers.models import Lease
from tempsms.lib import smtp_url
from tests.conftest import Sql
from tests.inbox.forwarding.conftest import Forward, receive

LATE = "UPDATE forwarding_delivery SET due_at = now() - interval '61 s'"
SOON = "now() + interval '1 minute'"


@pytest.fixture
def waiting(lease: Lease, forward: Forward) -> None:
    """A delivery that nobody makes."""
    forward()
    receive(lease, "Hello")


async def ask_work(site: httpx.AsyncClient) -> str:
    """How readiness finds the work."""
    found: str = (await site.get("/readyz")).json()["work"]
    return found


async def test_a_delivery_that_nobody_makes_is_late(waiting: None, site: httpx.AsyncClient, sql: Sql) -> None:
    assert await ask_work(site) == "ok"
    sql(LATE)
    assert await ask_work(site) == "late"
    page = (await site.get("/metrics")).text
    assert "tempsms_deliveries_waiting 1.0" in page
    (seconds,) = [line.split()[1] for line in page.splitlines() if line.startswith("tempsms_oldest_delivery")]
    assert float(seconds) >= 61


@pytest.mark.parametrize("held", [f"paused_until = {SOON}", f"taken_until = {SOON}", "enabled = false"])
async def test_what_its_target_holds_up_is_not_late(
    waiting: None, site: httpx.AsyncClient, sql: Sql, held: str
) -> None:
    sql(LATE)
    sql(f"UPDATE forwarding_target SET {held}")
    assert await ask_work(site) == "ok"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", smtp_url.Server()),
        ("smtp://mail.example.org", smtp_url.Server("mail.example.org")),
        ("smtps://mail.example.org", smtp_url.Server("mail.example.org", 465, tls=True)),
        (
            "smtp+tls://me%40x:p%2Fw@mail.example.org:2525",
            smtp_url.Server("mail.example.org", 2525, starttls=True, user="me@x", password="p/w"),
        ),
    ],
)
def test_the_address_of_an_smtp_server(url: str, server: smtp_url.Server) -> None:
    assert smtp_url.parse(url) == server
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://h:x",
        "smtp://h/path",
        "smtp://h?tls=1",
    ],
)
def test_what_is_no_smtp_server_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="SMTP_URL must be like"):
        smtp_url.parse(url)


@pytest.mark.django_db(transaction=True)
def test_a_targets_secrets_go_over_to_a_new_key(forward: Forward, settings: Any) -> None:
    forward()
    before = Target.objects.get().sealed
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    call_command("reseal")
    settings.ENCRYPTION_KEYS = [new]
    assert Target.objects.get().sealed == before
