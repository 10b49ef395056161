"""What every operation of the API declares, and what is checked before it runs.

    @router.get("/numbers/{e164}", response=NumberOut, operation_id="getNumber")
    @needs(Scope.NUMBERS_READ, problems=[Code.NOT_FOUND])
    def get_number(request: ApiRequest, e164: str) -> NumberOut: ...

An operation with `def` runs in a thread, where it may use the ORM. One with `async def` runs on the event loop and
must not: it asks the database through `tempsms.lib.postgres` or `in_thread`.
"""

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import orjson
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse
from ninja.operation import Operation
from ninja.parser import Parser

from inbox.api import idempotency
from inbox.api.principals import Principal
from inbox.api.problems import Code, FieldError, Problem
from inbox.api.scopes import Scope

View = TypeVar("View", bound=Callable[..., Any])
BODIES = ("body", "form", "file")
NUL = "\0"


class ApiRequest(ASGIRequest):
    """A request of the API, with who makes it; `visitor` names the network that it comes from."""

    principal: Principal
    visitor: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What an operation needs: a scope (None: nothing), and whether a visitor without a key may do without it.

    With `once`, it takes an `Idempotency-Key` (`inbox.api.idempotency`).
    """

    scope: Scope | None
    visitors: bool = False
    problems: tuple[Code, ...] = ()
    once: bool = False

    def check(self, principal: Principal) -> None:
        """Raise `Problem` unless the principal may use the operation."""
        if self.scope is None or (self.visitors and principal.is_visitor):
            return
        if principal.is_visitor:
            raise Problem(
                Code.UNAUTHENTICATED,
                f"scope: {self.scope}",
                headers={"WWW-Authenticate": 'Bearer realm="tempsms"'},
            )
        if self.scope not in principal.scopes:
            challenge = f'Bearer realm="tempsms", error="insufficient_scope", scope="{self.scope}"'
            raise Problem(
                Code.INSUFFICIENT_SCOPE, f"scope: {self.scope}", headers={"WWW-Authenticate": challenge}
            )


def needs(
    scope: Scope | None, *, visitors: bool = False, problems: Collection[Code] = (), once: bool = False
) -> Callable[[View], View]:
    """Declare what an operation needs; `problems` are the codes that only some operations answer with.

    Whatever spends money or sends something is `once`, and `def`: its effects are rows of the database.
    """

    def declare(view: View) -> View:
        view.needs = Needs(scope, visitors, tuple(problems), once)  # type: ignore[attr-defined]
        return view

    return declare


def as_answer(content: dict[str, Any]) -> HttpResponse:
    """An answer that is made in the shape of its schema: to check fifty messages takes longer than to read them."""
    return HttpResponse(orjson.dumps(content), "application/json; charset=utf-8")


def needs_of(operation: Operation) -> Needs:
    """What an operation declared."""
    try:
        return cast(Needs, operation.view_func.needs)  # type: ignore[attr-defined]
    except AttributeError:
        raise TypeError(f"{operation.view_func.__qualname__} lacks @needs(...)") from None


def checked(run: Callable[..., Any]) -> Callable[..., Any]:
    """Have an operation check who asks and what is asked before anything else (ninja's decorator of mode "view")."""
    operation: Operation = cast(Any, run).__self__
    needed, parameters = needs_of(operation), query_parameters(operation)
    if needed.once and (needed.visitors or needed.scope is None):
        raise TypeError(
            f"{operation.view_func.__qualname__} is `once`, so it needs a key: visitors have no name"
        )
    takes_body = any(model.__ninja_param_source__ in BODIES for model in operation.models)

    def check(request: HttpRequest) -> None:
        needed.check(cast(ApiRequest, request).principal)
        check_query(request, parameters)
        check_body(request, takes_body)

    if inspect.iscoroutinefunction(run):
        if needed.once:
            raise TypeError(f"{operation.view_func.__qualname__} is `once`, so it must be `def`")

        @wraps(run)
        async def run_async(request: HttpRequest, **path: Any) -> Any:
            check(request)
            return await run(request, **path)

        return run_async

    @wraps(run)
    def run_sync(request: HttpRequest, **path: Any) -> Any:
        check(request)
        if not needed.once:
            return run(request, **path)
        return idempotency.answer_once(
            request, cast(ApiRequest, request).principal.owner, lambda: run(request, **path)
        )

    return run_sync


def query_parameters(operation: Operation) -> frozenset[str]:
    """The names of an operation's query parameters."""
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in model.__ninja_flatten_map__)


def check_query(request: HttpRequest, known: Collection[str]) -> None:
    """Raise `Problem` for parameters that the operation does not have, or that are given twice."""
    errors = []
    for name, values in request.GET.lists():
        if name not in known:
            errors.append(
                FieldError("query", name, "unknown_parameter", "is not a parameter of this operation")
            )
        elif len(values) > 1:
            errors.append(FieldError("query", name, "repeated_parameter", "must be given once"))
        elif NUL in values[0]:
            errors.append(FieldError("query", name, "invalid", "must not contain NUL"))
    if errors:
        raise invalid_fields(errors)


def check_body(request: HttpRequest, expected: bool) -> None:
    """Raise `Problem` for a body of another type than JSON, and for one where none belongs."""
    if not request.body:
        return
    if not expected:
        if request.body.strip() != b"{}":
            raise Problem(Code.BAD_REQUEST, "this operation takes no body")
    elif request.content_type != "application/json":
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, headers={"Accept": "application/json"})


def invalid_fields(errors: list[FieldError]) -> Problem:
    """The answer that names every field that is wrong."""
    detail = "; ".join(f"{error.field}: {error.detail}" for error in errors[:5])
    return Problem(Code.INVALID_REQUEST, detail, errors)


class StrictParser(Parser):
    """Reads JSON as RFC 8259 has it: no NaN, no lone surrogates, no NUL characters, which PostgreSQL cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value; raises `Problem`."""
        try:
            value = orjson.loads(request.body)
        except orjson.JSONDecodeError as error:
            raise Problem(Code.BAD_REQUEST, f"the body is not valid JSON: {error}"[:200]) from None
        if b"\\u0000" in request.body and _has_nul(value):
            raise Problem(Code.BAD_REQUEST, "the body contains a NUL character")
        return value


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(NUL in name or _has_nul(held) for name, held in value.items())
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and NUL in value
