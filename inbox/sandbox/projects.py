"""Makes projects, and finds the one that a login belongs to."""

import hmac
import secrets
from collections.abc import Mapping

from django.db import transaction

from inbox.sandbox.models import Credential, Project
from numbers.carriers.contract import secret_values
from tempsms.lib.vault import Unreadable

DEFAULT = "default"
FIXED = {"twilio": ("AC" + 32 * "0", {"auth_token": "sandbox"})}
"""Login and secrets of the first project, by carrier: everybody knows them, so they work from this machine only."""


def make(name: str, **values: object) -> Project:
    """Make a project with credentials of its own; raises `ValidationError`."""
    project = Project(name=name, **values)
    project.full_clean()
    with transaction.atomic():
        project.save()
        for carrier, (login, sealed) in _draw_credentials().items():
            Credential.objects.create(project=project, carrier=carrier, login=login, sealed=sealed)
    return project


def ensure_default() -> Project:
    """The first project, which is there from the start, with its fixed credentials."""
    project, _ = Project.objects.get_or_create(name=DEFAULT, defaults={"local": True})
    for carrier, (login, sealed) in FIXED.items():
        Credential.objects.get_or_create(
            carrier=carrier, login=login, defaults={"project": project, "sealed": sealed}
        )
    return project


def find_for(limit: str, name: str) -> Project | None:
    """The project of this name, or without one the first; None if a key that is limited to one asks for another."""
    name = name or limit or DEFAULT
    if limit and name != limit:
        return None
    return ensure_default() if name == DEFAULT else Project.objects.filter(name=name).first()


def find(carrier: str, login: str, secret_name: str, secret: str) -> Credential | None:
    """The credential with this login and secret, with its project."""
    logins = Credential.objects.select_related("project").filter(carrier=carrier, login=login)
    found = logins.first()
    if found is None and login == FIXED.get(carrier, ("",))[0]:
        ensure_default()
        found = logins.first()
    if found is None or isinstance(found.sealed, Unreadable):
        return None
    right = any(
        hmac.compare_digest(value.encode(), secret.encode())
        for value in secret_values(found.sealed, secret_name)
    )
    return found if right else None


def _draw_credentials() -> Mapping[str, tuple[str, dict[str, str]]]:
    """New logins and secrets in each carrier's own form."""
    return {"twilio": ("AC" + secrets.token_hex(16), {"auth_token": secrets.token_hex(16)})}
