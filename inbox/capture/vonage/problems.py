"""Errors of the Messages API and of Verify: https://developer.vonage.com/api-errors/messages, in RFC 7807's form."""

import uuid
from typing import Any

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_DOCS = "https://developer.vonage.com/api-errors"
_FAULTS = {
    Fault.NOT_FOUND: (404, "#not-found", "Not Found", "The requested resource {} does not exist."),
    Fault.METHOD: (405, "#method", "Method Not Allowed", "The resource {} does not have this method."),
    Fault.TOO_LARGE: (413, "#too-large", "Request Entity Too Large", "The request is too large."),
    Fault.TOO_SLOW: (408, "#timeout", "Request Timeout", "The request is too slow."),
    Fault.UNREADABLE: (400, "#invalid-json", "Bad Request", "The request cannot be read: {}."),
    Fault.UNAUTHORIZED: (
        401,
        "#unauthorized",
        "Unauthorized",
        "You did not provide correct credentials.",
    ),
    Fault.UNSTORABLE: (422, "/messages#1040", "Invalid message", "The message cannot be processed: {}."),
    Fault.TOO_MANY: (429, "/messages#1000", "Throttled", "Please wait, then retry your request."),
    Fault.UNAVAILABLE: (500, "/messages#1030", "Internal error", "Please retry your request."),
}
_REFUSALS = {
    "1": (429, "1000", "Throttled"),
    "5": (500, "1030", "Internal error"),
    "6": (422, "1040", "Invalid message"),
    "7": (422, "1050", "Number barred"),
    "8": (403, "1060", "Partner account barred"),
    "9": (402, "1070", "Partner quota exceeded"),
    "15": (422, "1120", "Invalid sender"),
}
"""By the codes of the SMS API, which count the same reasons."""


class ProblemError(CarrierRefusal):
    """An error with a type, a title, a text for a person, and whatever else it says."""

    def __init__(self, status: int, kind: str, title: str, detail: str, **more: Any) -> None:
        problem = {
            "type": f"{_DOCS}{kind}",
            "title": title,
            "detail": detail,
            "instance": str(uuid.uuid4()),
            **more,
        }
        super().__init__(Reply(status, problem, "application/problem+json"), detail)


def refuse_parameter(name: str, reason: str) -> ProblemError:
    """The error of a parameter that is wrong or missing."""
    wrong = [{"name": name, "reason": reason}]
    detail = "The value of one or more parameters is invalid."
    return ProblemError(422, "/messages#1150", "Invalid params", detail, invalid_parameters=wrong)


def refuse_fault(fault: Fault, text: str) -> ProblemError:
    """The error for what can be wrong with any request."""
    status, kind, title, detail = _FAULTS[fault]
    return ProblemError(status, kind, title, detail.format(text))


def refuse_with(code: str, refusal: Refusal) -> ProblemError:
    """The error of a message that is refused on purpose."""
    if code not in _REFUSALS:
        return refuse_fault(Fault.UNAUTHORIZED, "")
    status, number, title = _REFUSALS[code]
    return ProblemError(status, f"/messages#{number}", title, refusal.text)
