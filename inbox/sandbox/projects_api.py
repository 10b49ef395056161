"""Projects in the API."""

from datetime import timedelta
from typing import Annotated, Any

from django.db import transaction
from ninja import Path, Router

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, invalid, not_found
from inbox.api.scopes import Scope
from inbox.sandbox import mischief_rules, projects, reach
from inbox.sandbox.api_schemas import NamedRuleIn, ProjectChange, ProjectOut
from inbox.sandbox.models import Project
from tempsms.lib.vault import Unreadable

router = Router(tags=["Sandbox"])
Name = Annotated[str, Path(max_length=40)]


@router.get(
    "/sandbox/projects/{name}", response=ProjectOut, operation_id="getProject", summary="Read a project"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def get_project(request: ApiRequest, name: Name) -> dict[str, Any]:
    """A project with its credentials; `default` is there from the start."""
    return _describe_project(_find_project(request, name))


@router.patch(
    "/sandbox/projects/{name}", response=ProjectOut, operation_id="changeProject", summary="Change a project"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def change_project(request: ApiRequest, name: Name, change: ProjectChange) -> dict[str, Any]:
    """What is given replaces what was; messages that are kept already stay as long as they were to."""
    project = _find_project(request, name)
    if change.retention_hours is not None:
        project.retention = timedelta(hours=change.retention_hours)
    if change.numbers is not None:
        project.numbers = change.numbers
    if change.origins is not None:
        try:
            project.origins = [reach.check_origin(origin) for origin in change.origins]
        except ValueError as error:
            raise invalid("origins", str(error)) from None
    try:
        _save_project(project, change.mischief)
    except ValueError as error:
        raise invalid("mischief", str(error)) from None
    for carrier, url in (change.callbacks or {}).items():
        projects.set_callback(project, carrier, url)
    return _describe_project(project)


@transaction.atomic
def _save_project(project: Project, rules: list[NamedRuleIn] | None) -> None:
    """Save a project, and its rules in place of all others, if they are given; raises `ValueError`."""
    project.save()
    if rules is None:
        return
    # First: a project has room for so many rules, counting the old ones
    mischief_rules.list_all(project).delete()
    for rule in rules:
        mischief_rules.put(project, rule.name, rule.effects, rule.model_dump(exclude={"name", "effects"}))


def _find_project(request: ApiRequest, name: str) -> Project:
    project = projects.find_for(request.principal.project, name)
    if project is None:
        raise not_found()
    return project


def _describe_project(project: Project) -> dict[str, Any]:
    return {
        "name": project.name,
        "local": project.local,
        "retention_hours": project.retention.total_seconds() / 3600,
        "numbers": project.numbers,
        "origins": project.origins,
        "mischief": [mischief_rules.describe(row) for row in mischief_rules.list_all(project)],
        "credentials": {
            one.carrier: {
                "login": one.login,
                # the callback's address is kept beside the secrets, and is none
                "secrets": {name: value for name, value in one.sealed.items() if name != projects.CALLBACK},
                "callback_url": one.sealed.get(projects.CALLBACK, ""),
            }
            for one in projects.complete(project).credentials.order_by("carrier")
            if not isinstance(one.sealed, Unreadable)
        },
    }
