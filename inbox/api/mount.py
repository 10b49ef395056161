"""The API with every feature's operations. A feature adds the dotted name of its router to `FEATURES`."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from inbox.api.openapi import describe
from inbox.api.operations import StrictParser, checked, invalid_fields
from inbox.api.problems import FieldError, Problem, not_found, of_status

# by name, as Django's own lists of apps: features import from here, never the other way round
FEATURES = [
    "inbox.api.about.router",
    "inbox.forwarding.api.router",
    "inbox.numbering.api.router",
    "inbox.numbering.rentals_api.router",
    "inbox.numbering.usage_api.router",
    "inbox.messages.api.router",
    "inbox.messages.files_api.router",
    "inbox.live.api.router",
    "inbox.claims.api.router",
    "inbox.sending.api.router",
    "inbox.verification.api.router",
    "inbox.numbering.lookup_api.router",
    "inbox.sandbox.api.router",
    "inbox.sandbox.projects_api.router",
    "inbox.sandbox.mischief_api.router",
]
VERSION = "1"
_UNKNOWN = "extra_forbidden"
_NO_OBJECT = ("model_type", "model_attributes_type", "dict_type")


class Api(NinjaAPI):
    """Our API: problem details for every error, and an OpenAPI document that says so."""

    def get_openapi_schema(self, **_: Any) -> OpenAPISchema:
        """The OpenAPI document."""
        return describe(self)


def make_api(features: Iterable[str] = FEATURES) -> Api:
    """An API with the operations of features."""
    api = Api(
        title="tempsms",
        version=VERSION,
        openapi_url=None,
        docs_url=None,
        urls_namespace="api-v1",
        parser=StrictParser(),
    )
    for router in features:
        api.add_router("", router)
    api.add_decorator(checked, mode="view")
    api.add_exception_handler(Problem, _answer_problem)
    api.add_exception_handler(ValidationError, _answer_invalid)
    api.add_exception_handler(Http404, lambda *_: not_found().as_response())
    api.add_exception_handler(HttpError, _answer_http_error)
    api.add_exception_handler(Exception, _raise)
    return api


def _answer_problem(_: HttpRequest, problem: Any) -> HttpResponse:
    answer: HttpResponse = problem.as_response()
    return answer


def _answer_invalid(_: HttpRequest, error: Any) -> HttpResponse:
    """Name every field that does not fit the schema, but no value: it may be a secret."""
    return invalid_fields([_read_error(found) for found in error.errors]).as_response()


def _read_error(found: dict[str, Any]) -> FieldError:
    place, *path = found["loc"]
    # ninja puts the name of the view's argument before a body's fields
    path = path[1:] if place == "body" else path
    field = ".".join(map(str, path)) or place
    if found["type"] == _UNKNOWN:
        return FieldError(place, field, "unknown_field", "is not a field of this request")
    if found["type"] in _NO_OBJECT:
        return FieldError(place, field, "invalid", "must be a JSON object")
    missing = found["type"] == "missing"
    detail = "is required" if missing else found["msg"].removeprefix("Value error, ")
    return FieldError(place, field, "missing" if missing else "invalid", detail)


def _answer_http_error(_: HttpRequest, error: Any) -> HttpResponse:
    # ninja answers for a body that our parser has refused, with its own words
    if isinstance(error.__cause__, Problem):
        return error.__cause__.as_response()
    return of_status(error.status_code, str(error)).as_response()


def _raise(_: HttpRequest, error: Any) -> HttpResponse:
    """Leave what nobody expected to the handler, which logs it."""
    raise error
