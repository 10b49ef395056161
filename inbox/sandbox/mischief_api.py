"""Mischief in the API."""

from typing import Annotated, Any

from ninja import Path, Query, Router, Status

from inbox.api.operations import ApiRequest, needs
from inbox.api.problems import Code, Problem, invalid, not_found
from inbox.api.scopes import Scope
from inbox.sandbox import mischief_rules, projects
from inbox.sandbox.api_schemas import ProjectFilter, RuleIn, RuleList, RuleOut
from inbox.sandbox.models import Project

router = Router(tags=["Sandbox"])
RuleName = Annotated[str, Path(max_length=40, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", examples=["busy"])]


@router.get(
    "/sandbox/mischief", response=RuleList, operation_id="listMischief", summary="List a project's mischief"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def list_mischief(request: ApiRequest, wanted: Annotated[ProjectFilter, Query()]) -> dict[str, Any]:
    """The rules in the order in which they are tried: the first that fits a send decides what happens to it."""
    rows = mischief_rules.list_all(_find_project(request, wanted.project))
    return {"rules": [mischief_rules.describe(row) for row in rows]}


@router.put(
    "/sandbox/mischief/{name}", response=RuleOut, operation_id="putMischief", summary="Make or replace a rule"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND, Code.TOO_MANY_RULES])
def put_mischief(
    request: ApiRequest, name: RuleName, rule: RuleIn, wanted: Annotated[ProjectFilter, Query()]
) -> dict[str, Any]:
    """The rule begins to count anew: with the same seed, the same sends have the same luck again."""
    project = _find_project(request, wanted.project)
    values = rule.model_dump(exclude={"effects"})
    try:
        return mischief_rules.describe(mischief_rules.put(project, name, rule.effects, values))
    except ValueError as error:
        raise invalid("effects", str(error)) from None
    except mischief_rules.TooMany:
        raise Problem(Code.TOO_MANY_RULES, f"a project has at most {mischief_rules.MOST} rules") from None


@router.delete(
    "/sandbox/mischief", response={204: None}, operation_id="deleteMischief", summary="Delete all mischief"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def delete_all_mischief(request: ApiRequest, wanted: Annotated[ProjectFilter, Query()]) -> Status[None]:
    """All rules of a project: what is sent from now on goes its usual way."""
    mischief_rules.list_all(_find_project(request, wanted.project)).delete()
    return Status(204, None)


@router.delete(
    "/sandbox/mischief/{name}", response={204: None}, operation_id="deleteRule", summary="Delete a rule"
)
@needs(Scope.SANDBOX, problems=[Code.NOT_FOUND])
def delete_mischief(
    request: ApiRequest, name: RuleName, wanted: Annotated[ProjectFilter, Query()]
) -> Status[None]:
    """What it has changed already stays as it is."""
    own = mischief_rules.list_all(_find_project(request, wanted.project))
    if not own.filter(name=name).delete()[0]:
        raise not_found()
    return Status(204, None)


def _find_project(request: ApiRequest, name: str) -> Project:
    project = projects.find_for(request.principal.project, name)
    if project is None:
        raise not_found()
    return project
