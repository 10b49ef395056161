"""Errors of the API: problem details (RFC 9457) with a stable `code`, all of them in one table.

A feature that refuses something adds its code here and raises `Problem`; docs/reference/errors.md has every code.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse

MEDIA_TYPE = "application/problem+json"
ROOT = "/api/v1/"


class Code(StrEnum):
    """Stable reasons for programs."""

    BAD_REQUEST = "bad_request"
    INVALID_TOKEN = "invalid_token"  # noqa: S105  (not a secret)
    UNAUTHENTICATED = "unauthenticated"
    INSUFFICIENT_SCOPE = "insufficient_scope"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    BODY_TOO_SLOW = "body_too_slow"
    BODY_TOO_LARGE = "body_too_large"
    ADDRESS_TOO_LONG = "address_too_long"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_REQUEST = "invalid_request"
    FILE_TOO_LARGE = "file_too_large"
    COUNTRY_NOT_ALLOWED = "country_not_allowed"
    TOO_MANY_CODES = "too_many_codes"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"
    NO_NUMBERS = "no_numbers"
    NOT_FREE = "not_free"
    NOT_RENTABLE = "not_rentable"
    LEASE_ENDS = "lease_ends"
    BAD_TIME = "bad_time"
    OVER = "over"
    NOT_ACTIVE = "not_active"
    BUDGET_EXCEEDED = "budget_exceeded"
    REQUEST_IN_PROGRESS = "request_in_progress"
    KEY_REUSED = "key_reused"
    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_CLAIMS = "too_many_claims"
    TOO_MANY_NUMBERS = "too_many_numbers"
    TOO_MANY_FORWARDS = "too_many_forwards"
    NO_SECRET = "no_secret"  # noqa: S105  (not a secret)
    TOO_MANY_RULES = "too_many_rules"
    HEADERS_TOO_LARGE = "headers_too_large"
    INTERNAL_ERROR = "internal_error"
    CARRIER_FAILED = "carrier_failed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Meaning:
    """The status of a code, what it means, and what to do about it."""

    status: int
    title: str
    advice: str


MEANINGS = {
    Code.BAD_REQUEST: Meaning(400, "The request could not be read", "Correct it as `detail` says."),
    Code.INVALID_TOKEN: Meaning(
        401, "The key or token is not valid", "It is unknown, revoked or expired: use another one."
    ),
    Code.UNAUTHENTICATED: Meaning(
        401, "An API key is required", "Send `Authorization: Bearer <key>`, with a key that has the scope."
    ),
    Code.INSUFFICIENT_SCOPE: Meaning(
        403, "The key does not have the required scope", "Use a key with the scope in `detail`."
    ),
    Code.NOT_FOUND: Meaning(
        404, "Not found", "Nothing is there, or the key may not see it; the answer does not say which."
    ),
    Code.METHOD_NOT_ALLOWED: Meaning(405, "Method not allowed", "Use one of the methods in `Allow`."),
    Code.BODY_TOO_SLOW: Meaning(408, "The body did not arrive in time", "Send it again."),
    Code.BODY_TOO_LARGE: Meaning(413, "The body is too large", "Send at most 64 KiB."),
    Code.ADDRESS_TOO_LONG: Meaning(414, "The address is too long", "Shorten the query."),
    Code.UNSUPPORTED_MEDIA_TYPE: Meaning(
        415, "The body has the wrong type", "Send JSON with `Content-Type: application/json`."
    ),
    Code.INVALID_REQUEST: Meaning(
        422, "A field or parameter is not valid", "Correct the fields and parameters that `errors` names."
    ),
    Code.FILE_TOO_LARGE: Meaning(413, "The file is larger than 10 MB", "It cannot be fetched here."),
    Code.COUNTRY_NOT_ALLOWED: Meaning(
        409, "No codes are sent to this country", "Have the operator add it to VERIFY_COUNTRIES."
    ),
    Code.TOO_MANY_CODES: Meaning(
        429,
        "Too many codes were sent",
        "Wait for the seconds in `Retry-After`; `detail` says what was counted.",
    ),
    Code.OPTED_OUT: Meaning(
        409, "The recipient wants no messages", "Nothing is sent until the recipient writes START."
    ),
    Code.TOO_LATE: Meaning(
        409, "The message is on its way, or has ended", "It cannot be canceled any more: read its `state`."
    ),
    Code.NO_NUMBERS: Meaning(
        409, "No such number is available", "Ask for another country or kind, for a shorter time, or later."
    ),
    Code.NOT_FREE: Meaning(
        409, "The number is rented at this time, or cooling down", "Rent another number, or another time."
    ),
    Code.NOT_RENTABLE: Meaning(
        409, "The number cannot be rented", "It was public before, or is being retired: rent another one."
    ),
    Code.LEASE_ENDS: Meaning(
        409, "The number retires before the rental would end", "Rent it for a shorter time, or another one."
    ),
    Code.BAD_TIME: Meaning(422, "The time or duration is out of bounds", "Choose another, as `detail` says."),
    Code.OVER: Meaning(409, "The rental is over", "Start another one."),
    Code.NOT_ACTIVE: Meaning(
        409, "The number is not active", "Wait until its purchase has ended, and read its `state` again."
    ),
    Code.BUDGET_EXCEEDED: Meaning(
        402, "A ceiling on costs would be passed", "Nothing was ordered: `detail` names the ceiling."
    ),
    Code.REQUEST_IN_PROGRESS: Meaning(
        409,
        "The first request with this Idempotency-Key is still running",
        "Repeat the request after the seconds in `Retry-After`; you get the answer of the first one.",
    ),
    Code.KEY_REUSED: Meaning(
        422, "The Idempotency-Key was used for another request", "Use a new key for each new request."
    ),
    Code.TOO_MANY_REQUESTS: Meaning(429, "Too many requests", "Wait for the seconds in `Retry-After`."),
    Code.TOO_MANY_CLAIMS: Meaning(
        429, "The key has too many open claims", "Wait for their messages, delete them, or let them expire."
    ),
    Code.TOO_MANY_NUMBERS: Meaning(
        409,
        "The key can read too many numbers for one stream",
        "Use a key for fewer, or follow them one by one.",
    ),
    Code.TOO_MANY_FORWARDS: Meaning(409, "The key has too many forwards", "Delete some of them."),
    Code.NO_SECRET: Meaning(
        409, "The target has no secret", "Only webhooks are signed: there is nothing to renew."
    ),
    Code.TOO_MANY_RULES: Meaning(409, "The project has too much mischief", "Delete a rule, or replace one."),
    Code.HEADERS_TOO_LARGE: Meaning(431, "The headers are too large", "Send fewer or shorter headers."),
    Code.INTERNAL_ERROR: Meaning(500, "Internal error", "A bug on our side; it has been logged."),
    Code.CARRIER_FAILED: Meaning(502, "The carrier did not answer as it should", "Try again later."),
    Code.UNAVAILABLE: Meaning(
        503, "Temporarily unavailable", "Nothing was changed: wait for the seconds in `Retry-After`."
    ),
}
BY_STATUS = {meaning.status: code for code, meaning in reversed(MEANINGS.items())}
"""The general code of each status: the first in the table."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field or parameter; `place` is `body`, `query`, `path` or `header`."""

    place: str
    field: str
    code: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """The error as clients get it."""
        return {"in": self.place, "field": self.field, "code": self.code, "detail": self.detail}


