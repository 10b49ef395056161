"""Errors in Sinch's own shape: a code and a text."""

from inbox.capture.replies import CarrierRefusal, Fault, Reply
from inbox.sandbox.problems.refusal import Refusal

_FAULTS = {
    Fault.NOT_FOUND: (404, "not_found", "no such resource"),
    Fault.METHOD: (405, "method_not_allowed", "method not allowed"),
    Fault.TOO_LARGE: (413, "request_too_large", "the request is too large"),
    Fault.TOO_SLOW: (408, "request_timeout", "the request is too slow"),
    Fault.UNREADABLE: (400, "syntax_invalid_json", "{}"),
    Fault.UNAUTHORIZED: (401, "unauthorized", "the API token is not valid for this service plan"),
    Fault.UNSTORABLE: (400, "syntax_constraint_violation", "the body cannot be stored: {}"),
    Fault.TOO_MANY: (429, "too_many_requests", "too many requests"),
    Fault.UNAVAILABLE: (503, "service_unavailable", "service unavailable, try again"),
}


class SinchError(CarrierRefusal):
    """An error as Sinch answers it."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(Reply(status, {"code": code, "text": text}), text)


def refuse(text: str, code: str = "syntax_constraint_violation") -> SinchError:
    """An error of a request that says something wrong."""
    return SinchError(400, code, text)


def refuse_fault(fault: Fault, text: str) -> SinchError:
    """The error for what can be wrong with any request."""
    status, code, words = _FAULTS[fault]
    return SinchError(status, code, words.format(text))


def refuse_with(code: str, refusal: Refusal) -> SinchError:
    """The error of a message that is refused on purpose."""
    return SinchError(refusal.status, code, refusal.text)
