"""Prepares the database for `manage.py up`, and builds its welcome text."""

import contextlib
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

from numbers import rental_links
from tempsms.embedded import services


def prepare(demo: bool) -> None:
    """Bring schema, partitions and demo data up to date; may be repeated."""
    if services.database_url(settings.VAR) == settings.DATABASE_URL:
        services.create_database(settings.VAR)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("check", fail_level="ERROR", stdout=open(os.devnull, "w"))  # noqa: SIM115, PTH123
    call_command("partitions")
    if demo:
        call_command("demo")
    connection.close()


def welcome(demo: bool, connections: int) -> str:
    """The text with addresses and login; creates the admin user at the first start.

    Warns if PostgreSQL takes fewer connections than all processes together may need.
    """
    name, password = _ensure_admin(settings.VAR)
    lines = [
        f"\ntempsms is running at {settings.PUBLIC_URL}/",
        f"  admin     {settings.PUBLIC_URL}/admin/",
        f"  login     {name} / {password}",
    ]
    if demo and (rental := settings.VAR / "secrets" / "DEMO_RENTAL").exists():
        lines.append(f"  rental    {rental_links.address(rental.read_text())}")
    lines += _warn_of_few_connections(connections)
    return "\n".join([*lines, f"  logs      {settings.VAR / 'log'}", "Ctrl-C stops everything.\n"])


def _warn_of_few_connections(needed: int) -> list[str]:
    """What to say when PostgreSQL takes fewer; behind a pooler nothing, since that shares them out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('max_connections')::int, pg_backend_pid()")
        allowed, backend_pid = cursor.fetchone()
        direct: bool = cursor.connection.info.backend_pid == backend_pid
    if not direct or allowed >= needed:
        return []
    return [
        f"  warning   PostgreSQL takes {allowed} connections, all processes may need {needed}:",
        "            raise max_connections, or run fewer web processes",
    ]


def _ensure_admin(var: Path) -> tuple[str, str]:
    """The admin's name and, at the first start, the password; later, where it is or how to set a new one."""
    users = get_user_model()
    name = "admin"
    path = var / "secrets" / "ADMIN_PASSWORD"
    with contextlib.suppress(users.DoesNotExist):
        user = users.objects.get_by_natural_key(name)
        if path.exists() and user.check_password(path.read_text()):
            return name, f"the password is in {path}"
        return name, "your password, or: manage.py changepassword admin"
    password = secrets.token_urlsafe(12)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_text(password)
    users.objects.create_superuser(name, password=password)
    return name, password
