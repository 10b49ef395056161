"""Makes projects, and finds the one that a login belongs to."""

import hmac

from django.db import transaction

from inbox.sandbox.captured import CARRIERS
from inbox.sandbox.models import Credential, Project
from numbers.carriers.contract import secret_values
from tempsms.lib.vault import Unreadable

DEFAULT = "default"
CALLBACK = "callback_url"
"""Among a credential's settings: where its carrier calls the program, if neither message nor API says so."""


def make(name: str, **values: object) -> Project:
    """Make a project with credentials of its own; raises `ValidationError`."""
    project = Project(name=name, **values)
    project.full_clean()
    with transaction.atomic():
        project.save()
        complete(project)
    return project


def ensure_default() -> Project:
    """The first project, which is there from the start, with its fixed credentials."""
    project, _ = Project.objects.get_or_create(name=DEFAULT, defaults={"local": True})
    return complete(project)


def complete(project: Project) -> Project:
    """Give a project credentials for the carriers that it has none for, such as those captured since it was made."""
    known = set(project.credentials.values_list("carrier", flat=True))
    missing = [carrier for name, carrier in CARRIERS.items() if name not in known]
    logins = {one.name: one.fixed if project.name == DEFAULT else one.draw() for one in missing}
    Credential.objects.bulk_create(
        [
            Credential(project=project, carrier=carrier, login=login.name, sealed=dict(login.secrets))
            for carrier, login in logins.items()
        ],
        ignore_conflicts=True,  # another process may do the same
    )
    return project


def callback_of(project: Project, carrier: str) -> str:
    """Where a carrier calls a project's program, if neither message nor API says so; empty for nowhere."""
    found = project.credentials.filter(carrier=carrier).first()
    readable = found is not None and not isinstance(found.sealed, Unreadable)
    return str(found.sealed.get(CALLBACK, "")) if found and readable else ""


def set_callback(project: Project, carrier: str, url: str) -> None:
    """Have a carrier call a project's program at an address, or with an empty one nowhere."""
    credential = complete(project).credentials.get(carrier=carrier)
    if not isinstance(credential.sealed, Unreadable):
        kept = {name: value for name, value in credential.sealed.items() if name != CALLBACK}
        credential.sealed = kept | ({CALLBACK: url} if url else {})
        credential.save(update_fields=["sealed"])


def find_for(limit: str, name: str) -> Project | None:
    """The project of this name, or without one the first; None if a key that is limited to one asks for another."""
    name = name or limit or DEFAULT
    if limit and name != limit:
        return None
    return ensure_default() if name == DEFAULT else Project.objects.filter(name=name).first()


def find(carrier: str, login: str, secret_name: str, secret: str) -> Credential | None:
    """The credential with this login and secret, with its project."""
    found = find_login(carrier, login)
    if found is None or isinstance(found.sealed, Unreadable):
        return None
    right = any(
        hmac.compare_digest(value.encode(), secret.encode())
        for value in secret_values(found.sealed, secret_name)
    )
    return found if right else None


def find_login(carrier: str, login: str) -> Credential | None:
    """The credential with this login, with its project; whoever asks has proven nothing yet."""
    logins = Credential.objects.select_related("project").filter(carrier=carrier, login=login)
    found = logins.first()
    # The first project is made when somebody first needs it
    if found is None and login == CARRIERS[carrier].fixed.name:
        ensure_default()
        found = logins.first()
    return found