class Problem(Exception):
    """Ends a request with an error."""

    def __init__(
        self,
        code: Code,
        detail: str = "",
        errors: Iterable[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    @property
    def status(self) -> int:
        """The HTTP status."""
        return MEANINGS[self.code].status

    def as_json(self) -> dict[str, Any]:
        """The problem details."""
        fields = {
            "type": f"{settings.PUBLIC_URL}{ROOT}problems/{self.code}",
            "title": MEANINGS[self.code].title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "errors": [error.as_json() for error in self.errors],
        }
        return {name: value for name, value in fields.items() if value}

    def as_response(self) -> HttpResponse:
        """The answer."""
        return HttpResponse(self.as_bytes(), MEDIA_TYPE, self.status, headers=self.headers)

    def as_bytes(self) -> bytes:
        """The answer's body."""
        return orjson.dumps(self.as_json())


def not_found() -> Problem:
    """The answer for what does not exist, or not for this key."""
    return Problem(Code.NOT_FOUND)


def invalid(field: str, detail: str, place: str = "body", code: str = "invalid") -> Problem:
    """The answer for a field or parameter whose value cannot be used."""
    return Problem(Code.INVALID_REQUEST, f"{field}: {detail}", [FieldError(place, field, code, detail)])


def of_status(status: int, detail: str = "", headers: Mapping[str, str] | None = None) -> Problem:
    """The general problem with an HTTP status; for one that is not in the table, `bad_request` or `internal_error`."""
    other = Code.BAD_REQUEST if status < HTTPStatus.INTERNAL_SERVER_ERROR else Code.INTERNAL_ERROR
    return Problem(BY_STATUS.get(status, other), detail, headers=headers)
