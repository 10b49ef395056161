"""The OpenAPI 3.1 document: ninja's, with the scopes, and every error that an operation may answer with."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from inbox.api.examples import add_examples
from inbox.api.idempotency import HEADER, PATTERN
from inbox.api.operations import BODIES, needs_of
from inbox.api.problems import MEANINGS, MEDIA_TYPE, ROOT, Code, FieldError, Problem
from inbox.api.scopes import MEANINGS as SCOPES

if TYPE_CHECKING:
    from ninja import NinjaAPI

KEY, OAUTH = "ApiKey", "OAuth2"
ALWAYS = (
    Code.TOO_MANY_REQUESTS,
    Code.UNAVAILABLE,
    Code.INVALID_REQUEST,
    Code.BAD_REQUEST,
    Code.ADDRESS_TOO_LONG,
    Code.HEADERS_TOO_LARGE,
)
WITH_BODY = (Code.UNSUPPORTED_MEDIA_TYPE, Code.BODY_TOO_LARGE)
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457). Programs decide by `code`.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "enum": [code.value for code in Code]},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["in", "field", "code", "detail"],
                "properties": {
                    "in": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_NAME = "A phone number, with its plus or without, or a short code"
PARAMETERS = {
    "e164": _NAME,
    "number": _NAME,
    "country": "ISO 3166-1 alpha-2",
    "kind": "The kind of number",
    "capability": "What the number can do",
    "contains": "Digits in the number",
    "max_monthly_cost": "A decimal number, in the currency that the number is priced in",
    "state": "Only those in this state",
    "code": "The `code` of an error",
    "name": "The name of a project",
    "carrier": "Only what was sent by this carrier's interface",
    "from": "Only from this sender",
    "to": "Only to this recipient",
    "rental_id": "The `id` of a rental that your key made",
    "link_id": "The `id` of a link to the rental's page",
    "message_id": "The `id` of a message",
    "claim_id": "The `id` of a claim that your key made",
    "forward_id": "The `id` of a forward that your key made",
    "delivery_id": "The `id` of a delivery, which is its `webhook-id`",
}
"""What parameters are that many operations have, or that need few words."""
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": "Any text of your choice. A repetition within 24 hours has the same answer and no other effect.",
    "schema": {"type": "string", "pattern": PATTERN},
    "example": "3f1c6a3e-order-17",
}
DESCRIPTION = (
    "Lease and rent phone numbers, read, wait for, forward and send their messages, verify numbers by code, and read"
    " what your programs send to the sandbox. Errors are problem details (RFC 9457) with a stable `code`; `GET"
    " /problems` lists them. Unknown fields and parameters are errors."
)


class Document(OpenAPISchema):
    """The document of our API."""

    def operation_parameters(self, operation: Operation) -> list[dict[str, Any]]:
        """An operation's parameters, each with a description."""
        return [_complete_parameter(found) for found in super().operation_parameters(operation)]

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        """One operation, with its scope and its errors."""
        details: dict[str, Any] = super().operation_details(operation)
        needed = needs_of(operation)
        codes = [*needed.problems, *ALWAYS]
        if needed.scope is not None:
            ways = [{name: [needed.scope.value]} for name in (KEY, OAUTH)]
            details["security"] = [*ways, *([{}] if needed.visitors else [])]
            codes += [Code.UNAUTHENTICATED, Code.INVALID_TOKEN, Code.INSUFFICIENT_SCOPE]
        else:
            details["security"] = []
        if any(model.__ninja_param_source__ in BODIES for model in operation.models):
            codes += WITH_BODY
        if needed.once:
            codes += [Code.REQUEST_IN_PROGRESS, Code.KEY_REUSED]
            details["parameters"] = [*details["parameters"], IDEMPOTENCY_KEY]
        for code in codes:
            _add_problem(details["responses"], code)
        return details


def _complete_parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter with a description, and its example where OpenAPI has it: ninja writes JSON Schema's list."""
    examples = parameter.pop("examples", None)
    if examples:
        parameter["example"] = examples[0]
    parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
    return parameter


def _add_problem(responses: dict[Any, Any], code: Code) -> None:
    """Add an error to an operation's answers; those with one status are listed together."""
    meaning = MEANINGS[code]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": {}}}
    line = f"`{code}`: {meaning.title}"
    known = responses.setdefault(meaning.status, {"description": "", "content": content})
    if line not in known["description"]:
        known["description"] = f"{known['description']}\n\n{line}".strip()
    known["content"][MEDIA_TYPE]["examples"][code.value] = {"$ref": f"#/components/examples/{code}"}


def _make_example(code: Code) -> dict[str, Any]:
    """An error as clients get it."""
    errors = [FieldError("query", "limt", "unknown_parameter", "is not a parameter of this operation")]
    problem = Problem(code, errors=errors if code is Code.INVALID_REQUEST else ())
    return {"summary": MEANINGS[code].title, "value": problem.as_json()}


def describe(api: "NinjaAPI") -> OpenAPISchema:
    """The OpenAPI document of an API."""
    document = Document(api, ROOT.strip("/"))
    document["info"]["description"] = DESCRIPTION
    document["servers"] = [{"url": settings.PUBLIC_URL}]
    document["components"]["schemas"]["Problem"] = PROBLEM
    document["components"]["examples"] = {code.value: _make_example(code) for code in Code}
    scopes = "\n".join(f"- `{scope}`: {meaning}" for scope, meaning in SCOPES.items())
    document["components"]["securitySchemes"] = {
        KEY: {
            "type": "http",
            "scheme": "bearer",
            "description": f"An API key, as `manage.py apikey create` prints it. Scopes:\n\n{scopes}",
        },
        OAUTH: {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": f"{settings.PUBLIC_URL}/o/token/",
                    "scopes": {scope.value: meaning for scope, meaning in SCOPES.items()},
                }
            },
        },
    }
    add_examples(document)
    return document
