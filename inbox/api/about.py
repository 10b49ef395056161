"""Operations about the API itself: its errors."""

from django.http import HttpRequest
from ninja import Router

from inbox.api.operations import needs
from inbox.api.problems import MEANINGS, Code, not_found
from inbox.api.schemas import Output

router = Router(tags=["About"])


class ProblemOut(Output):
    """An error that the API may answer with."""

    code: str
    status: int
    title: str
    advice: str


class ProblemList(Output):
    """Every error."""

    problems: list[ProblemOut]


@router.get("/problems", response=ProblemList, operation_id="listProblems", summary="List all error codes")
@needs(None)
def list_problems(request: HttpRequest) -> ProblemList:
    """Every `code` that an error may have, with its status and what to do about it."""
    return ProblemList(problems=[_describe_code(code) for code in Code])


@router.get(
    "/problems/{code}", response=ProblemOut, operation_id="getProblem", summary="Explain an error code"
)
@needs(None, problems=[Code.NOT_FOUND])
def get_problem(request: HttpRequest, code: str) -> ProblemOut:
    """One error; this is the address in an error's `type`."""
    if code not in list(Code):
        raise not_found()
    return _describe_code(Code(code))


def _describe_code(code: Code) -> ProblemOut:
    meaning = MEANINGS[code]
    return ProblemOut(code=code.value, status=meaning.status, title=meaning.title, advice=meaning.advice)
