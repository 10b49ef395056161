"""Whose login a request to Twilio's API has."""

from dataclasses import dataclass

from inbox.capture.requests import CarrierRequest, Unauthorized
from inbox.sandbox import keys
from inbox.sandbox.models import Project


@dataclass(frozen=True, slots=True)
class Account:
    """A project, and the id of its account."""

    project: Project
    sid: str


def find_account(request: CarrierRequest, *, with_key: bool = True) -> Account:
    """The account whose login it has, or `with_key` one of its keys; raises `Unauthorized`.

    An address that names an account must name the same one.
    """
    user, password = request.basic_login
    if user.startswith(keys.PREFIXES["twilio"]):
        project = keys.find("twilio", user, password) if with_key and password else None
        # A local project is for programs on this machine, also where they log in with a key
        if project is None or (project.local and not request.direct):
            raise Unauthorized
        account = Account(project, keys.login_of(project, "twilio"))
    else:
        account = Account(request.find_project("twilio", user, "auth_token", password), user)
    if request.parts.get("sid", account.sid) != account.sid:
        raise Unauthorized
    return account


def find_project(request: CarrierRequest) -> Project:
    """The project of that account; raises `Unauthorized`."""
    return find_account(request).project
