"""Errors in Telnyx's own shape: https://developers.telnyx.com/development/api-fundamentals/api-errors."""

from typing import Any

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal
from inbox.sandbox.problems.telnyx import TITLES

_DOCS = "https://developers.telnyx.com/docs/overview/errors/"
_FAULTS = {
    Fault.NOT_FOUND: (
        404,
        "10005",
        "Resource not found",
        "The requested resource or URL could not be found.",
    ),
    Fault.METHOD: (405, "10005", "Method not allowed", "The requested URL does not have this method."),
    Fault.TOO_LARGE: (413, "10015", "Bad Request", "The request is too large."),
    Fault.TOO_SLOW: (408, "10008", "Request timeout", "The request timed out."),
    Fault.UNREADABLE: (400, "10023", "Invalid JSON", "The supplied JSON cannot be read: {}."),
    Fault.UNAUTHORIZED: (401, "10009", "Authentication failed", "No such API key exists here."),
    Fault.UNSTORABLE: (400, "40009", "Invalid message body", "The message body was invalid: {}."),
    Fault.TOO_MANY: (429, "10011", "Too many requests", "You have exceeded the number of allowed requests."),
    Fault.UNAVAILABLE: (503, "10007", "Unexpected error", "An unexpected error occurred, try again."),
}


class TelnyxError(CarrierRefusal):
    """An error as Telnyx answers it: HTTP status, Telnyx's code, its title, a text for a person."""

    def __init__(self, status: int, code: str, title: str, detail: str, pointer: str = "") -> None:
        error: dict[str, Any] = {
            "code": code,
            "title": title,
            "detail": detail,
            "meta": {"url": f"{_DOCS}{code}"},
        }
        if pointer:
            error["source"] = {"pointer": pointer}
        super().__init__(Reply(status, {"errors": [error]}), detail)


def refuse(code: str, title: str, detail: str, pointer: str = "") -> TelnyxError:
    """An error of a message that cannot be sent."""
    return TelnyxError(400, code, title, detail, pointer)


def refuse_value(pointer: str, detail: str) -> TelnyxError:
    """An error of a parameter whose value is none that it can have."""
    return TelnyxError(422, "10015", "Bad Request", detail, pointer)


def refuse_missing(name: str) -> TelnyxError:
    """An error of a parameter that is not there."""
    detail = f"The parameter {name!r} is required."
    return TelnyxError(422, "10004", "Missing required parameter", detail, f"/{name}")


def refuse_fault(fault: Fault, text: str) -> TelnyxError:
    """The error for what can be wrong with any request."""
    status, code, title, detail = _FAULTS[fault]
    return TelnyxError(status, code, title, detail.format(text))


def refuse_with(code: str, refusal: Refusal) -> TelnyxError:
    """The error of a message that is refused on purpose."""
    return TelnyxError(refusal.status, code, TITLES[code], refusal.text)
